"""From residual columns to ranked findings with a cause."""
