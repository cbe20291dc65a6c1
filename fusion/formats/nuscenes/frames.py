"""Frames of a scene: its samples in time order, each with the key frame of every sensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from calibration.arrays import Int32Array, IntArray
from calibration.clock import milliseconds_text
from calibration.sensors import SensorKind
from fusion.formats.nuscenes.scene_tables import SceneTables
from fusion.formats.nuscenes.tokens import text_of
from fusion.scene.frame_table import FrameTable
from fusion.scene.stream import Stream

FAVOURITE_LIDAR = "LIDAR_TOP"


def sample_rows_in_time(scene: SceneTables) -> IntArray:
    """(F,) rows of sample.json, a frame each."""
    rows = scene.sample_rows
    return rows[np.argsort(scene.tables.samples.timestamps_ns[rows], kind="stable")]


def frame_table(
    scene: SceneTables, sample_rows: IntArray, rows_of: Mapping[str, IntArray], streams: Mapping[str, Stream[Any]]
) -> FrameTable:
    """Frames at the stamp and pose of their reference lidar's sweep, at their sample's stamp where they have none.

    Args:
        sample_rows: (F,) as `sample_rows_in_time` gives them.
        rows_of: by sensor the rows of sample_data.json its stream is made of, in the stream's order.
    """
    samples = scene.tables.samples
    members = {channel: _members(scene, channel, rows, sample_rows) for channel, rows in rows_of.items()}
    lidar = _reference_lidar(streams, members)
    stamps_ns = samples.timestamps_ns[sample_rows]
    translations_m, quaternions = np.full((len(stamps_ns), 3), np.nan), np.full((len(stamps_ns), 4), np.nan)
    if lidar is not None:
        stream, has = streams[lidar], members[lidar] >= 0
        own = members[lidar][has]
        _compare_stamps(scene, lidar, stamps_ns[has], stream.timestamps_ns[own])
        stamps_ns[has] = stream.timestamps_ns[own]
        if stream.translations_m is not None and stream.quaternions is not None:
            translations_m[has], quaternions[has] = stream.translations_m[own], stream.quaternions[own]
    return FrameTable(
        keys=tuple(text_of(token) for token in samples.tokens[sample_rows]),
        timestamps_ns=stamps_ns,
        annotated=np.full(len(stamps_ns), len(scene.tables.annotations.tokens) > 0),
        measurements=members,
        translations_m=translations_m,
        quaternions=quaternions,
        reference_lidar=lidar,
    )


def _members(scene: SceneTables, channel: str, rows: IntArray, sample_rows: IntArray) -> Int32Array:
    """(F,) which measurement of a sensor is each frame's key frame, -1 none."""
    measurements = scene.tables.measurements
    frame_of = {sample: frame for frame, sample in enumerate(sample_rows.tolist())}
    members = np.full(len(sample_rows), -1, dtype=np.int32)
    again = []
    for position in np.flatnonzero(measurements.keyframe[rows]).tolist():
        frame = frame_of[int(measurements.sample[rows[position]])]
        if members[frame] >= 0:
            again.append(rows[position])
        else:
            members[frame] = position
    what = f"a sample has several key frames of {channel}; the first one is used"
    scene.report.broken("sample_data", what, measurements.tokens, np.asarray(again, dtype=np.int64))
    return members


def _reference_lidar(streams: Mapping[str, Stream[Any]], members: Mapping[str, Int32Array]) -> str | None:
    lidars = [
        name for name, stream in streams.items() if stream.kind is SensorKind.LIDAR and (members[name] >= 0).any()
    ]
    return FAVOURITE_LIDAR if FAVOURITE_LIDAR in lidars else next(iter(lidars), None)


def _compare_stamps(scene: SceneTables, lidar: str, sample_ns: IntArray, lidar_ns: IntArray) -> None:
    apart_ns = np.abs(sample_ns - lidar_ns)
    if apart_ns.any():
        scene.report.assume(
            f"{np.count_nonzero(apart_ns)} samples have another stamp than their sweep of {lidar}, by up to "
            f"{milliseconds_text(int(apart_ns.max()))}; frames and boxes take the sweep's"
        )
