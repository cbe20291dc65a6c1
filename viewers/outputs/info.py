"""What a data set holds, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fusion.run.dataset_info import DatasetInfo, LabelInfo, PoseInfo, SceneInfo, SensorInfo, SyncInfo
from viewers.outputs.lines import Line, Span, line, table
from viewers.outputs.quantities import counted, quantity

MAX_SCENES = 20
MAX_PROBLEMS = 20


def info_lines(info: DatasetInfo) -> list[Line]:
    """The whole text: all scenes together, then one line a scene."""
    total = info.total
    blocks = [
        [_head(info), line(info.why, indent=2)],
        _sensors(total.sensors),
        _sync(total.sync),
        _poses(total.poses),
        _labels(total.labels),
        _scope(info.scenes),
        _scenes(info.scenes),
        _assumptions(info.scenes),
        _problems(info),
    ]
    return [one for block in blocks if block for one in [*block, Line()]][:-1]


def _head(info: DatasetInfo) -> Line:
    total = info.total
    held = [
        counted(len(info.scenes), "scene"),
        counted(total.frames, "frame"),
        counted(total.labels.boxes, "box", "boxes"),
        *([] if total.duration_s is None else [quantity(round(total.duration_s, 1), "s")]),
    ]
    return line(Span(info.root, "strong"), f" ({info.format}): {', '.join(held)}")


def _sensors(sensors: Sequence[SensorInfo]) -> list[Line]:
    head = (
        "sensor",
        "kind",
        "count",
        "rate",
        "jitter",
        "drops",
        "doubles",
        "disorder",
        "lens and image",
        "stamps mean",
    )
    rows = [
        (
            sensor.name,
            sensor.kind,
            f"{sensor.measurements:,}",
            quantity(sensor.rate_hz, "Hz"),
            quantity(sensor.jitter_ms, "ms"),
            quantity(sensor.dropped),
            quantity(sensor.duplicated),
            quantity(sensor.out_of_order),
            " ".join([sensor.lens or "", "x".join(str(side) for side in sensor.image_size or ())]).strip(),
            sensor.stamp_means,
        )
        for sensor in sensors
    ]
    return _titled("Sensors", head, rows, right=range(2, 8))


def _sync(sync: Sequence[SyncInfo]) -> list[Line]:
    head = ("camera", "frames", "earliest", "median", "latest")
    rows = [
        (one.camera, f"{one.frames:,}", *(quantity(ms, "ms") for ms in (one.min_ms, one.median_ms, one.max_ms)))
        for one in sync
    ]
    return _titled("Sync: time of the image minus time of its frame", head, rows, right=range(1, 5))


def _poses(poses: PoseInfo | None) -> list[Line]:
    if poses is None:
        return [line(Span("Poses", "strong"), ": none")]
    longest = "" if poses.longest_gap_s is None else f", the longest {quantity(poses.longest_gap_s, 's')}"
    text = f": {poses.poses:,}, {counted(poses.gaps, 'gap')}{longest}, {quantity(poses.driven_m, 'm')} driven"
    return [line(Span("Poses", "strong"), text)]


def _labels(labels: LabelInfo) -> list[Line]:
    parts = [
        counted(labels.boxes, "box", "boxes"),
        counted(labels.tracks, "track"),
        f"{counted(labels.annotated_frames, 'annotated frame')}, {labels.empty_frames} of them empty",
    ]
    if labels.boxes_2d is not None:
        parts.append(counted(labels.boxes_2d, "2D box", "2D boxes"))
    if labels.points_from:
        parts.append(f"points {labels.points_from} for {counted(labels.boxes_with_points_known, 'box', 'boxes')}")
    head = ("class", "boxes", "tracks", "length", "width", "height", "points", "empty")
    rows = [
        (
            one.name,
            f"{one.boxes:,}",
            f"{one.tracks:,}",
            *(quantity(side, "m", digits=3) for side in one.median_size_m),
            quantity(one.median_points),
            quantity(one.empty_share, "share"),
        )
        for one in labels.classes
    ]
    title = f"Labels: {', '.join(parts)}; medians by class"
    return _titled(title, head, rows, right=range(1, 8)) or [line(Span("Labels", "strong"), ": none")]


def _scope(scenes: Sequence[SceneInfo]) -> list[Line]:
    scopes = dict.fromkeys(f"{scene.label_set}, in {scene.label_reference}: {scene.label_scope}" for scene in scenes)
    return [line(Span("Label scope", "strong")), *(line(scope, indent=2) for scope in scopes)] if scopes else []


def _scenes(scenes: Sequence[SceneInfo]) -> list[Line]:
    head = ("scene", "frames", "duration", "boxes", "tracks", "driven", "clock", "tags")
    rows = [
        (
            scene.name,
            f"{scene.frames:,}",
            quantity(scene.duration_s, "s"),
            f"{scene.labels.boxes:,}",
            f"{scene.labels.tracks:,}",
            quantity(scene.poses.driven_m if scene.poses else None, "m"),
            scene.time_base,
            ", ".join(f"{name} {value}" for name, value in scene.tags.items()),
        )
        for scene in scenes[:MAX_SCENES]
    ]
    return [*_titled("Scenes", head, rows, right=range(1, 6)), *_more(len(scenes) - MAX_SCENES)]


def _assumptions(scenes: Sequence[SceneInfo]) -> list[Line]:
    found = list(dict.fromkeys(text for scene in scenes for text in scene.assumptions))
    if not found:
        return []
    listed = [line(text, indent=2) for text in found[:MAX_PROBLEMS]]
    return [line(Span("Assumed while reading", "strong")), *listed, *_more(len(found) - MAX_PROBLEMS)]


def _problems(info: DatasetInfo) -> list[Line]:
    if not info.problems:
        return []
    listed = [line(f"{one.place}: {one.reason}", indent=2) for one in info.problems[:MAX_PROBLEMS]]
    title = line(Span(f"Problems while reading ({len(info.problems)})", "error"))
    return [title, *listed, *_more(len(info.problems) - MAX_PROBLEMS)]


def _more(number: int) -> list[Line]:
    return [line(Span(f"... and {number} more; --json lists all", "dim"), indent=2)] if number > 0 else []


def _titled(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], right: Iterable[int]) -> list[Line]:
    """A table under its title, without the columns that are empty throughout."""
    kept = [column for column in range(len(head)) if any(row[column] not in ("", "-") for row in rows)]
    aligned = [position for position, column in enumerate(kept) if column in right]
    cells: list[list[Span | str]] = [[Span(head[column], "dim") for column in kept]]
    cells += [[row[column] for column in kept] for row in rows]
    return [line(Span(title, "strong")), *table(cells, aligned, indent=2)] if rows else []
