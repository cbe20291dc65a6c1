"""The flat parts of the window as pictures, and what a click on each place means; no open3d, so no screen either."""
