"""Boxes against points, ground, priors and each other."""
