"""Faults put into data on purpose, and what a run finds of them."""
