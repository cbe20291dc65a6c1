"""Real files, where they are at hand: counts, KITTI's own label text, and cuboids held against drawn 2D boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.cameras import CameraModel
from calibration.transform import matrices_from_quaternions
from fusion.formats.openlabel.reader import OpenLabelReader
from fusion.formats.registry import open_dataset
from fusion.measure.box_projection import project_boxes
from fusion.measure.scene_boxes import boxes_in_ego
from fusion.scene.boxes2d import Boxes2D
from fusion.scene.scene import Scene

FILES = {
    "0000": ("openlabel-kitti-tracking", 154, 711, 1800),
    "0003": ("openlabel-kitti-tracking", 144, 388, 1249),
    "0001": ("kitti-tracking/openlabel", 447, 3030, 7301),
}


def kitti(shared_data: Path, sequence: str) -> Scene:
    return OpenLabelReader(shared_data / FILES[sequence][0]).read_scene(f"openlabel100_kitti_tracking_{sequence}")


@pytest.fixture(scope="module")
def sequence_1(shared_data: Path) -> Scene:
    return kitti(shared_data, "0001")


@pytest.fixture(scope="module")
def railway(shared_data: Path) -> Scene:
    dataset = open_dataset(shared_data / "osdar23")
    assert dataset.format == "openlabel"
    return dataset.scene("1_calibration_1.1_labels")


def lens(scene: Scene, camera: str) -> CameraModel:
    model = scene.rig_at(0).sensor(camera).camera
    assert model is not None
    return model


def boxes_2d_of(scene: Scene) -> Boxes2D:
    assert scene.labels.boxes_2d is not None
    return scene.labels.boxes_2d


def drawn_and_projected(scene: Scene, camera: str) -> tuple[np.ndarray, np.ndarray]:
    """(K, 4) edges of 2D boxes whose object has a visible cuboid, and of that cuboid's hull."""
    boxes_2d, sensor = boxes_2d_of(scene), scene.rig_at(0).sensor(camera)
    corners = boxes_in_ego(scene).corners_m
    in_camera = sensor.ego_from_sensor.inverse().apply(corners.reshape(-1, 3)).reshape(corners.shape)
    projected = project_boxes(in_camera, lens(scene, camera))
    rows = np.flatnonzero(boxes_2d.camera.is_any([camera]) & (boxes_2d.box3d_rows >= 0))
    rows = rows[projected.visible[boxes_2d.box3d_rows[rows]]]
    return boxes_2d.edges_px[rows], projected.bounds_px[boxes_2d.box3d_rows[rows]]


@pytest.mark.parametrize("sequence", list(FILES))
def test_kitti_sequences_read_without_a_problem(sequence: str, shared_data: Path) -> None:
    _, frames, boxes, boxes_2d = FILES[sequence]
    scene = kitti(shared_data, sequence)
    assert list(scene.problems) == []
    assert (len(scene.frames), len(scene.labels), len(boxes_2d_of(scene))) == (frames, boxes, boxes_2d)
    assert scene.trajectory is not None
    assert len(scene.trajectory.timestamps_ns) == frames
    assert (scene.labels.reference, scene.time_base) == ("ego", "synthetic")


def test_kittis_own_text_says_the_same(sequence_1: Scene, shared_data: Path) -> None:
    lines = (shared_data / "kitti-tracking/derived/label_02/0001.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.split()[2] != "DontCare"]
    text = {(row[0], row[1]): np.asarray(row[10:17], dtype=float) for row in rows}
    kinds = {(row[0], row[1]): row[2] for row in rows}
    boxes = sequence_1.labels.boxes
    frames = [sequence_1.frame_table.keys[frame] for frame in sequence_1.labels.frame_index]
    keys = list(zip(frames, boxes.track.values, strict=True))
    assert set(keys) == set(text)
    assert [kinds[key] for key in keys] == boxes.category.values.tolist()
    heights, widths, lengths, x, y, z, ry = np.asarray([text[key] for key in keys]).T
    np.testing.assert_allclose(boxes.sizes_m, np.stack([lengths, widths, heights], axis=1), atol=0.006)
    # KITTI's camera 0, from the tree: the sensor itself sits off it by the fourth column of its matrix.
    sensor = sequence_1.rig_at(0).sensor("CAM_LEFT")
    offset_m = np.linalg.solve(lens(sequence_1, "CAM_LEFT").matrix, [44.85728, 0.2163791, 0.002745884])
    centres = np.stack([x, y - heights / 2, z], axis=1)
    np.testing.assert_allclose(sensor.ego_from_sensor.apply(centres + offset_m), boxes.centres_m, atol=0.02)
    headings = sensor.ego_from_sensor.rotate(np.stack([np.cos(ry), 0 * ry, -np.sin(ry)], axis=1))
    axes = matrices_from_quaternions(boxes.rotations)
    np.testing.assert_allclose(np.einsum("mi,mi->m", headings, axes[:, :, 0]), 1, atol=2e-4)
    assert axes[:, 2, 2].min() > 0.999


def test_cuboids_land_on_the_boxes_drawn_in_the_left_image(sequence_1: Scene) -> None:
    drawn, projected = drawn_and_projected(sequence_1, "CAM_LEFT")
    off_px = np.abs(drawn - projected).max(axis=1)
    assert len(off_px) == 3027
    assert np.median(off_px) < 1
    assert np.mean(off_px < 10) > 0.99


def test_boxes_of_the_right_image_are_whole_pixels_of_the_projection(sequence_1: Scene) -> None:
    """VCD made them itself and did not cut them at the image's border."""
    drawn, projected = drawn_and_projected(sequence_1, "CAM_RIGHT")
    inside = (drawn[:, :2] > 0).all(axis=1) & (drawn[:, 2:] < [1241, 374]).all(axis=1)
    assert np.percentile(np.abs(drawn - projected)[inside].max(axis=1), 90) < 2


def test_the_railway_reads_without_a_problem(railway: Scene) -> None:
    assert list(railway.problems) == []
    assert railway.frame_table.keys == tuple(str(number) for number in range(12, 22))
    assert (len(railway.labels), len(boxes_2d_of(railway))) == (151, 1209)
    assert railway.frame_table.timestamps_ns[0] == 1_631_441_453_299_504_000
    assert (railway.labels.reference, railway.time_base) == ("lidar", "utc")
    assert len(railway.rig_at(0).cameras) == 9
    assert "not read: 502 poly2d, 181 vec, 60 poly3d" in railway.assumptions[-1]


@pytest.mark.parametrize("camera", ["ir_left", "rgb_center", "rgb_left", "rgb_highres_center"])
def test_the_railways_cuboids_land_on_its_2d_boxes(camera: str, railway: Scene) -> None:
    """Its cuboids are loose, so edges differ by more than the centres: those are within 0.15 degrees."""
    drawn, projected = drawn_and_projected(railway, camera)
    centres_off_px = np.abs((drawn[:, :2] + drawn[:, 2:] - projected[:, :2] - projected[:, 2:]) / 2).max(axis=1)
    focal_px = lens(railway, camera).fx
    assert len(drawn) > 50
    assert np.degrees(np.median(centres_off_px) / focal_px) < 0.15
