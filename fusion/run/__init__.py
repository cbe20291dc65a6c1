"""Measure, judge, reduce: runs over scenes and data sets."""
