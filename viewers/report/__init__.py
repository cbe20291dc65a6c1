"""Pages for people: what a browser or a printer shows."""
