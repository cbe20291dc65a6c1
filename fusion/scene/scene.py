"""A scene: everything recorded and labelled in one drive, as handles and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any, overload

from calibration.rig import RigHistory, SensorRig
from calibration.trajectory import Trajectory
from calibration.transform import RigidTransform
from fusion.errors import DatasetError
from fusion.scene.frame_table import FrameTable
from fusion.scene.label_set import LabelSet
from fusion.scene.measurement_cache import MeasurementCache
from fusion.scene.problems import ProblemLog
from fusion.scene.stream import Stream

# The frame handle measures, so it lives one floor up; a scene hands it out but never looks inside.
FRAME_HANDLE = "fusion.measure.frame:SyncedFrame"
TIME_BASES = ("utc", "gps", "sensor", "synthetic")


@dataclass(eq=False)
class Scene:
    """One drive.

    root: what file paths are relative to; time_base: "utc", "gps", "sensor" (an unknown start) or "synthetic" (no real
    times: time checks are not assessed); trajectory: world_from_ego, None where the data set has no poses;
    label_sets: by name, `labels_on_trial` names the one that is judged; problems: what could not be read;
    assumptions: what the reader took for granted, for a person; tags: vehicle, date, place and the like.
    """

    name: str
    dataset_format: str
    root: Path | None
    time_base: str
    rigs: RigHistory
    frame_table: FrameTable
    streams: Mapping[str, Stream[Any]]
    label_sets: Mapping[str, LabelSet]
    labels_on_trial: str
    trajectory: Trajectory | None = None
    problems: ProblemLog = field(default_factory=ProblemLog)
    assumptions: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    measurements: MeasurementCache = field(default_factory=MeasurementCache)

    def __post_init__(self) -> None:
        if self.time_base not in TIME_BASES:
            raise DatasetError(f"time base must be one of {', '.join(TIME_BASES)}, got {self.time_base!r}")
        if self.labels_on_trial not in self.label_sets:
            raise DatasetError(
                f"no label set {self.labels_on_trial!r}; there are {', '.join(self.label_sets) or 'none'}"
            )
        self.streams = MappingProxyType(dict(self.streams))
        self.label_sets = MappingProxyType(dict(self.label_sets))

    @property
    def labels(self) -> LabelSet:
        """The label set on trial."""
        return self.label_sets[self.labels_on_trial]

    @property
    def frames(self) -> FrameSequence:
        """The judged instants, as handles."""
        return FrameSequence(self)

    @property
    def has_real_times(self) -> bool:
        """Whether stamps come from a clock, so that speeds and gaps mean something."""
        return self.time_base != "synthetic"

    def rig_at(self, timestamp_ns: int) -> SensorRig:
        """Sensors, their places and lenses, valid at a time."""
        return self.rigs.at(timestamp_ns)

    def world_from_ego_at_frame(self, frame: int) -> RigidTransform | None:
        """The pose recorded with a frame, else the trajectory's at its time, else None."""
        recorded = self.frame_table.world_from_ego(frame)
        if recorded is not None or self.trajectory is None:
            return recorded
        stamp = self.frame_table.timestamps_ns[frame : frame + 1]
        return self.trajectory.world_from_ego_at(int(stamp[0])) if self.trajectory.covers(stamp)[0] else None

    @staticmethod
    def from_arrays(**parts: Any) -> Scene:
        """A scene of what a pipeline holds in memory, no files needed; see `scene_builder.scene_from_arrays`."""
        from fusion.scene.scene_builder import scene_from_arrays

        return scene_from_arrays(**parts)


class FrameSequence(Sequence[Any]):
    """The frames of a scene as `SyncedFrame` handles, made when asked for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __len__(self) -> int:
        return len(self._scene.frame_table)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"scene {self._scene.name!r} has {len(self)} frames, asked for {index}")
        return resolve_name(FRAME_HANDLE)(self._scene, index % len(self))

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))
