"""Whether the links between records hold: chains of prev and next, first and last of scenes and instances, counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.arrays import Int32Array, IntArray
from fusion.formats.nuscenes.scene_report import SceneReport
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.tokens import DANGLING, NOT_GIVEN, TokenColumn, token_column
from fusion.scene.problems import ProblemKind


@dataclass(frozen=True, eq=False)
class Chain:
    """A table whose records link to their neighbours in time.

    previous, following: rows of the table by row; owner: by row, the one a chain belongs to; times_ns: by row.
    """

    table: str
    owner_name: str
    tokens: TokenColumn
    previous: Int32Array
    following: Int32Array
    owner: Int32Array
    times_ns: IntArray


def check_links(scene: SceneTables) -> None:
    """Report each kind of broken link of a scene once. None of them loses a record: time orders them without links."""
    tables, report = scene.tables, scene.report
    samples, measurements, annotations = tables.samples, tables.measurements, tables.annotations
    columns = (samples.tokens, samples.previous, samples.following, samples.scene, samples.timestamps_ns)
    check_chain(Chain("sample", "scene", *columns), scene.sample_rows, report)
    columns = (
        measurements.tokens,
        measurements.previous,
        measurements.following,
        measurements.sensor,
        measurements.timestamps_ns,
    )
    check_chain(Chain("sample_data", "sensor", *columns), scene.measurement_rows, report)
    columns = (
        annotations.tokens,
        annotations.previous,
        annotations.following,
        annotations.instance,
        annotations.times_ns,
    )
    check_chain(Chain("sample_annotation", "instance", *columns), scene.annotation_rows, report)
    _check_scene_ends(scene)
    _check_instance_ends(scene)


def check_chain(chain: Chain, rows: IntArray, report: SceneReport) -> None:
    """Report links of these rows that name nothing, another owner's record, or one on the wrong side in time."""
    for field, links, back, step in (
        ("prev", chain.previous, chain.following, -1),
        ("next", chain.following, chain.previous, 1),
    ):
        target = links[rows]
        report.broken(chain.table, f"'{field}' names no record of the table", chain.tokens, rows[target == DANGLING])
        linked, target = rows[target >= 0], target[target >= 0]
        foreign = chain.owner[target] != chain.owner[linked]
        what = f"'{field}' leads to a record of another {chain.owner_name}"
        report.broken(chain.table, what, chain.tokens, linked[foreign])
        linked, target = linked[~foreign], target[~foreign]
        ahead = step * (chain.times_ns[target] - chain.times_ns[linked]) > 0
        what = f"'{field}' leads the wrong way in time, or in a circle"
        report.broken(chain.table, what, chain.tokens, linked[~ahead])
        linked, target = linked[ahead], target[ahead]
        other = "next" if field == "prev" else "prev"
        what = f"'{field}' leads to a record whose '{other}' does not lead back"
        report.broken(chain.table, what, chain.tokens, linked[(back[target] != linked) & (back[target] != DANGLING)])


def _check_scene_ends(scene: SceneTables) -> None:
    record, samples, report = scene.record, scene.tables.samples, scene.report
    rows = scene.sample_rows
    if record.nbr_samples is not None and record.nbr_samples != len(rows):
        reason = f"nbr_samples is {record.nbr_samples}, sample.json holds {len(rows)} of this scene"
        report.note(ProblemKind.COUNT_MISMATCH, "scene", reason, lost=False)
    if len(rows) == 0:
        return
    times_ns = samples.timestamps_ns[rows]
    for field, token, end in (
        ("first_sample_token", record.first_sample_token, rows[np.argmin(times_ns)]),
        ("last_sample_token", record.last_sample_token, rows[np.argmax(times_ns)]),
    ):
        if token and token_column([token])[0] != samples.tokens[end]:
            named = samples.tokens[rows] == token_column([token])[0]
            which = "not the one at that end of the scene" if named.any() else "no sample of this scene"
            report.note(ProblemKind.BROKEN_REFERENCE, "scene", f"{field} {token} is {which}", lost=False)


def _check_instance_ends(scene: SceneTables) -> None:
    """Instances that occur in this scene; those the table doesn't know are reported with their annotations."""
    annotations, instances, report = scene.tables.annotations, scene.tables.instances, scene.report
    rows = scene.annotation_rows
    order = rows[np.lexsort((annotations.times_ns[rows], annotations.instance[rows]))]
    owners, starts = np.unique(annotations.instance[order], return_index=True)
    known = owners < instances.known
    ends = np.append(starts[1:], len(order)) - 1
    owners, firsts, lasts = owners[known], order[starts[known]], order[ends[known]]
    for field, told, found in (
        ("first_annotation_token", instances.first[owners], firsts),
        ("last_annotation_token", instances.last[owners], lasts),
    ):
        what = f"'{field}' names no annotation"
        report.broken("instance", what, instances.tokens, owners[told == DANGLING])
        what = f"'{field}' is not the annotation at that end of the track"
        report.broken("instance", what, instances.tokens, owners[(told >= 0) & (told != found)])
    told = instances.counts[owners]
    differ = (told != NOT_GIVEN) & (told != instances.found[owners])
    what = "'nbr_annotations' is not the number of its annotations"
    report.miscounted("instance", what, instances.tokens, owners[differ])
