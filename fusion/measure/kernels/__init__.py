"""The inner loops of measuring, on plain arrays."""
