"""Randomness by purpose, so that drawing one thing never shifts another and a seed means the same for ever."""

from __future__ import annotations

import hashlib

import numpy as np


def generator_for(*purpose: object) -> np.random.Generator:
    """A random generator that depends on its purpose alone, e.g. `generator_for(seed, "shift", scene, 3)`."""
    digest = hashlib.sha256("/".join(map(str, purpose)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def name_for(*purpose: object, digits: int = 32) -> str:
    """An id for something new, hexadecimal, that depends on its purpose alone."""
    return hashlib.sha256("/".join(map(str, purpose)).encode()).hexdigest()[:digits]
