"""Translators from the formats in use to a `Scene`, one folder each."""
