"""What people decide about findings, labels, tracks, frames and places, and what that teaches."""
