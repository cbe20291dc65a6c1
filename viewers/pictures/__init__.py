"""Pictures of frames and findings as plain arrays: no window, no display, no graphics card."""

from __future__ import annotations
