"""KITTI tracking: `reader.py` puts a sequence together, `layout` and `label_file` find and read its parts."""
