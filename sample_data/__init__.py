"""Boresight's own sample data: a ray-cast street crossing, and the program that makes it."""
