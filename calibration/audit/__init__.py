"""Audits of a rig and its clocks: sweeps, images and poses in, numbers with intervals and verdicts out; no labels."""
