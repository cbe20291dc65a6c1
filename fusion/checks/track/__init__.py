"""Objects over time."""
