from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from calibration.cameras.catalogue import camera_from_parameters
from calibration.cameras.model import CameraModel
from calibration.errors import ShapeError
from fusion.measure.box_projection import NEAR_M, BoxProjection, project_boxes, project_edges
from fusion.measure.kernels.lens_region import region_of
from fusion.scene.box_geometry import BOX_EDGES, BOX_FACES, corners_of_boxes

WIDTH, HEIGHT = 1600, 900
CAMERAS = {
    "pinhole": camera_from_parameters("pinhole", WIDTH, HEIGHT, 1266, 1266, 816, 491),
    "wide pinhole": camera_from_parameters("pinhole", WIDTH, HEIGHT, 500, 520, 790, 440, 2.0),
    "brown-conrady": camera_from_parameters(
        "brown-conrady", WIDTH, HEIGHT, 960, 960, 700, 420, 0.0, (-0.369, 0.197, 0.0014, 0.0006, -0.068)
    ),
    "rational": camera_from_parameters(
        "rational", WIDTH, HEIGHT, 800, 810, 805, 452, 0.0, (2.1, 0.7, 0.0, 0.0, 0.02, 2.4, 1.3, 0.1)
    ),
    "fisheye": camera_from_parameters(
        "fisheye", WIDTH, HEIGHT, 480, 480, 800, 450, 0.0, (0.01, -0.004, 0.002, -0.0006)
    ),
    "fisheye past 90 degrees": camera_from_parameters(
        "fisheye", WIDTH, HEIGHT, 400, 400, 800, 450, 0.0, (0.0, 0.0, 0.0, 0.0)
    ),
}
every_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())


def box_in_camera(
    x: float, y: float, z: float, sizes: tuple[float, float, float] = (4.5, 1.9, 1.6), yaw_deg: float = 0.0
) -> np.ndarray:
    """Corners (1, 8, 3) of an upright box; heading to the right of the image at yaw 0, away from us at 90."""
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # camera from level: x right, y forward, z up
    turn = upright @ Rotation.from_euler("z", yaw_deg, degrees=True).as_matrix()
    quaternion = Rotation.from_matrix(turn).as_quat(scalar_first=True)[None]
    return corners_of_boxes([[x, y, z]], [sizes], quaternion)


def boxes_around(rng: np.random.Generator, rows: int, nearest_m: float, farthest_m: float) -> np.ndarray:
    directions = rng.normal(size=(rows, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions[:, 2] = np.abs(directions[:, 2])
    centres = directions * rng.uniform(nearest_m, farthest_m, (rows, 1))
    rotations = Rotation.random(rows, random_state=7).as_quat(scalar_first=True)
    return corners_of_boxes(centres, rng.uniform(0.3, 5, (rows, 3)), rotations)


def surface_points(corners: np.ndarray, per_edge: int, per_face: int) -> np.ndarray:
    """Points all over one box: densely along its edges, a grid on its faces."""
    along = np.linspace(0, 1, per_edge)[:, None, None]
    edges = corners[BOX_EDGES[:, 0]] + along * (corners[BOX_EDGES[:, 1]] - corners[BOX_EDGES[:, 0]])
    s, t = (shares[..., None, None] for shares in np.meshgrid(*[np.linspace(0, 1, per_face)] * 2))
    a, b, _, d = (corners[BOX_FACES[:, i]] for i in range(4))
    faces = a + s * (b - a) + t * (d - a)
    return np.concatenate([edges.reshape(-1, 3), faces.reshape(-1, 3)])


def dense_outline(corners: np.ndarray, camera: CameraModel) -> shapely.Geometry:
    """What no cleverness finds: the hull of very many surface points the lens can image, cut by the image."""
    points = surface_points(corners, 2_000, 30)
    if camera.kind != "fisheye":
        points = points[points[:, 2] >= NEAR_M]
    else:
        angles = np.arctan2(np.hypot(points[:, 0], points[:, 1]), points[:, 2])
        points = points[angles <= region_of(camera, NEAR_M).angle_rad]
    pixels = camera.image_plane(points)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if len(pixels) < 3:
        return shapely.Polygon()
    hull = shapely.Polygon(pixels[ConvexHull(pixels).vertices])
    return hull.intersection(shapely.box(-0.5, -0.5, camera.width - 0.5, camera.height - 0.5))


GRID_PX = 12


def pixels_and_rays(camera: CameraModel, around: int) -> tuple[np.ndarray, np.ndarray]:
    """A grid of pixels over the image and `around` images more on each side, and the rays they see."""
    grid = np.meshgrid(*(np.arange(-around * n, (1 + around) * n, GRID_PX) for n in (WIDTH, HEIGHT)))
    pixels = np.stack(grid, axis=-1).reshape(-1, 2).astype(float)
    rays = camera.unproject(pixels)
    known = np.isfinite(rays).all(axis=1)
    known[known] = region_of(camera, 1e-9).holds(rays[known])
    return pixels[known], rays[known]


def rays_hit(rays: np.ndarray, corners: np.ndarray, near_m: float) -> np.ndarray:
    """Which rays meet the box beyond the near plane."""
    centre = corners.mean(axis=0)
    enter = near_m / rays[:, 2] if near_m else np.zeros(len(rays))
    leave = np.full(len(rays), np.inf)
    for tip, root in ((1, 0), (3, 0), (0, 4)):
        side = (corners[tip] - corners[root]) / 2
        one, other = ((centre @ side + sign * side @ side) / (rays @ side) for sign in (-1, 1))
        enter, leave = np.maximum(enter, np.minimum(one, other)), np.minimum(leave, np.maximum(one, other))
    return enter <= leave


def outline_of(projection: BoxProjection, row: int) -> shapely.Polygon:
    return shapely.Polygon(projection.outline(row))


def test_a_box_ahead_spans_the_pixels_of_its_near_face() -> None:
    seen = project_boxes(box_in_camera(0, 0, 11), CAMERAS["pinhole"])
    depth_m = 11 - 1.9 / 2
    half_width, half_height = 1266 * 2.25 / depth_m, 1266 * 0.8 / depth_m
    np.testing.assert_allclose(
        seen.bounds_px[0], [816 - half_width, 491 - half_height, 816 + half_width, 491 + half_height]
    )
    assert seen.visible.tolist() == [True]
    assert seen.truncation[0] == pytest.approx(0, abs=1e-12)
    assert seen.nearest_depth_m[0] == pytest.approx(depth_m)
    assert seen.shown_area_px2[0] == pytest.approx(4 * half_width * half_height)
    assert len(seen.outline(0)) == 4


def test_a_box_cut_by_the_image_is_truncated_by_the_lost_share() -> None:
    camera = CAMERAS["pinhole"]
    sizes = (2.0, 1e-9, 2.0)
    left_edge_x = (-0.5 - camera.cx) / camera.fx * 10  # of the image, at ten metres
    seen = project_boxes(box_in_camera(left_edge_x, 0, 10, sizes), camera)
    assert seen.truncation[0] == pytest.approx(0.5)
    assert seen.bounds_px[0, 0] == -0.5
    assert seen.shown_area_px2[0] == pytest.approx(seen.hull_area_px2[0] * (1 - seen.truncation[0]))
    assert seen.hull_area_px2[0] == pytest.approx(2 * seen.shown_area_px2[0])


@every_camera
def test_outlines_agree_with_very_many_surface_points(rng: np.random.Generator, camera: CameraModel) -> None:
    corners = boxes_around(rng, 30, 4, 40)
    seen = project_boxes(corners, camera)
    assert seen.visible.sum() >= 4
    for row in range(30):
        expected = dense_outline(corners[row], camera)
        if expected.area < 1:
            assert not seen.visible[row] or seen.shown_area_px2[row] < 20
            continue
        assert seen.visible[row]
        np.testing.assert_allclose(seen.bounds_px[row], expected.bounds, atol=0.5)
        assert shapely.hausdorff_distance(outline_of(seen, row), expected) < 0.5
        assert seen.shown_area_px2[row] == pytest.approx(expected.area, rel=2e-2, abs=20)


@every_camera
def test_outlines_of_boxes_we_almost_touch_hold_every_pixel_that_sees_them(
    rng: np.random.Generator, camera: CameraModel
) -> None:
    corners = boxes_around(rng, 25, 1.0, 3.5)
    seen = project_boxes(corners, camera)
    pixels, rays = pixels_and_rays(camera, 0)
    for row in range(25):
        hits = pixels[rays_hit(rays, corners[row], NEAR_M if camera.kind != "fisheye" else 0.0)]
        in_image = hits[camera.shows(hits)]
        if len(in_image) == 0:
            continue
        assert seen.visible[row]
        missed = shapely.MultiPoint(in_image).difference(outline_of(seen, row).buffer(0.5))
        assert missed.is_empty


@pytest.mark.parametrize("name", ["pinhole", "wide pinhole", "rational", "fisheye past 90 degrees"])
def test_outlines_of_boxes_we_almost_touch_hold_nothing_else(rng: np.random.Generator, name: str) -> None:
    camera = CAMERAS[name]
    corners = boxes_around(rng, 25, 1.5, 3.5)
    corners = corners[corners[..., 2].min(axis=1) > 0.3]
    seen = project_boxes(corners, camera)
    pixels, rays = pixels_and_rays(camera, 2)
    assert seen.visible.sum() >= 3
    for row in np.flatnonzero(seen.visible):
        hits = pixels[rays_hit(rays, corners[row], 0.0)]
        hull = shapely.MultiPoint(hits).convex_hull
        assert outline_of(seen, row).difference(hull.buffer(2 * GRID_PX)).area == pytest.approx(0, abs=1)


def test_corners_alone_would_be_wrong_for_a_box_beside_the_camera() -> None:
    camera = CAMERAS["pinhole"]
    corners = box_in_camera(1.8, 0.5, 1.5, yaw_deg=90)  # the car in the next lane, its rear bumper behind our lens
    seen = project_boxes(corners, camera)
    in_front = corners[0][corners[0, :, 2] > NEAR_M]
    corner_bounds = camera.image_plane(in_front)
    assert seen.visible[0]
    assert seen.bounds_px[0, 2] == WIDTH - 0.5
    assert corner_bounds[:, 0].min() == pytest.approx(seen.bounds_px[0, 0])
    assert seen.nearest_depth_m[0] == pytest.approx(NEAR_M)
    assert seen.truncation[0] > 0.9


@every_camera
def test_boxes_behind_the_camera_are_never_visible(rng: np.random.Generator, camera: CameraModel) -> None:
    corners = boxes_around(rng, 40, 6, 60)
    corners[..., 2] = -np.abs(corners[..., 2]) - 8.0
    corners[..., :2] *= 0.3
    seen = project_boxes(corners, camera)
    assert not seen.visible.any()
    assert len(seen.vertices_px) == 0
    assert np.isnan(seen.bounds_px).all()
    assert np.isnan(seen.nearest_depth_m).all()
    assert (seen.truncation == 1).all()
    assert (seen.shown_area_px2 == 0).all()


@every_camera
def test_a_camera_inside_a_box_sees_it_everywhere(camera: CameraModel) -> None:
    corners = box_in_camera(0.2, 0.1, 0.3, (6, 6, 6))
    seen = project_boxes(corners, camera)
    assert seen.visible[0]
    assert seen.truncation[0] > 0
    assert seen.nearest_depth_m[0] <= NEAR_M + 1e-9
    if camera.kind == "pinhole":
        assert seen.bounds_px[0].tolist() == [-0.5, -0.5, WIDTH - 0.5, HEIGHT - 0.5]


def test_a_truck_whose_edges_are_all_outside_a_bending_lens_still_fills_it() -> None:
    camera = camera_from_parameters(
        "brown-conrady", WIDTH, HEIGHT, 1260, 1260, 800, 450, 0.0, (-0.369, 0.197, 0.0, 0.0, -0.068)
    )
    corners = box_in_camera(0, 0, 1.5, (8, 1, 8))
    edges = project_edges(corners, camera)
    assert np.isnan(edges).all()
    seen = project_boxes(corners, camera)
    assert seen.visible[0]
    assert seen.bounds_px[0].tolist() == [-0.5, -0.5, WIDTH - 0.5, HEIGHT - 0.5]
    assert seen.nearest_depth_m[0] == pytest.approx(1)


def test_an_edge_a_fisheye_bends_outward_belongs_to_the_outline() -> None:
    camera = CAMERAS["fisheye"]
    corners = box_in_camera(0, -2.5, 2.0, (9, 1, 0.5))
    seen = project_boxes(corners, camera)
    corner_px = camera.image_plane(corners[0])
    assert seen.bounds_px[0, 1] < np.nanmin(corner_px[:, 1]) - 20


def test_a_fisheye_sees_a_box_beside_and_slightly_behind_it() -> None:
    beside = box_in_camera(-4, 0.5, -0.9, (1.0, 1.0, 1.0))
    assert project_boxes(beside, CAMERAS["fisheye past 90 degrees"]).visible[0]
    assert not project_boxes(beside, CAMERAS["pinhole"]).visible[0]


def test_boxes_without_thickness_are_seen_where_they_lie() -> None:
    pane = project_boxes(box_in_camera(0, 0, 10, (2, 0, 1)), CAMERAS["pinhole"])
    dot = project_boxes(box_in_camera(0, 0, 10, (0, 0, 0)), CAMERAS["pinhole"])
    assert pane.shown_area_px2[0] == pytest.approx(126.6 * 253.2)
    assert dot.visible[0]
    assert dot.shown_area_px2.tolist() == [0]
    assert dot.truncation.tolist() == [0]
    assert dot.bounds_px.tolist() == [[816, 491, 816, 491]]
    assert not project_boxes(box_in_camera(90, 0, 10, (0, 0, 0)), CAMERAS["pinhole"]).visible[0]


@settings(max_examples=60)
@given(
    x=st.floats(-30, 30),
    y=st.floats(-5, 5),
    z=st.floats(-10, 60),
    yaw=st.floats(-180, 180),
    which=st.sampled_from(list(CAMERAS)),
)
def test_every_projection_is_consistent(x: float, y: float, z: float, yaw: float, which: str) -> None:
    camera = CAMERAS[which]
    seen = project_boxes(box_in_camera(x, y, z, yaw_deg=yaw), camera)
    assert 0 <= seen.truncation[0] <= 1
    assert seen.shown_area_px2[0] <= seen.hull_area_px2[0] * (1 + 1e-9)
    if seen.visible[0]:
        low_u, low_v, high_u, high_v = seen.bounds_px[0]
        assert -0.5 <= low_u <= high_u <= WIDTH - 0.5
        assert -0.5 <= low_v <= high_v <= HEIGHT - 0.5
        assert seen.shown_area_px2[0] == pytest.approx(outline_of(seen, 0).area)
        assert seen.truncation[0] < 1 or seen.shown_area_px2[0] < 1e-6 * seen.hull_area_px2[0]


def test_each_row_is_what_it_is_alone(rng: np.random.Generator) -> None:
    corners = np.concatenate([boxes_around(rng, 20, 1, 30), boxes_around(rng, 5, 1, 2) * [1, 1, -1]])
    for camera in CAMERAS.values():
        together = project_boxes(corners, camera)
        for row in range(25):
            alone = project_boxes(corners[row : row + 1], camera)
            np.testing.assert_array_equal(together.outline(row), alone.vertices_px)
            np.testing.assert_array_equal(together.bounds_px[row], alone.bounds_px[0])


def test_boxes_that_are_not_finite_are_not_visible_and_spare_the_others() -> None:
    corners = np.concatenate([box_in_camera(0, 0, 10)] * 3)
    corners[0, 3, 1], corners[2, 0, 0] = np.nan, np.inf
    seen = project_boxes(corners, CAMERAS["fisheye"])
    assert seen.visible.tolist() == [False, True, False]
    assert np.isnan(project_edges(corners, CAMERAS["fisheye"]).reshape(3, -1)).any(axis=1).tolist() == [
        True,
        False,
        True,
    ]


def test_no_boxes_project_to_nothing() -> None:
    seen = project_boxes(np.zeros((0, 8, 3)), CAMERAS["brown-conrady"])
    assert len(seen) == 0
    assert seen.offsets.tolist() == [0]
    assert project_edges(np.zeros((0, 8, 3)), CAMERAS["pinhole"]).shape == (0, 9, 2)


@pytest.mark.parametrize("shape", [(8, 3), (2, 4, 3), (1, 8, 2)])
def test_corners_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="corners_in_camera"):
        project_boxes(np.zeros(shape), CAMERAS["pinhole"])


@every_camera
def test_drawn_edges_lie_on_the_imaged_edges(rng: np.random.Generator, camera: CameraModel) -> None:
    corners = boxes_around(rng, 6, 2, 20)
    polylines = project_edges(corners, camera, samples=33)
    assert polylines.shape == (72, 33, 2)
    assert np.isfinite(polylines).any()
    starts, ends = corners[:, BOX_EDGES[:, 0]].reshape(-1, 3), corners[:, BOX_EDGES[:, 1]].reshape(-1, 3)
    for row in np.flatnonzero(np.isfinite(polylines).all(axis=(1, 2))):
        inside = camera.shows(polylines[row])
        if not inside.any():
            continue
        shares = np.linspace(0, 1, 4_000)[:, None]
        dense = camera.image_plane(starts[row] + shares * (ends[row] - starts[row]))
        curve = shapely.LineString(dense[np.isfinite(dense).all(axis=1)])
        assert shapely.distance(shapely.points(polylines[row][inside]), curve).max() < 0.5


def test_drawn_edges_reach_the_corners_in_front() -> None:
    corners = box_in_camera(0, 0, 12, yaw_deg=20)
    polylines = project_edges(corners, CAMERAS["pinhole"], samples=2)
    np.testing.assert_allclose(polylines[:, 0], CAMERAS["pinhole"].image_plane(corners[0])[BOX_EDGES[:, 0]])
    np.testing.assert_allclose(polylines[:, 1], CAMERAS["pinhole"].image_plane(corners[0])[BOX_EDGES[:, 1]])


def test_edges_behind_the_camera_are_not_drawn() -> None:
    assert np.isnan(project_edges(box_in_camera(0, 0, -12), CAMERAS["pinhole"])).all()


def test_an_edge_of_one_sample_is_refused() -> None:
    with pytest.raises(ShapeError, match="2 samples"):
        project_edges(box_in_camera(0, 0, 12), CAMERAS["pinhole"], samples=1)
