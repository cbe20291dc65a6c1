"""The document of a comparison: `boresight.compare/1`, as JSON."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.run.document import Incomplete, Tool

SCHEMA: Final = "boresight.compare/1"


class Part(BaseModel):
    """A part of the document; null stands for what can't be told."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Measured(Part):
    """A number with its 95 % interval.

    Both null where nothing was there to measure, the interval alone where there were too few scenes or tracks.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


class SetSummary(Part):
    """A label set as it was compared: what lies in common frames."""

    name: str
    root: str
    format: str
    labels: str
    frames: int
    unpaired_frames: int
    boxes: int
    tracks: int
    predicted: bool


class Existence(Part):
    """How far two sets found the same objects.

    by: all, class, range or points; matched, only_first, only_second: boxes; recall: matched / boxes of the first;
    precision: matched / boxes of the second; f1: their harmonic mean, the recognition quality of panoptic quality; sq:
    mean 3D IoU of the matched; pq: f1 times sq.
    """

    by: Literal["all", "class", "range", "points"]
    group: str
    matched: int
    only_first: int
    only_second: int
    recall: float | None
    precision: float | None
    f1: Measured
    sq: float | None
    pq: float | None


class Geometry(Part):
    """How differently the matched boxes are drawn: second minus first.

    bias: median; spread: 1.4826 times the median distance from it; within: nine of ten differ by no more.
    """

    quantity: str
    unit: str
    by: Literal["all", "class", "range", "points"]
    group: str
    boxes: int
    bias: Measured
    spread: float | None
    within: float | None


class Confused(Part):
    """Matched boxes that got other classes."""

    first: str
    second: str
    boxes: int
    tracks: int


class TrackAgreement(Part):
    """Agreement over time. split_first: tracks of the first that have several in the second; split_second: likewise."""

    hota: Measured
    det_a: float
    ass_a: float
    loc_a: float
    idf1: Measured
    switches: int
    matched_tracks: int
    only_first: int
    only_second: int
    split_first: int
    split_second: int


class Difference(Part):
    """One box that isn't the same in both.

    measured: metres for what is badly placed, else the number of frames of the track that are concerned.
    """

    kind: Literal["missing", "spurious", "swapped", "badly placed", "turned round"]
    scene: str
    frame: str
    timestamp_ns: int
    first_label: str | None
    second_label: str | None
    first_track: str | None
    second_track: str | None
    first_class: str | None
    second_class: str | None
    x_m: float
    y_m: float
    z_m: float
    measured: float
    limit: float | None
    unit: str
    confidence: float | None


class ConfidenceBand(Part):
    """Predictions of a band of confidence, and how many of them have a label."""

    low: float
    high: float
    boxes: int
    matched: int
    share: float | None
    share_low: float
    share_high: float


class Confidences(Part):
    """How far confidences can be trusted.

    best_threshold: of all, the one with the best F1; error: mean gap between confidence and share of matched boxes,
    over bands weighted by their boxes.
    """

    bands: tuple[ConfidenceBand, ...]
    best_threshold: float | None
    best_f1: float | None
    error: float | None


class PairComparison(Part):
    """Two sets against each other; `differences` counts all, `listed` shows the worst."""

    first: str
    second: str
    frames: int
    resampled: str
    existence: tuple[Existence, ...]
    geometry: tuple[Geometry, ...]
    flipped: Measured
    confused: tuple[Confused, ...]
    tracks: TrackAgreement | None
    differences: dict[str, int]
    listed: tuple[Difference, ...]
    confidences: Confidences | None


class Agreement(Part):
    """Krippendorff's alpha of all sets.

    about: "class"; "existence and class" with not drawn as a class of its own; or an attribute's name.
    """

    about: str
    level: str
    units: int
    alpha: Measured
    reading: str


class Disputed(Part):
    """Objects that not everybody drew, or not as the same class."""

    group: str
    objects: int
    disputed: int
    share: float


class DisputedPlace(Part):
    """A square of the map, or of the vehicle's surroundings where the scene has no poses."""

    scene: str
    reference: Literal["world", "ego"]
    x_m: float
    y_m: float
    side_m: float
    objects: int
    disputed: int
    share: float
    mostly: str


class Scorecard(Part):
    """One set, or one annotator in it, against what most of the others drew.

    f1_shrunk: drawn towards everybody's mean, as if 200 boxes more had been average.
    """

    name: str
    annotator: str | None
    boxes: int
    recall: float | None
    precision: float | None
    f1: Measured
    f1_shrunk: float | None
    same_class: float | None
    bias: dict[str, float | None]
    spread: dict[str, float | None]


class ConsensusSummary(Part):
    """What most drew: how many boxes, and how many lone ones were left out."""

    boxes: int
    left_out: int
    undecided: int


class ComparisonDocument(Part):
    """Everything a comparison found."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    schema_name: Literal["boresight.compare/1"] = Field(SCHEMA, alias="schema")
    tool: Tool
    rule: str
    tolerance_ms: float
    classes: Literal["names", "kinds"]
    sets: tuple[SetSummary, ...]
    scenes: tuple[str, ...]
    unpaired_scenes: dict[str, tuple[str, ...]]
    frames: int
    assumptions: tuple[str, ...]
    pairs: tuple[PairComparison, ...]
    agreement: tuple[Agreement, ...]
    disputed: tuple[Disputed, ...]
    places: tuple[DisputedPlace, ...]
    scorecards: tuple[Scorecard, ...]
    consensus: ConsensusSummary | None
    incomplete: tuple[Incomplete, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able content."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """The document as text."""
        return self.model_dump_json(by_alias=True, indent=1)


def comparison_json_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return ComparisonDocument.model_json_schema(by_alias=True, mode="serialization")
