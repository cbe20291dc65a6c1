"""nuScenes tables, and the data sets that use them too (Lyft Level 5 and others)."""
