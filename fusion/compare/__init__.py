"""Label sets of the same scenes against each other: how well they agree, where they don't, and what most would draw."""

from __future__ import annotations
