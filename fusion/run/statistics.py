"""What a data set holds, in numbers: sensors, rates, sync, poses, labels; scene by scene and in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from calibration.clock import MILLISECOND_NS, SECOND_NS
from calibration.errors import FileProblemError
from fusion.checks.rounding import rounded
from fusion.run.dataset_info import (
    ClassInfo,
    DatasetInfo,
    Holdings,
    LabelInfo,
    PoseInfo,
    ProblemInfo,
    SceneInfo,
    SensorInfo,
    SyncInfo,
)
from fusion.run.scene_columns import SceneColumns, columns_of
from fusion.scene.dataset import Dataset
from fusion.scene.problems import ProblemLog, problem_of
from fusion.scene.scene import Scene

# Enough boxes for a median, and a minute of reading at most.
FRAMES_TO_COUNT = 40
UNNAMED = "(no class)"

Progress = Callable[[str, int, int], None]


def dataset_info(dataset: Dataset, scenes: Sequence[str] = (), progress: Progress | None = None) -> DatasetInfo:
    """Describe a data set.

    Args:
        scenes: only these; all if empty.
        progress: told after each scene: its name, how many are done, how many there are.

    Raises:
        DatasetError: there is no such scene.
    """
    names = tuple(scenes) or dataset.scene_names
    problems = ProblemLog(dataset.problems)
    columns: list[SceneColumns] = []
    infos: list[SceneInfo] = []
    for done, name in enumerate(names, start=1):
        try:
            scene = dataset.scene(name)
        except FileProblemError as error:
            problems.add(problem_of(error, scene=name))
            continue
        columns.append(columns_of(scene, max(1, FRAMES_TO_COUNT // len(names))))
        infos.append(scene_info(scene, columns[-1]))
        problems.extend(scene.problems)
        if progress is not None:
            progress(name, done, len(names))
    return DatasetInfo(
        root=str(dataset.root),
        format=dataset.format,
        why=dataset.why,
        total=holdings(columns),
        scenes=tuple(infos),
        problems=tuple(
            ProblemInfo(kind=one.kind.value, place=one.place, reason=one.reason, lost=one.lost) for one in problems
        ),
    )


def scene_info(scene: Scene, columns: SceneColumns) -> SceneInfo:
    """One scene by itself."""
    held = holdings([columns])
    return SceneInfo(
        **{name: getattr(held, name) for name in Holdings.model_fields},
        name=scene.name,
        time_base=scene.time_base,
        label_set=scene.labels.name,
        label_reference=scene.labels.reference,
        label_scope=scene.labels.scope.describe(),
        tags=dict(scene.tags),
        assumptions=scene.assumptions,
    )


def holdings(scenes: Sequence[SceneColumns]) -> Holdings:
    """One scene, or several together."""
    durations = [scene.duration_ns for scene in scenes if scene.duration_ns is not None]
    return Holdings(
        frames=sum(scene.frames for scene in scenes),
        duration_s=_seconds(sum(durations)) if durations else None,
        sensors=tuple(_sensor(name, scenes) for name in _names(scene.sensors for scene in scenes)),
        sync=tuple(_sync(name, scenes) for name in _names(scene.offsets_ns for scene in scenes)),
        poses=_pose_info(scenes),
        labels=_label_info(scenes),
    )


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _sensor(name: str, scenes: Sequence[SceneColumns]) -> SensorInfo:
    parts = [scene.sensors[name] for scene in scenes if name in scene.sensors]
    timings = [part.timing for part in parts if part.timing is not None]
    periods_ns = [timing.period_ns for timing in timings if np.isfinite(timing.period_ns)]
    jitters_ns = [timing.jitter_ns for timing in timings if np.isfinite(timing.jitter_ns)]
    return SensorInfo(
        name=name,
        kind=parts[0].kind.value,
        measurements=sum(part.measurements for part in parts),
        rate_hz=round(SECOND_NS / float(np.median(periods_ns)), 3) if periods_ns else None,
        jitter_ms=rounded(max(jitters_ns) / MILLISECOND_NS, "ms") if jitters_ns else None,
        dropped=sum(int(timing.missing.sum()) for timing in timings) if timings else None,
        duplicated=sum(len(timing.duplicated) for timing in timings) if timings else None,
        out_of_order=sum(len(timing.decreasing) for timing in timings) if timings else None,
        stamp_means=parts[0].stamp_means,
        lens=parts[0].lens,
        image_size=parts[0].image_size,
    )


def _sync(camera: str, scenes: Sequence[SceneColumns]) -> SyncInfo:
    offsets_ms = np.concatenate([s.offsets_ns[camera] for s in scenes if camera in s.offsets_ns]) / MILLISECOND_NS
    return SyncInfo(
        camera=camera,
        frames=len(offsets_ms),
        min_ms=rounded(offsets_ms.min(), "ms"),
        median_ms=rounded(np.median(offsets_ms), "ms"),
        max_ms=rounded(offsets_ms.max(), "ms"),
    )


def _pose_info(scenes: Sequence[SceneColumns]) -> PoseInfo | None:
    if not any(scene.poses for scene in scenes):
        return None
    gaps_ns = np.concatenate([scene.gaps_ns for scene in scenes])
    return PoseInfo(
        poses=sum(scene.poses for scene in scenes),
        gaps=len(gaps_ns),
        longest_gap_s=_seconds(int(gaps_ns.max())) if len(gaps_ns) else None,
        driven_m=round(sum(scene.driven_m for scene in scenes), 1),
    )


def _label_info(scenes: Sequence[SceneColumns]) -> LabelInfo:
    names = list(dict.fromkeys(name for scene in scenes for name in (*scene.category.names, UNNAMED)))
    classes = [info for name in names if (info := _class_info(name, scenes)) is not None]
    flat = [scene.boxes_2d for scene in scenes if scene.boxes_2d is not None]
    return LabelInfo(
        boxes=sum(len(scene.category) for scene in scenes),
        boxes_2d=sum(flat) if flat else None,
        tracks=sum(len(np.unique(scene.track.codes[scene.track.present])) for scene in scenes),
        annotated_frames=sum(scene.annotated_frames for scene in scenes),
        empty_frames=sum(scene.empty_frames for scene in scenes),
        boxes_with_points_known=sum(int(np.isfinite(scene.points).sum()) for scene in scenes),
        points_from=", ".join(sorted({scene.points_from for scene in scenes} - {""})),
        classes=tuple(sorted(classes, key=lambda info: (-info.boxes, info.name))),
    )


def _class_info(name: str, scenes: Sequence[SceneColumns]) -> ClassInfo | None:
    chosen = [~s.category.present if name == UNNAMED else s.category.is_any([name]) for s in scenes]
    sizes_m = np.concatenate([scene.sizes_m[rows] for scene, rows in zip(scenes, chosen, strict=True)])
    if not len(sizes_m):
        return None
    points = np.concatenate([scene.points[rows] for scene, rows in zip(scenes, chosen, strict=True)])
    known = points[np.isfinite(points)]
    tracks = [scene.track.codes[rows & scene.track.present] for scene, rows in zip(scenes, chosen, strict=True)]
    measurable = sizes_m[np.isfinite(sizes_m).all(axis=1)]
    length, width, height = rounded(np.median(measurable, axis=0), "m") if len(measurable) else (None, None, None)
    return ClassInfo(
        name=name,
        boxes=len(sizes_m),
        tracks=sum(len(np.unique(codes)) for codes in tracks),
        median_size_m=(length, width, height),
        median_points=float(np.median(known)) if len(known) else None,
        empty_share=rounded(float((known == 0).mean()), "share") if len(known) else None,
    )


def _seconds(duration_ns: int) -> float:
    seconds: float = rounded(duration_ns / SECOND_NS, "s")
    return seconds
