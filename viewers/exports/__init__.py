"""Scenes and findings for other people's tools."""
