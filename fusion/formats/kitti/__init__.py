"""KITTI object: `reader.py` puts the scene together, `layout`, `label_file` and `calibration_file` read its parts.

`kitti_tracking` and `kitti_raw` beside it read with these parts too; `oxts` and `listing` are there for them.
"""
