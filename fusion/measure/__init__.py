"""What is measured of a frame or a track, once, for every check that needs it."""
