"""A run as text: for a person, and for programs."""
