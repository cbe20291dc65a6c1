"""How much of an object its label says can be seen, as a range of shares, whatever the format calls it.

    says                                            share that can be seen
    visibility v0-40, v40-60, v60-80, v80-100       0 to 0.4, 0.4 to 0.6, 0.6 to 0.8, 0.8 to 1
    occluded 0, 1, 2 (KITTI)                        0.7 to 1, 0.2 to 0.95, 0 to 0.5
    occlusion, occluded in words                    none like 0, partly like 1, largely or fully like 2

Source: nuScenes schema (visibility, over all cameras); KITTI development kit, readme.txt (0 fully visible, 1 partly
occluded, 2 largely occluded, 3 unknown), whose levels are taken as wide as people use them.
"""

from __future__ import annotations

import re

import numpy as np

from calibration.arrays import FloatArray
from fusion.scene.attributes import Attributes

NOTHING_HIDDEN, PARTLY_HIDDEN, MOSTLY_HIDDEN = (0.7, 1.0), (0.2, 0.95), (0.0, 0.5)
LEVELS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("0", "none", "no", "false", "not occluded", "visible", "fully visible"), NOTHING_HIDDEN),
    **dict.fromkeys(("1", "partly", "partial", "partially", "partly occluded", "partially occluded"), PARTLY_HIDDEN),
    **dict.fromkeys(("2", "largely", "mostly", "heavy", "heavily", "largely occluded", "fully", "full"), MOSTLY_HIDDEN),
}
PERCENTAGES = re.compile(r"v?(\d+)\s*-\s*(\d+)\s*%?")
COLUMNS = ("visibility", "occluded", "occlusion")


def told_visible_shares(attributes: Attributes, rows: int) -> FloatArray:
    """(M, 2) smallest and largest share that the labels say can be seen; NaN where they don't tell."""
    shares = np.full((rows, 2), np.nan)
    for name in COLUMNS:
        column = attributes.get(name)
        if column is None:
            continue
        text = column.as_text
        known = np.array([_share(name, level) for level in text.names] or [(np.nan, np.nan)])
        told = np.where((text.codes >= 0)[:, None], known[np.maximum(text.codes, 0)], np.nan)
        shares = np.where(np.isnan(shares), told, shares)
    return shares


def _share(column: str, level: str) -> tuple[float, float]:
    word = level.strip().lower().replace("_", " ")
    percent = PERCENTAGES.fullmatch(word)
    if percent is not None and column == "visibility":
        return float(percent[1]) / 100, float(percent[2]) / 100
    return LEVELS.get(word, (np.nan, np.nan)) if column != "visibility" else (np.nan, np.nan)
