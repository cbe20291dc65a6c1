"""From options to a folder: the drives, three sets of labels over the same files, and what is known about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from calibration.image_file import write_image
from sample_data.street.ground import distance_to_road_m
from sample_data.street.labels import true_labels, with_human_noise
from sample_data.street.options import StreetOptions
from sample_data.street.planted import plant
from sample_data.street.recording import Recording, record
from sample_data.street.tables import MAP_FILE, planted_list, tables_of, true_poses, write_tables

MAP_REACH_M = 100.0
MAP_PIXEL_M = 0.2


def build(out: Path, options: StreetOptions) -> list[Recording]:
    """Write `samples/`, `sweeps/`, `maps/`, `v1.0-truth`, `v1.0-clean` and `v1.0-planted` below `out`.

    The same options give the same bytes on the same machine.
    """
    recordings = [record(out, options, scene) for scene in range(options.scenes)]
    frame_s = options.sweep_period_us * 1e-6
    truth, states, clean, planted, faults = [], [], [], [], []
    for drive in recordings:
        exact, known = true_labels(options, drive.world.actors, drive.lidar, drive.ego, drive.frames)
        drawn = with_human_noise(options, drive.scene, exact, frame_s)
        spoilt, spoils = plant(drawn, drive.frames, [actor.name for actor in drive.world.actors])
        truth.append(exact)
        states.append(known)
        clean.append(drawn)
        planted.append(spoilt)
        faults.append(spoils)
    for name, labels in (("truth", truth), ("clean", clean), ("planted", planted)):
        write_tables(out / f"v1.0-{name}", tables_of(recordings, labels))
    _write_json(out / "v1.0-truth" / "true_pose.json", true_poses(recordings, states))
    _write_json(out / "v1.0-planted" / "planted.json", planted_list(recordings, faults))
    _write_map(out / MAP_FILE)
    return recordings


def _write_json(path: Path, content: dict[str, Any] | list[Any]) -> None:
    """A list or an object, an entry a line."""
    if isinstance(content, dict):
        entries = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
        text = "{\n" + ",\n".join(entries) + "\n}\n"
    else:
        text = "[\n" + ",\n".join(json.dumps(entry) for entry in content) + "\n]\n"
    path.write_text(text, encoding="utf-8")


def _write_map(path: Path) -> None:
    """The carriageway as a picture, white on black, north up; its lower left corner is the street's (-100, -100)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    places = np.arange(-MAP_REACH_M + MAP_PIXEL_M / 2, MAP_REACH_M, MAP_PIXEL_M)
    x, y = np.meshgrid(places, places[::-1])
    write_image(path, np.where(distance_to_road_m(x, y) < 0, 255, 0).astype(np.uint8))
