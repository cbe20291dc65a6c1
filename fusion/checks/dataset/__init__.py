"""Files and references."""
