"""Where, and for which objects, a label set promises labels: only there does absence mean something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class LabelScope:
    """What the annotators were asked to label.

    cameras: only what these cameras see (None: all around); range limits in metres, horizontal, from ego;
    classes: the data set's own names (None: all it uses); minimum points in the sweep, pixels of height in the image.
    source: declared by the data set, a property of the format, or estimated from the labels.
    """

    cameras: tuple[str, ...] | None = None
    max_range_m: float | None = None
    min_range_m: float = 0.0
    classes: tuple[str, ...] | None = None
    min_points: int = 0
    min_pixels: float = 0.0
    source: Literal["declared", "format", "estimated"] = "estimated"

    def describe(self) -> str:
        """One line for a person."""
        parts = [f"seen by {', '.join(self.cameras)}" if self.cameras else "all around"]
        if self.max_range_m is not None:
            parts.append(f"up to {self.max_range_m:g} m")
        if self.min_points:
            parts.append(f"from {self.min_points} points")
        if self.min_pixels:
            parts.append(f"from {self.min_pixels:g} px")
        if self.classes is not None:
            parts.append(f"{len(self.classes)} classes")
        return f"{', '.join(parts)} ({self.source})"
