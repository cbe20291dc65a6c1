"""What a review is about: a finding, a label, a track, a frame or a region.

As text, which is what the store keeps and people type:

    finding:3fa9c0d2e4b81706        the finding's id
    label:scene-0061/ca9a282c       scene and the data set's own id of the label
    track:scene-0061/6dd2cbf4       scene and track
    frame:scene-0061/000012         scene and the frame's key
    region:scene-0061/000012@14,-3,1    scene, frame and the rounded place in the ego frame, metres
    region:scene-0061/000012@front      scene, frame and a quarter of it: front, left, rear or right

A slash in a scene's name is written %2F, so that text and subject always belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from fusion.errors import ReviewStoreError
from fusion.formats.json_files import in_utf8

ReviewKind = Literal["finding", "label", "track", "frame", "region", "draw"]
KINDS: tuple[str, ...] = get_args(ReviewKind)
# Two people who point at the same missing pedestrian mean one place.
REGION_GRID_M = 1.0


@dataclass(frozen=True, order=True)
class ReviewSubject:
    """One thing that can be reviewed.

    scene: empty for a finding, whose id says it all; kind "draw" is the store's own, for what was drawn by lot.
    """

    kind: ReviewKind
    name: str
    scene: str = ""

    def __post_init__(self) -> None:
        # The store holds UTF-8; file names may be none.
        for field in ("name", "scene"):
            object.__setattr__(self, field, in_utf8(getattr(self, field)))

    def __str__(self) -> str:
        if self.kind in ("finding", "draw"):
            return f"{self.kind}:{self.name}"
        scene = self.scene.replace("%", "%25").replace("/", "%2F")
        return f"{self.kind}:{scene}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> ReviewSubject:
        """The subject of a text as above.

        Raises:
            ReviewStoreError: the text names no kind, or no scene where one is needed.
        """
        kind, colon, rest = text.partition(":")
        if not colon or kind not in KINDS or not rest:
            raise ReviewStoreError(f"expected finding:ID or KIND:SCENE/NAME with {', '.join(KINDS[1:5])}, got {text!r}")
        if kind in ("finding", "draw"):
            return cls(kind, rest)  # type: ignore[arg-type]  # `in KINDS` is checked above
        scene, slash, name = rest.partition("/")
        if not slash or not name:
            raise ReviewStoreError(f"expected {kind}:SCENE/NAME, got {text!r}")
        return cls(kind, name, scene.replace("%2F", "/").replace("%25", "%"))  # type: ignore[arg-type]

    @classmethod
    def finding(cls, finding_id: str) -> ReviewSubject:
        """The finding of an id."""
        return cls("finding", finding_id)

    @property
    def sector(self) -> ReviewSubject | None:
        """The quarter of the frame that a region with a place lies in; None where its name is no place."""
        frame, _, place = self.name.rpartition("@")
        try:
            x_m, y_m = (float(number) for number in place.split(",")[:2])
        except ValueError:
            return None
        ahead = x_m if abs(x_m) >= abs(y_m) else 0.0
        name = ("front" if ahead > 0 else "rear") if ahead else ("left" if y_m > 0 else "right")
        return ReviewSubject("region", f"{frame}@{name}", self.scene)

    @classmethod
    def region(cls, scene: str, frame: str, centre_m: Sequence[float]) -> ReviewSubject:
        """A place in a frame; centre_m: x, y, z in the ego frame, rounded to whole metres."""
        place = ",".join(str(round(value / REGION_GRID_M)) for value in centre_m)
        return cls("region", f"{frame}@{place}", scene)
