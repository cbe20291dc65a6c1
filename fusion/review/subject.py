"""What a review is about: a finding, a label, a track, a frame or a region.

As text, which is what the store keeps and people type:

    finding:3fa9c0d2e4b81706        the finding's id
    label:scene-0061/ca9a282c       scene and the data set's own id of the label
    track:scene-0061/6dd2cbf4       scene and track
    frame:scene-0061/000012         scene and the frame's key
    region:scene-0061/000012@14,-3,1    scene, frame and the rounded place in the ego frame, metres

A slash in a scene's name is written %2F, so that text and subject always belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from fusion.errors import ReviewStoreError

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
            clean = getattr(self, field).encode("utf-8", "backslashreplace").decode("utf-8")
            object.__setattr__(self, field, clean)

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

    @classmethod
    def region(cls, scene: str, frame: str, centre_m: Sequence[float]) -> ReviewSubject:
        """A place in a frame; centre_m: x, y, z in the ego frame, rounded to whole metres."""
        place = ",".join(str(round(value / REGION_GRID_M)) for value in centre_m)
        return cls("region", f"{frame}@{place}", scene)
