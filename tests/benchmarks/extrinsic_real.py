"""Single real keyframes for the benchmark of the camera's extrinsic, each with its published calibration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from calibration.audit.lidar_camera import LidarCameraFrame
from calibration.cameras import camera_from_parameters
from calibration.image_file import read_image
from calibration.sensors import Sensor, SensorKind
from calibration.transform import RigidTransform
from fusion import open_dataset
from fusion.measure.extrinsic_frames import extrinsic_frames
from fusion.scene.problems import ProblemLog

SUSTECH_POINT = np.dtype(
    {
        "names": ["x", "y", "z", "intensity", "ring"],
        "formats": ["<f4", "<f4", "<f4", "<f4", "<u2"],
        "offsets": [0, 4, 8, 16, 32],
        "itemsize": 48,
    }
)
OPENCALIB = (("lidar2camera_auto", "calib.png", "calib.pcd"), ("lidar2camera_manual", "0.png", "0.pcd"))
SUSTECH_HEADER_END = b"DATA binary\n"


@dataclass(frozen=True, eq=False)
class RealPair:
    """One picture and one sweep."""

    name: str
    camera: Sensor
    frame: LidarCameraFrame


def real_pairs(root: Path) -> Iterator[RealPair]:
    """Those that are there of nuscenes, kitti-object, opencalib and sustechpoints."""
    for folder in ("nuscenes", "kitti-object"):
        if (root / folder).is_dir():
            yield from _of_dataset(root / folder)
    if (root / "opencalib").is_dir():
        yield from _of_opencalib(root / "opencalib")
    if (root / "sustechpoints").is_dir():
        yield from _of_sustech(root / "sustechpoints" / "example")


def _of_dataset(root: Path) -> Iterator[RealPair]:
    """Each frame on its own: KITTI's are of different drives."""
    dataset = open_dataset(root)
    for scene_name in dataset.scene_names:
        scene = dataset.scene(scene_name)
        for row in range(len(scene.frames)):
            frame = scene.frames[row]
            for name in frame.cameras:
                rig = scene.rig_at(frame.cameras[name].timestamp_ns)
                lidar = next(iter(frame.lidars))
                sensor = rig.sensor(name)
                for number, (_, pair) in enumerate(
                    extrinsic_frames(dataset, [scene_name], rig, [name], lidar, ProblemLog())
                ):
                    if number == row and sensor.camera is not None:
                        yield RealPair(f"{root.name} {scene_name} {row} {name}", sensor, pair)


def _sensor(kind: str, image: np.ndarray, matrix: list[list[float]], distortion: tuple[float, ...]) -> Sensor:
    (fx, _, cx), (_, fy, cy), _ = matrix
    height, width = image.shape[:2]
    lens = camera_from_parameters(kind, width, height, fx, fy, cx, cy, 0.0, distortion)
    return Sensor("camera", SensorKind.CAMERA, RigidTransform.identity("ego", "camera"), camera=lens)


def _placed(camera: Sensor, camera_from_lidar: Any) -> tuple[Sensor, RigidTransform]:
    """The lidar's frame as the vehicle's."""
    transform = RigidTransform.from_matrix("camera", "ego", np.reshape(camera_from_lidar, (4, 4)))
    sensor = Sensor("camera", SensorKind.CAMERA, transform.inverse(), camera=camera.camera)
    return sensor, RigidTransform.from_matrix("camera", "lidar", transform.matrix)


def _of_opencalib(root: Path) -> Iterator[RealPair]:
    import open3d

    for folder, picture, cloud in (
        ("lidar2camera_auto", "calib.png", "calib.pcd"),
        ("lidar2camera_manual", "0.png", "0.pcd"),
    ):
        lens = json.loads((root / folder / "center_camera-intrinsic.json").read_text())["center_camera-intrinsic"][
            "param"
        ]
        place = json.loads((root / folder / "top_center_lidar-to-center_camera-extrinsic.json").read_text())
        matrix = place["top_center_lidar-to-center_camera-extrinsic"]["param"]["sensor_calib"]["data"]
        distortion = tuple(lens["cam_dist"]["data"][0])
        image = read_image(root / folder / picture)
        camera = _sensor("brown-conrady", image, lens["cam_K"]["data"], (*distortion, 0.0)[:5])
        sensor, camera_from_lidar = _placed(camera, matrix)
        points = open3d.t.io.read_point_cloud(str(root / folder / cloud)).point
        ring = points["ring"].numpy().ravel().astype(np.int32) if "ring" in points else None
        frame = LidarCameraFrame(
            points=points["positions"].numpy().astype(np.float64),
            ray_origin=np.zeros(3),
            camera_from_points=camera_from_lidar,
            image=image,
            ring=ring,
            intensity=points["intensity"].numpy().ravel().astype(np.float32),
        )
        yield RealPair(f"opencalib {folder}", sensor, frame)


def _of_sustech(root: Path) -> Iterator[RealPair]:
    for path in sorted((root / "lidar").glob("*.pcd")):
        data = path.read_bytes()
        start = data.index(SUSTECH_HEADER_END) + len(SUSTECH_HEADER_END)
        count = int(data[:start].split(b"POINTS ")[1].split()[0])
        points = np.frombuffer(data, dtype=SUSTECH_POINT, count=count, offset=start)
        for name in ("front", "left", "right"):
            picture = root / "camera" / name / f"{path.stem}.jpg"
            if not picture.exists():
                continue
            calibration = json.loads((root / "calib" / "camera" / f"{name}.json").read_text())
            image = read_image(picture)
            camera = _sensor("pinhole", image, np.reshape(calibration["intrinsic"], (3, 3)).tolist(), ())
            sensor, camera_from_lidar = _placed(camera, calibration["extrinsic"])
            frame = LidarCameraFrame(
                points=np.stack([points[axis] for axis in "xyz"], axis=1).astype(np.float64),
                ray_origin=np.zeros(3),
                camera_from_points=camera_from_lidar,
                image=image,
                ring=points["ring"].astype(np.int32),
                intensity=points["intensity"].astype(np.float32),
            )
            yield RealPair(f"sustechpoints {path.stem} {name}", sensor, frame)
