"""What a data set holds, as records: the document `boresight.info/1`, and what `info` prints.

Numbers that make no sense for a data set (a rate without a clock, an empty share without points) are None.
"""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = "boresight.info/1"


class Record(BaseModel):
    """Base of all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SensorInfo(Record):
    """One sensor's stream; over several scenes rate is their median, jitter the largest, drops the sum.

    dropped: measurements missing where a step is longer than one and a half periods; out_of_order: stamps earlier
    than the one before; stamp_means: what the format says a stamp stands for.
    """

    name: str
    kind: str
    measurements: int
    rate_hz: float | None
    jitter_ms: float | None
    dropped: int | None
    duplicated: int | None
    out_of_order: int | None
    stamp_means: str
    lens: str | None = None
    image_size: tuple[int, int] | None = None


class SyncInfo(Record):
    """Middle of a camera's exposure minus the time of the frame it belongs to."""

    camera: str
    frames: int
    min_ms: float
    median_ms: float
    max_ms: float


class PoseInfo(Record):
    """Where the vehicle was; gaps are pauses too long to interpolate over."""

    poses: int
    gaps: int
    longest_gap_s: float | None
    driven_m: float


class ClassInfo(Record):
    """Boxes of one class: size is length, width, height; points and the share of empty boxes where they are known."""

    name: str
    boxes: int
    tracks: int
    median_size_m: tuple[float, float, float]
    median_points: float | None
    empty_share: float | None


class LabelInfo(Record):
    """The labels on trial; empty_frames were annotated and hold no box."""

    boxes: int
    boxes_2d: int | None
    tracks: int
    annotated_frames: int
    empty_frames: int
    boxes_with_points_known: int
    points_from: str
    classes: tuple[ClassInfo, ...]


class Holdings(Record):
    """What a scene holds, or several together."""

    frames: int
    duration_s: float | None
    sensors: tuple[SensorInfo, ...]
    sync: tuple[SyncInfo, ...]
    poses: PoseInfo | None
    labels: LabelInfo


class ProblemInfo(Record):
    """Something that could not be read as it should."""

    kind: str
    place: str
    reason: str
    lost: bool


class SceneInfo(Holdings):
    """One scene; `assumptions` is what its reader took for granted."""

    name: str
    time_base: str
    label_set: str
    label_reference: str
    label_scope: str
    tags: dict[str, str]
    assumptions: tuple[str, ...]


class DatasetInfo(Record):
    """A data set: how it was recognised, what it holds in all, and scene by scene."""

    schema_name: str = Field(SCHEMA, alias="schema")
    root: str
    format: str
    why: str
    total: Holdings
    scenes: tuple[SceneInfo, ...]
    problems: tuple[ProblemInfo, ...]

    def to_json(self) -> str:
        """The document as text."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False, allow_nan=False)
