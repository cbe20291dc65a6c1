"""What the viewer shows and what a reviewer has done to it, in plain Python: no screen, no open3d."""
