"""KITTI object: `reader.py` puts the scene together, `layout`, `label_file` and `calibration_file` read its parts."""
