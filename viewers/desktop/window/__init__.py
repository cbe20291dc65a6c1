"""The window itself: the only place that imports open3d, late, and as thin as it can be."""
