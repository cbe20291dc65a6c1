"""What a recording is, as columns and handles: boxes, tracks, label sets, streams, scenes."""
