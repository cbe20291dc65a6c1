"""Annotations of a scene as a label set, in the world as they were written.

nuScenes says                             we say
size: width, length, height               length, width, height
rotation: w x y z, length axis is x       the same
translation: geometric centre, world      the same
num_lidar_pts                             recorded_point_counts, -1 where unknown
no velocity in the tables                 from the neighbours in the track, as the devkit's box_velocity
"""

from __future__ import annotations

import numpy as np

from calibration.arrays import FloatArray, IntArray
from calibration.clock import SECOND_NS
from calibration.transform import are_unit_quaternions
from fusion.formats.nuscenes.recording import Recording
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.tables import Tables
from fusion.formats.nuscenes.tokens import text_of
from fusion.scene.attributes import AttributeColumn, Attributes
from fusion.scene.boxes3d import Boxes3D, Provenance
from fusion.scene.coded import Coded
from fusion.scene.label_set import LabelSet
from fusion.scene.scope import LabelScope

TABLE = "sample_annotation"
# nuscenes-devkit, NuScenes.box_velocity, max_time_diff: twice that between the neighbours on both sides.
MAX_NEIGHBOUR_GAP_NS = 3 * SECOND_NS // 2


def read_labels(scene: SceneTables, recording: Recording) -> LabelSet:
    """All boxes of a scene; broken references and numbers are reported, their boxes kept."""
    rows, frame_index = _rows_and_frames(scene, recording.sample_rows)
    tables, report = scene.tables, scene.report
    annotations = tables.annotations
    times_ns = recording.frames.timestamps_ns[frame_index]
    quaternions = _checked_quaternions(tables, rows, report)
    boxes = Boxes3D(
        centres_m=annotations.translations_m[rows],
        sizes_m=annotations.sizes_wlh_m[rows][:, [1, 0, 2]],
        rotations=quaternions,
        category=_categories(tables, rows, report),
        track=_tracks(tables, rows),
        label_ids=np.asarray([text_of(token) for token in annotations.tokens[rows]], dtype=object),
        timestamps_ns=times_ns,
        velocities_mps=track_velocities(
            annotations.instance[rows].astype(np.int64), times_ns, annotations.translations_m[rows]
        ),
        recorded_point_counts=annotations.lidar_counts[rows].astype(np.int64),
        recorded_radar_counts=annotations.radar_counts[rows].astype(np.int64),
        attributes=_attributes(tables, rows, report),
        provenance=Provenance(
            source=Coded(np.zeros(len(rows), np.int32), (tables.called(TABLE),)),
            line=np.zeros(len(rows), np.int32),
        ),
    )
    declared = tuple(dict.fromkeys(category.name for category in tables.categories)) or None
    return LabelSet(
        name=tables.folder.name,
        boxes=boxes,
        reference="world",
        frame_index=frame_index.astype(np.int32),
        scope=_scope(scene, declared),
        declared_classes=declared,
    )


def track_velocities(track: IntArray, times_ns: IntArray, centres_m: FloatArray) -> FloatArray:
    """Velocity of each row from its neighbours in the same track.

    Between the rows before and after, or from the one there is; NaN where that spans more than 1.5 s a side.

    Args:
        track: (M,) a number by track; times_ns: (M,); centres_m: (M, 3).

    Returns:
        (M, 3) metres a second in the frame of the centres.

    Source: nuscenes-devkit, NuScenes.box_velocity.
    """
    order = np.lexsort((times_ns, track))
    same = np.append(track[order][1:] == track[order][:-1], False) if len(order) else np.zeros(0, bool)
    has_next, has_previous = same, np.roll(same, 1)
    places = np.arange(len(order))
    first, last = order[places - has_previous], order[np.minimum(places + has_next, len(order) - 1)]
    elapsed_ns = times_ns[last] - times_ns[first]
    allowed_ns = MAX_NEIGHBOUR_GAP_NS * np.where(has_next & has_previous, 2, 1)
    moving = (elapsed_ns > 0) & (elapsed_ns <= allowed_ns)
    velocities = np.full((len(order), 3), np.nan)
    shift_m = (centres_m[last] - centres_m[first])[moving]
    velocities[order[moving]] = shift_m / (elapsed_ns[moving, None] / SECOND_NS)
    return velocities


def _rows_and_frames(scene: SceneTables, sample_rows: IntArray) -> tuple[IntArray, IntArray]:
    """Rows of the scene's annotations by frame, and the frame of each."""
    rows = scene.annotation_rows
    by_sample = np.argsort(sample_rows, kind="stable")
    place = np.searchsorted(sample_rows[by_sample], scene.tables.annotations.sample[rows])
    frame_index = by_sample[place]
    order = np.argsort(frame_index, kind="stable")
    return rows[order], frame_index[order]


def _checked_quaternions(tables: Tables, rows: IntArray, report: SceneReport) -> FloatArray:
    """Rotations of length one with w >= 0; what is none stays as it was written, and is reported."""
    annotations = tables.annotations
    numbers = np.column_stack([annotations.translations_m[rows], annotations.sizes_wlh_m[rows]])
    what = "translation or size is not finite, so the box can't be judged"
    report.malformed(TABLE, what, annotations.tokens, rows[~np.isfinite(numbers).all(axis=1)])
    quaternions = annotations.quaternions[rows].copy()
    usable = are_unit_quaternions(quaternions)
    what = "rotation is no unit quaternion, so the box can't be judged"
    report.malformed(TABLE, what, annotations.tokens, rows[~usable])
    quaternions[usable] /= np.linalg.norm(quaternions[usable], axis=1, keepdims=True)
    return np.where(quaternions[:, :1] < 0, -quaternions, quaternions)


def _categories(tables: Tables, rows: IntArray, report: SceneReport) -> Coded:
    annotations, instances = tables.annotations, tables.instances
    owner = annotations.instance[rows]
    what = "'instance_token' names no instance, so the class is unknown"
    report.broken(TABLE, what, annotations.tokens, rows[owner >= instances.known], lost=True)
    category = instances.category[owner]
    nameless = np.unique(owner[(category < 0) & (owner < instances.known)])
    what = "'category_token' names no category, so the class is unknown"
    report.broken("instance", what, instances.tokens, nameless, lost=True)
    return Coded.from_values(tables.categories[code].name if code >= 0 else None for code in category.tolist())


def _tracks(tables: Tables, rows: IntArray) -> Coded:
    owners, codes = np.unique(tables.annotations.instance[rows], return_inverse=True)
    return Coded(codes.astype(np.int32), tuple(text_of(token) for token in tables.instances.tokens[owners]))


def _attributes(tables: Tables, rows: IntArray, report: SceneReport) -> Attributes:
    """The attributes ticked, several joined by ';', and the level of visibility."""
    annotations = tables.annotations
    sets = annotations.attributes[rows]
    known_sets = [[t for t in tokens if t in tables.attributes] for tokens in annotations.attribute_sets]
    names = [";".join(tables.attributes[token].name for token in tokens) for tokens in known_sets]
    short = [len(known) < len(tokens) for known, tokens in zip(known_sets, annotations.attribute_sets, strict=True)]
    levels = annotations.visibility[rows]
    level_names = [tables.visibilities[t].level if t in tables.visibilities else "" for t in annotations.visibilities]
    for table, field, dangling in (
        ("attribute", "attribute_tokens", np.asarray([*short, False])[sets]),
        ("visibility", "visibility_token", np.asarray([*(not name for name in level_names), False])[levels]),
    ):
        if tables.folder.has(table):
            report.broken(TABLE, f"'{field}' names no {table}", annotations.tokens, rows[dangling])
        elif dangling.any():
            report.assume(f"there is no {table}.json, so labels have no {table}")
    return Attributes(
        {
            "attribute": AttributeColumn(Coded.from_values([*names, ""][code] for code in sets.tolist())),
            "visibility": AttributeColumn(Coded.from_values([*level_names, ""][code] for code in levels.tolist())),
        }
    )


def _scope(scene: SceneTables, declared: tuple[str, ...] | None) -> LabelScope:
    told = scene.record.label_scope
    if told is not None:
        classes = declared if told.classes is None else tuple(told.classes)
        return LabelScope(max_range_m=told.max_range_m, min_points=told.min_points, classes=classes, source="declared")
    if scene.dialect.labels_need_points:
        return LabelScope(min_points=1, classes=declared, source="format")
    return LabelScope()
