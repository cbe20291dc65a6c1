"""The records of a nuScenes table folder as they stand in its JSON files: only the fields we read, others are ignored.

Source: nuscenes-devkit, docs/schema_nuscenes.md. Lyft writes time stamps as floats, longer tokens and null or missing
image sizes. Fields below an "ours" comment are extras of Boresight's own sample data; absent elsewhere.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

# Tokens are 32 or 64 hexadecimal digits in the wild; a column of them is as wide as its longest.
Token: TypeAlias = Annotated[str, Meta(max_length=128)]
# Microseconds; nine times ten to the fifteenth is the year 2255, close to where int64 nanoseconds end.
Stamp: TypeAlias = Annotated[int, Meta(ge=0, le=9 * 10**15)] | Annotated[float, Meta(ge=0, le=9e15)]
Vector: TypeAlias = tuple[float, float, float]
Wxyz: TypeAlias = tuple[float, float, float, float]
Pixels: TypeAlias = Annotated[int, Meta(ge=0, le=10**6)]
Count: TypeAlias = Annotated[int, Meta(ge=-1, le=2**31 - 1)]


class TokenRecord(Struct, gc=False):
    """What every record has: a token, by which others name it."""

    token: Token


class LabelScopeFields(Struct, gc=False):
    """Where the annotators promise labels."""

    max_range_m: float | None = None
    min_points: int = 0
    classes: list[str] | None = None


class SceneRecord(TokenRecord, gc=False):
    name: str = ""
    description: str | None = ""
    log_token: Token | None = ""
    nbr_samples: Count | None = None
    first_sample_token: Token | None = ""
    last_sample_token: Token | None = ""
    # ours
    label_scope: LabelScopeFields | None = None


class LogRecord(TokenRecord, gc=False):
    logfile: str | None = ""
    vehicle: str | None = ""
    date_captured: str | None = ""
    location: str | None = ""
    # ours
    time_base: str | None = None


class SampleRecord(TokenRecord, gc=False):
    timestamp: Stamp
    scene_token: Token
    prev: Token | None = ""
    next: Token | None = ""


class SampleDataRecord(TokenRecord, gc=False):
    sample_token: Token
    ego_pose_token: Token
    calibrated_sensor_token: Token
    timestamp: Stamp
    filename: str
    is_key_frame: bool = False
    fileformat: str | None = ""
    width: Pixels | None = 0
    height: Pixels | None = 0
    prev: Token | None = ""
    next: Token | None = ""


class EgoPoseRecord(TokenRecord, gc=False):
    timestamp: Stamp
    translation: Vector
    rotation: Wxyz


class SensorRecord(TokenRecord, gc=False):
    channel: str
    modality: str


class CalibratedSensorRecord(TokenRecord, gc=False):
    sensor_token: Token
    translation: Vector
    rotation: Wxyz
    camera_intrinsic: list[list[float]] | None = None
    camera_distortion: list[float] | None = None
    # ours
    camera_model: str | None = None
    readout_ns: int | None = None
    exposure_ns: int | None = None
    timestamp_means: str | None = None
    sweep_ns: Annotated[int, Meta(ge=1)] | None = None
    motion: str | None = None


class AnnotationRecord(TokenRecord, gc=False):
    sample_token: Token
    instance_token: Token
    translation: Vector
    size: Vector
    rotation: Wxyz
    visibility_token: Token | None = ""
    attribute_tokens: list[Token] | None = None
    num_lidar_pts: Count | None = -1
    num_radar_pts: Count | None = -1
    prev: Token | None = ""
    next: Token | None = ""


class InstanceRecord(TokenRecord, gc=False):
    category_token: Token | None = ""
    nbr_annotations: Count | None = None
    first_annotation_token: Token | None = ""
    last_annotation_token: Token | None = ""


class CategoryRecord(TokenRecord, gc=False):
    name: str


class AttributeRecord(TokenRecord, gc=False):
    name: str


class VisibilityRecord(TokenRecord, gc=False):
    level: str
