"""The inner loops: a plain numpy reference each, and room for a compiled twin beside it."""
