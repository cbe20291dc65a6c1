"""How well a camera's place and direction are audited: planted errors found, false alarms, coverage, time.

`make bench`, or `python tests/benchmarks/bench_lidar_camera.py --drives 17 --frames 20 --cache DIR --real DIR`. A drive
has six cameras; the first run renders the drives, which takes one to five minutes each, and later ones reuse them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from calibration.arrays import FloatArray
from calibration.audit.extrinsic_outlines import FrameEdges, camera_from_camera_in_file
from calibration.audit.lidar_camera import QUANTITIES, audit_edges, frame_edges
from calibration.audit.result import AuditResult
from calibration.cameras import camera_from_parameters
from calibration.estimate import Verdict
from calibration.sensors import Sensor
from calibration.transform import RigidTransform
from fusion.measure.extrinsic_frames import cautious
from tests.benchmarks.extrinsic_real import real_pairs
from tests.benchmarks.extrinsic_scenes import CameraDrive, drive

PLANTED = {"y": 0.15, "z": 0.15, "roll": 0.25, "pitch": 0.25, "yaw": 0.25}
PLANTED_REAL_DEG = {"roll": 1.5, "pitch": -1.5, "yaw": 1.5}
FIRST_SEED = 6000


@dataclass(frozen=True)
class Judgement:
    """One audit: what was planted, and for each of the six quantities verdict, error and half the interval."""

    name: str
    planted: str
    verdicts: tuple[str, ...]
    errors: tuple[float, ...]
    halves: tuple[float, ...]
    reason: str


def planted_frames(frames: Sequence[FrameEdges], correction: FloatArray) -> list[FrameEdges]:
    """What frames would be had the files been wrong, so that this correction (metres, degrees) makes them right."""
    rotation, translation = camera_from_camera_in_file(np.concatenate([correction[:3], np.radians(correction[3:])]))
    camera = frames[0].camera_from_points.target
    wrong = RigidTransform.from_rotation(camera, camera, rotation.T, -rotation.T @ translation)
    return [replace(frame, camera_from_points=wrong @ frame.camera_from_points) for frame in frames]


def planted_sensor(camera: Sensor, correction: FloatArray) -> Sensor:
    rotation, translation = camera_from_camera_in_file(np.concatenate([correction[:3], np.radians(correction[3:])]))
    turn = RigidTransform.from_rotation(camera.name, camera.name, rotation, translation)
    return replace(camera, ego_from_sensor=camera.ego_from_sensor @ turn)


def judged(name: str, planted: str, results: Sequence[AuditResult], correction: FloatArray) -> Judgement:
    halves = [
        np.nan if result.estimate.interval is None else np.ptp(result.estimate.interval) / 2 for result in results
    ]
    found = [np.nan if result.correction is None else result.correction for result in results]
    return Judgement(
        name,
        planted,
        tuple(result.verdict.value for result in results),
        tuple(float(value) for value in np.array(found) - correction),
        tuple(float(half) for half in halves),
        results[-1].estimate.reason,
    )


def generated(drives: Iterable[CameraDrive]) -> list[Judgement]:
    told = []
    for one in drives:
        frames = [frame_edges(frame, one.camera) for frame in one.frames()]
        random = np.random.default_rng(list(one.name.encode()))
        for planted, size in ({"": 0.0} | PLANTED).items():
            correction = np.zeros(6)
            if planted:
                correction[QUANTITIES.index(planted)] = size * random.choice([-1, 1])
            camera = planted_sensor(one.camera, correction)
            results = audit_edges(planted_frames(frames, correction), camera, "lidar")
            told.append(judged(one.name, planted, results, correction))
        print(f"{one.name} {one.kind} {one.profile}: {_row(told[-1 - len(PLANTED)])}", flush=True)
    return told


def real(root: Path) -> list[Judgement]:
    told = []
    for pair in real_pairs(root):
        frames = [frame_edges(pair.frame, pair.camera)]
        for planted, size in ({"": 0.0} | PLANTED_REAL_DEG).items():
            correction = np.zeros(6)
            if planted:
                correction[QUANTITIES.index(planted)] = size
            camera = planted_sensor(pair.camera, correction)
            results = [cautious(one) for one in audit_edges(planted_frames(frames, correction), camera, "lidar")]
            told.append(judged(pair.name, planted, results, correction))
            print(f"{pair.name} {planted or 'as published'}: {_row(told[-1])}", flush=True)
    return told


def _row(one: Judgement) -> str:
    return ", ".join(f"{name} {verdict}" for name, verdict in zip(QUANTITIES, one.verdicts, strict=True))


def report(told: Sequence[Judgement], sizes: dict[str, float]) -> str:
    """The table: for each quantity what was found where it was planted, and what was said where it was not."""
    clean = [one for one in told if not one.planted]
    lines = [f"{len(clean)} cameras, {len(told)} audits"]
    for number, name in enumerate(QUANTITIES):
        here = [one for one in told if one.planted == name]
        elsewhere = [one for one in told if one.planted != name]
        found = [one.verdicts[number] == Verdict.OFF.value for one in here]
        alarms = [one.verdicts[number] == Verdict.OFF.value for one in elsewhere]
        unsure = [one.verdicts[number] == Verdict.CANNOT_TELL.value for one in clean]
        inside = [abs(one.errors[number]) <= one.halves[number] for one in told if np.isfinite(one.halves[number])]
        planted = f"planted {sizes[name]:+g} found {_share(found)}" if name in sizes else "not planted"
        lines.append(
            f"  {name:5s} {planted}; called off where it is not {_share(alarms)}; "
            f"interval holds the truth {_share(inside)}; cannot tell {_share(unsure)}"
        )
    off = [Verdict.OFF.value in one.verdicts for one in clean]
    silent = [set(one.verdicts) == {Verdict.CANNOT_TELL.value} for one in clean]
    lines.append(f"  true calibrations with anything called off {_share(off)}, nothing decided {_share(silent)}")
    return "\n".join(lines)


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags)} of {len(flags)} ({np.mean(flags):.1%})" if len(flags) else "none"


def seconds_for_large_pictures(one: CameraDrive) -> float:
    """Processor time of one audit with pictures of twice the size each way (1408 x 896)."""
    lens = one.camera.camera
    if lens is None:
        return float("nan")
    doubled = camera_from_parameters(
        lens.kind,
        lens.width * 2,
        lens.height * 2,
        lens.fx * 2,
        lens.fy * 2,
        lens.cx * 2 + 0.5,
        lens.cy * 2 + 0.5,
        lens.skew * 2,
        lens.distortion,
    )
    camera = replace(one.camera, camera=doubled)
    frames = [replace(frame, image=frame.image.repeat(2, axis=0).repeat(2, axis=1)) for frame in one.frames()]
    started = time.process_time()
    audit_edges([frame_edges(frame, camera) for frame in frames], camera, "lidar")
    return time.process_time() - started


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drives", type=int, default=17, help="six cameras each")
    parser.add_argument("--frames", type=int, default=20, help="of eight seconds of driving")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="where rendered drives are kept")
    parser.add_argument("--real", type=Path, help="folder with nuscenes, kitti-object, opencalib, sustechpoints")
    parser.add_argument("--out", type=Path, help="every audit as JSON lines")
    options = parser.parse_args(arguments)
    seeds = range(options.first_seed, options.first_seed + options.drives)
    told = generated(one for seed in seeds for one in drive(options.cache, seed, options.frames))
    if told:
        print(report(told, PLANTED))
        seconds = seconds_for_large_pictures(drive(options.cache, seeds[0], options.frames)[0])
        print(f"  {options.frames} pictures of 1408 x 896: {seconds:.1f} s")
    if options.real is not None:
        of_real = real(options.real)
        print(report(of_real, PLANTED_REAL_DEG))
        told += of_real
    if options.out is not None:
        options.out.write_text("".join(json.dumps(asdict(one)) + "\n" for one in told), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
