"""Clocks, poses and stamps."""
