"""The drive as nuScenes tables: thirteen JSON files beside the sensor files, with a few documented extra fields.

Source of the layout: nuscenes-devkit, docs/schema_nuscenes.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calibration.arrays import FloatArray
from calibration.transform import RigidTransform, quaternions_from_matrices
from sample_data.street.chance import token_for
from sample_data.street.labels import Frame, Label, TrueState, points_inside, tracks_of
from sample_data.street.options import PERIODS_PER_SECOND
from sample_data.street.planted import Fault
from sample_data.street.recording import Recording, Shot
from sample_data.street.rig import LIDAR_CHANNEL, Mounted, MountedCamera

Record = dict[str, Any]
Tables = dict[str, list[Record]]
# Where the street lies on the map: large numbers, as in real data, catch arithmetic in float32.
STREET_ON_MAP_M = np.array([612.0, 1287.0, 14.0])
POINT_FORMAT = "pcd.bin:x,y,z,intensity,ring,time_offset_s"
MAP_FILE = "maps/crossing.png"
CATEGORIES = (
    "human.pedestrian.adult", "human.pedestrian.child", "human.pedestrian.wheelchair", "human.pedestrian.stroller",
    "human.pedestrian.personal_mobility", "human.pedestrian.police_officer", "human.pedestrian.construction_worker",
    "animal", "vehicle.car", "vehicle.motorcycle", "vehicle.bicycle", "vehicle.bus.bendy", "vehicle.bus.rigid",
    "vehicle.truck", "vehicle.construction", "vehicle.emergency.ambulance", "vehicle.emergency.police",
    "vehicle.trailer", "movable_object.barrier", "movable_object.trafficcone", "movable_object.pushable_pullable",
    "movable_object.debris", "static_object.bicycle_rack",
)  # fmt: skip
LABELLED = (
    "human.pedestrian.adult", "movable_object.barrier", "movable_object.trafficcone", "vehicle.bicycle",
    "vehicle.bus.rigid", "vehicle.car", "vehicle.motorcycle", "vehicle.truck",
)  # fmt: skip
ATTRIBUTES = (
    "vehicle.moving", "vehicle.stopped", "vehicle.parked", "cycle.with_rider", "cycle.without_rider",
    "pedestrian.sitting_lying_down", "pedestrian.standing", "pedestrian.moving",
)  # fmt: skip
VISIBILITIES = {"1": "v0-40", "2": "v40-60", "3": "v60-80", "4": "v80-100"}


def write_tables(folder: Path, tables: Tables) -> None:
    """One file a table, one record a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in sorted(tables.items()):
        lines = ",\n".join(json.dumps(record) for record in records)
        (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def tables_of(recordings: Sequence[Recording], labels: Sequence[Sequence[Label]]) -> Tables:
    """All tables of some drives with one set of labels each."""
    options = recordings[0].options
    tables = _standing_tables([label.category for each in labels for label in each])
    channels = [LIDAR_CHANNEL, *(camera.channel for camera in recordings[0].cameras)]
    tables["sensor"] = [
        {
            "token": token_for(options.seed, "sensor", channel),
            "channel": channel,
            "modality": "lidar" if channel == LIDAR_CHANNEL else "camera",
        }
        for channel in channels
    ]
    tables["calibrated_sensor"] = [_calibrated(recordings[0], mount) for mount in recordings[0].mounts]
    tables["log"] = [_log(recording) for recording in recordings]
    tables["map"] = [
        {
            "token": token_for(options.seed, "map"),
            "log_tokens": [log["token"] for log in tables["log"]],
            "category": "semantic_prior",
            "filename": MAP_FILE,
        }
    ]
    for name in ("scene", "sample", "sample_data", "ego_pose", "instance", "sample_annotation"):
        tables[name] = []
    for recording, own in zip(recordings, labels, strict=True):
        _add_drive(tables, recording)
        _add_labels(tables, recording, own)
    return tables


def true_poses(recordings: Sequence[Recording], states: Sequence[Mapping[tuple[str, int], TrueState]]) -> Record:
    """By annotation token: where the object really was at the stamp, how fast, and when the sweep saw it."""
    return {
        annotation_token(recording, track, frame): {
            "translation": _rounded(np.add(state.centre_m, STREET_ON_MAP_M), 6),
            "rotation": _rounded(_yaw_quaternion(state.yaw_rad), 9),
            "velocity": _rounded(state.velocity_mps, 4),
            "seen_at": recording.start_us + state.seen_us,
        }
        for recording, own in zip(recordings, states, strict=True)
        for (track, frame), state in own.items()
    }


def planted_list(recordings: Sequence[Recording], faults: Sequence[Sequence[Fault]]) -> list[Record]:
    """The planted faults, for whoever measures recall."""
    return [
        {
            "fault": fault.fault,
            "scene": recording.name,
            "frames": list(fault.frames),
            "samples": [_sample_token(recording, frame) for frame in fault.frames],
            "tracks": [_instance_token(recording, track) for track in fault.tracks],
            "names": list(fault.tracks),
            "sensor": LIDAR_CHANNEL,
            "magnitude": fault.magnitude,
            "unit": fault.unit,
            "expected_codes": list(fault.expected_codes),
        }
        for recording, own in zip(recordings, faults, strict=True)
        for fault in own
    ]


def annotation_token(recording: Recording, track: str, frame: int) -> str:
    """The same box has the same token in every set of labels."""
    return token_for(recording.options.seed, recording.name, "box", track, frame)


def _instance_token(recording: Recording, track: str) -> str:
    return token_for(recording.options.seed, recording.name, "track", track)


def _sample_token(recording: Recording, frame: int) -> str:
    return token_for(recording.options.seed, recording.name, "sample", frame)


def _scene_token(recording: Recording) -> str:
    return token_for(recording.options.seed, recording.name)


def _data_token(recording: Recording, shot: Shot) -> str:
    return token_for(recording.options.seed, recording.name, shot.channel, shot.street_us)


def _rounded(values: ArrayLike, digits: int) -> list[float]:
    return [float(value) for value in np.round(np.asarray(values, dtype=np.float64), digits)]


def _yaw_quaternion(yaw_rad: float) -> FloatArray:
    return np.array([np.cos(yaw_rad / 2), 0.0, 0.0, np.sin(yaw_rad / 2)])


def _quaternion(rotation: FloatArray) -> list[float]:
    return _rounded(quaternions_from_matrices(rotation[None])[0], 9)


def _standing_tables(categories: Sequence[str]) -> Tables:
    """Tables that are the same in every nuScenes copy, plus any category the labels made up."""
    names = [*CATEGORIES, *sorted(set(categories) - set(CATEGORIES))]
    return {
        "category": [
            {"token": token_for("category", name), "name": name, "description": "", "index": index}
            for index, name in enumerate(names)
        ],
        "attribute": [{"token": token_for("attribute", name), "name": name, "description": ""} for name in ATTRIBUTES],
        "visibility": [
            {
                "token": token,
                "level": level,
                "description": f"visibility of whole object is between {level[1:].replace('-', ' and ')}%",
            }
            for token, level in VISIBILITIES.items()
        ],
    }


def _calibrated(recording: Recording, mount: Mounted) -> Record:
    """Where a sensor sits; for a camera its lens, for the lidar what its points went through."""
    options = recording.options
    record: Record = {
        "token": token_for(options.seed, "calibrated", mount.channel),
        "sensor_token": token_for(options.seed, "sensor", mount.channel),
        "translation": _rounded(mount.translation, 6),
        "rotation": _quaternion(mount.rotation),
        "camera_intrinsic": [],
    }
    if isinstance(mount, MountedCamera):
        record["camera_intrinsic"] = mount.lens.matrix.tolist()
        record["camera_model"] = mount.lens.kind
        record["camera_distortion"] = list(mount.lens.distortion)
        record["readout_ns"] = mount.readout_ns
        record["exposure_ns"] = mount.exposure_ns
        record["timestamp_means"] = "exposure_middle"
    else:
        record["timestamp_means"] = "sweep_end"
        record["motion"] = options.motion
        record["sweep_ns"] = options.spin_us * 1000
    return record


def _log(recording: Recording) -> Record:
    when = datetime.fromtimestamp(recording.start_us / PERIODS_PER_SECOND, tz=timezone.utc)
    return {
        "token": token_for(recording.options.seed, recording.name, "log"),
        "logfile": f"{recording.name}-{when:%Y-%m-%d-%H-%M-%S}+0000",
        "vehicle": "street",
        "date_captured": f"{when:%Y-%m-%d}",
        "location": "ray-cast-crossing",
        "time_base": "utc",
    }


def _add_drive(tables: Tables, recording: Recording) -> None:
    """Scene, samples, files and a pose for every file."""
    options = recording.options
    tokens = [_sample_token(recording, frame.index) for frame in recording.frames]
    tables["scene"].append({
        "token": _scene_token(recording),
        "log_token": token_for(options.seed, recording.name, "log"),
        "nbr_samples": len(tokens),
        "first_sample_token": tokens[0],
        "last_sample_token": tokens[-1],
        "name": recording.name,
        "description": f"Ray-cast street crossing, {options.profile}, seed {options.seed}",
        "label_scope": {
            "max_range_m": options.max_range_m,
            "min_points": options.min_points,
            "classes": list(LABELLED),
        },
    })  # fmt: skip
    for number, frame in enumerate(recording.frames):
        tables["sample"].append({
            "token": tokens[number],
            "timestamp": recording.start_us + frame.sweep.end_us,
            "prev": _neighbour(tokens, number - 1),
            "next": _neighbour(tokens, number + 1),
            "scene_token": _scene_token(recording),
        })  # fmt: skip
    for mount in recording.mounts:
        shots = [shot for shot in recording.shots if shot.channel == mount.channel]
        data_tokens = [_data_token(recording, shot) for shot in shots]
        for number, shot in enumerate(shots):
            tables["sample_data"].append(_sample_data(recording, shot, data_tokens, number, tokens))
            tables["ego_pose"].append(_ego_pose(recording, shot, data_tokens[number]))


def _neighbour(tokens: Sequence[str], number: int) -> str:
    return tokens[number] if 0 <= number < len(tokens) else ""


def _sample_data(
    recording: Recording, shot: Shot, tokens: Sequence[str], number: int, samples: Sequence[str]
) -> Record:
    options = recording.options
    lidar = shot.channel == LIDAR_CHANNEL
    return {
        "token": tokens[number],
        "sample_token": samples[shot.frame],
        "ego_pose_token": tokens[number],
        "calibrated_sensor_token": token_for(options.seed, "calibrated", shot.channel),
        "timestamp": recording.start_us + shot.street_us,
        "fileformat": POINT_FORMAT if lidar else "jpg",
        "is_key_frame": shot.is_key,
        "height": 0 if lidar else options.image_height,
        "width": 0 if lidar else options.image_width,
        "filename": shot.filename,
        "prev": _neighbour(tokens, number - 1),
        "next": _neighbour(tokens, number + 1),
    }


def _ego_pose(recording: Recording, shot: Shot, token: str) -> Record:
    rotations, places = recording.ego.poses([shot.street_us * 1e-6])
    return {
        "token": token,
        "timestamp": recording.start_us + shot.street_us,
        "rotation": _quaternion(rotations[0]),
        "translation": _rounded(places[0] + STREET_ON_MAP_M, 6),
    }


def _points_on_map(recording: Recording, frame: Frame) -> FloatArray:
    """(N, 3) the points of a sweep, placed with its own pose and mounting as the tables round them."""
    shot = next(shot for shot in recording.shots if shot.channel == LIDAR_CHANNEL and shot.frame == frame.index)
    pose, mount = _ego_pose(recording, shot, ""), _calibrated(recording, recording.lidar.mount)
    global_from_ego = RigidTransform.from_quaternion("global", "ego", pose["rotation"], pose["translation"])
    ego_from_lidar = RigidTransform.from_quaternion("ego", LIDAR_CHANNEL, mount["rotation"], mount["translation"])
    return (global_from_ego @ ego_from_lidar).apply(frame.sweep.points)


def _add_labels(tables: Tables, recording: Recording, labels: Sequence[Label]) -> None:
    """Instances and their boxes; points are counted in the boxes with poses and sizes as they stand in the tables."""
    points = [_points_on_map(recording, frame) for frame in recording.frames]
    for track, own in tracks_of(labels).items():
        tokens = [annotation_token(recording, track, label.frame) for label in own]
        instance = _instance_token(recording, track)
        tables["instance"].append({
            "token": instance,
            "category_token": token_for("category", own[0].category),
            "nbr_annotations": len(own),
            "first_annotation_token": tokens[0],
            "last_annotation_token": tokens[-1],
            "name": track,
        })  # fmt: skip
        for number, label in enumerate(own):
            centre = _rounded(np.add(label.centre_m, STREET_ON_MAP_M), 6)
            rotation = _rounded(_yaw_quaternion(label.yaw_rad), 9)
            length, width, height = _rounded(label.size_m, 4)
            box = RigidTransform.from_quaternion("global", "box", rotation, np.array(centre))
            inside = points_inside(points[label.frame], centre, box.rotation, (length, width, height))
            tables["sample_annotation"].append({
                "token": tokens[number],
                "sample_token": _sample_token(recording, label.frame),
                "instance_token": instance,
                "visibility_token": label.visibility,
                "attribute_tokens": [] if label.attribute is None else [token_for("attribute", label.attribute)],
                "translation": centre,
                "size": [width, length, height],
                "rotation": rotation,
                "prev": _neighbour(tokens, number - 1),
                "next": _neighbour(tokens, number + 1),
                "num_lidar_pts": int(inside.sum()),
                "num_radar_pts": 0,
            })  # fmt: skip
