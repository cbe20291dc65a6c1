"""KITTI raw: `reader.py` puts a drive together from its stamped files, calibration, poses and tracklets."""
