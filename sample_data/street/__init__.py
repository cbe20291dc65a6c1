"""A street crossing that exists only as triangles, and the car that records it."""

from __future__ import annotations

from sample_data.street.build import build
from sample_data.street.options import StreetOptions

__all__ = ["StreetOptions", "build"]
