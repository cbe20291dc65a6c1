from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import ShapeError
from calibration.transform import quaternions_from_yaws
from fusion.measure import overlap
from fusion.measure.overlap import OverlapPairs, overlapping_pairs, overlapping_pairs_of_labels, overlaps_of_pairs
from fusion.scene.box_geometry import footprints_of_boxes

Boxes = tuple[np.ndarray, np.ndarray, np.ndarray]


def upright(rows: list[tuple[float, ...]]) -> Boxes:
    """x y z, length width height, yaw in degrees."""
    values = np.array(rows, dtype=float)
    return values[:, :3], values[:, 3:6], quaternions_from_yaws(np.radians(values[:, 6]))


def street(rng: np.random.Generator, rows: int, spread_m: float) -> Boxes:
    centres = rng.normal(0, spread_m, (rows, 3)) * [1, 1, 0.05]
    return centres, rng.uniform(0.3, 8, (rows, 3)), quaternions_from_yaws(rng.uniform(-4, 4, rows))


def by_shapely(ours: Boxes, theirs: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """BEV and 3D IoU of all pairs."""
    a = shapely.polygons(footprints_of_boxes(*ours))[:, None]
    b = shapely.polygons(footprints_of_boxes(*theirs))[None]
    shared = shapely.area(shapely.intersection(a, b))
    bev = shared / (shapely.area(a) + shapely.area(b) - shared)
    z, h = ours[0][:, 2, None], ours[1][:, 2, None] / 2
    their_z, their_h = theirs[0][:, 2], theirs[1][:, 2] / 2
    height = np.maximum(np.minimum(z + h, their_z + their_h) - np.maximum(z - h, their_z - their_h), 0)
    joint = ours[1].prod(axis=1)[:, None] + theirs[1].prod(axis=1) - shared * height
    return np.where(height > 0, bev, 0), shared * height / joint


def as_matrices(pairs: OverlapPairs, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    bev, volume = np.zeros(shape), np.zeros(shape)
    bev[pairs.first, pairs.second] = pairs.bev_iou
    volume[pairs.first, pairs.second] = pairs.iou_3d
    return bev, volume


def test_two_cars_half_a_car_apart() -> None:
    pairs = overlapping_pairs(*upright([(0, 0, 1, 4, 2, 2, 0), (2, 0, 2, 4, 2, 2, 0)]))
    assert pairs.first.tolist() == [0]
    assert pairs.second.tolist() == [1]
    assert pairs.bev_iou[0] == pytest.approx(4 / 12)
    assert pairs.iou_3d[0] == pytest.approx(4 / 28)
    assert pairs.penetration_m[0] == pytest.approx(2)
    assert pairs.centre_gap_m[0] == pytest.approx(np.sqrt(5))


@pytest.mark.parametrize("yaw_deg", [0, 30, 45, 137.5, -90])
@pytest.mark.parametrize("flip_deg", [0, 180])
def test_a_duplicate_overlaps_wholly_even_when_turned_about(yaw_deg: float, flip_deg: float) -> None:
    pairs = overlapping_pairs(
        *upright([(50, -7, 1, 4.6, 1.9, 1.6, yaw_deg), (50, -7, 1, 4.6, 1.9, 1.6, yaw_deg + flip_deg)])
    )
    assert pairs.bev_iou[0] == pytest.approx(1, abs=1e-9)
    assert pairs.iou_3d[0] == pytest.approx(1, abs=1e-9)
    assert pairs.penetration_m[0] == pytest.approx(1.9)
    assert pairs.centre_gap_m[0] == 0


def test_a_cross_of_two_long_boxes() -> None:
    pairs = overlapping_pairs(*upright([(0, 0, 0, 10, 2, 1, 0), (0, 0, 0, 10, 2, 1, 90)]))
    assert pairs.bev_iou[0] == pytest.approx(4 / 36)
    assert pairs.penetration_m[0] == pytest.approx(6)


def test_a_corner_pushed_into_a_side_penetrates_by_its_tip() -> None:
    reach = np.sqrt(2)
    pairs = overlapping_pairs(*upright([(0, 0, 0, 4, 4, 1, 0), (2 + reach - 0.3, 0, 0, 2, 2, 1, 45)]))
    assert pairs.penetration_m[0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    "second",
    [(4, 0, 1, 4, 2, 2, 0), (0, 0, 3, 4, 2, 2, 0), (3.2, 2.2, 1, 4, 2, 2, -45), (0, 0, 1, 0, 0, 2, 0)],
    ids=["bumper to bumper", "stacked", "corner passes", "no area"],
)
def test_boxes_that_only_touch_or_pass_are_no_pair(second: tuple[float, ...]) -> None:
    assert len(overlapping_pairs(*upright([(0, 0, 1, 4, 2, 2, 0), second]))) == 0


def test_height_can_be_ignored() -> None:
    boxes = upright([(0, 0, 1, 4, 2, 2, 0), (0, 0, 9, 4, 2, 2, 0)])
    assert len(overlapping_pairs(*boxes)) == 0
    pairs = overlapping_pairs(*boxes, ignore_height=True)
    assert pairs.bev_iou.tolist() == [1]
    assert pairs.iou_3d.tolist() == [0]


@pytest.mark.parametrize("spread_m", [1.0, 12.0], ids=["a heap", "a street"])
def test_agrees_with_shapely_within_a_millionth(rng: np.random.Generator, spread_m: float) -> None:
    ours, theirs = street(rng, 60, spread_m), street(rng, 50, spread_m)
    for found, expected in zip(
        as_matrices(overlapping_pairs(*ours, other=theirs), (60, 50)), by_shapely(ours, theirs), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_one_set_gives_each_pair_once_in_order(rng: np.random.Generator) -> None:
    boxes = street(rng, 80, 6.0)
    pairs = overlapping_pairs(*boxes)
    assert (pairs.first < pairs.second).all()
    np.testing.assert_array_equal(np.lexsort((pairs.second, pairs.first)), np.arange(len(pairs)))
    bev, _ = as_matrices(pairs, (80, 80))
    np.testing.assert_allclose(bev, np.triu(by_shapely(boxes, boxes)[0], 1), atol=1e-6)


def test_small_blocks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = street(rng, 40, 4.0)
    whole = overlapping_pairs(*boxes)
    monkeypatch.setattr(overlap, "PAIRS_AT_A_TIME", 100)
    cut = overlapping_pairs(*boxes)
    np.testing.assert_array_equal(whole.second, cut.second)
    np.testing.assert_array_equal(whole.bev_iou, cut.bev_iou)


@given(
    x=st.floats(-5, 5), y=st.floats(-5, 5), yaw=st.floats(-180, 180), turn=st.floats(-180, 180), width=st.floats(0.3, 3)
)
def test_moving_by_the_penetration_separates_and_by_less_does_not(
    x: float, y: float, yaw: float, turn: float, width: float
) -> None:
    boxes = upright([(0, 0, 0, 4.5, 2, 1, yaw), (x, y, 0, 3, width, 1, turn)])
    pairs = overlapping_pairs(*boxes)
    if not len(pairs):
        return
    footprints = shapely.polygons(footprints_of_boxes(*boxes))
    depth_m = pairs.penetration_m[0]
    directions = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    sides = np.radians([yaw, yaw + 90, yaw + 180, yaw + 270, turn, turn + 90, turn + 180, turn + 270])

    def still_share(step_m: float, angle: float) -> float:
        moved = shapely.transform(footprints[1], lambda p: p + step_m * np.array([np.cos(angle), np.sin(angle)]))
        return float(footprints[0].intersection(moved).area)

    assert min(still_share(depth_m + 1e-6, angle) for angle in sides) < 1e-9
    if depth_m > 1e-2:
        assert min(still_share(depth_m - 5e-3, angle) for angle in (*directions, *sides)) > 0


def test_order_of_the_two_sets_does_not_matter(rng: np.random.Generator) -> None:
    ours, theirs = street(rng, 30, 5.0), street(rng, 30, 5.0)
    there, back = overlapping_pairs(*ours, other=theirs), overlapping_pairs(*theirs, other=ours)
    swapped = np.lexsort((back.first, back.second))
    np.testing.assert_array_equal(there.first, back.second[swapped])
    for name in ("bev_iou", "iou_3d", "penetration_m", "centre_gap_m"):
        np.testing.assert_allclose(getattr(there, name), getattr(back, name)[swapped], atol=1e-9)


def test_world_coordinates_lose_nothing(rng: np.random.Generator) -> None:
    centres, sizes, rotations = street(rng, 60, 6.0)
    centres = np.round(centres, 2)
    here = overlapping_pairs(centres, sizes, rotations)
    there = overlapping_pairs(centres + np.array([4e5, 5.6e6, 0]), sizes, rotations)
    np.testing.assert_allclose(there.bev_iou, here.bev_iou, atol=1e-7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_broken_boxes_overlap_nothing_and_spare_the_others(bad: float) -> None:
    centres, sizes, rotations = upright([(0, 0, 0, 4, 2, 1, 0)] * 4)
    centres[1], rotations[2] = bad, np.nan
    pairs = overlapping_pairs(centres, sizes, rotations)
    assert pairs.first.tolist() == [0]
    assert pairs.second.tolist() == [3]


def test_no_boxes_make_no_pairs() -> None:
    nothing = (np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4)))
    assert len(overlapping_pairs(*nothing)) == 0
    assert len(overlapping_pairs(*upright([(0, 0, 0, 4, 2, 1, 0)]), other=nothing)) == 0


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match="got 2, 1, 1"):
        overlapping_pairs(np.zeros((2, 3)), np.zeros((1, 3)), np.zeros((1, 4)))


def test_copies_of_a_box_pair_with_the_first_of_them_only() -> None:
    centres_m = np.asarray([[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [np.nan, 0, 0], [9, 0, 0]], dtype=float)
    sizes_m = np.tile([4.0, 2.0, 1.5], (len(centres_m), 1))
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (len(centres_m), 1))
    pairs = overlapping_pairs_of_labels(centres_m, sizes_m, rotations)
    all_pairs = overlapping_pairs(centres_m, sizes_m, rotations)
    told = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert told == [(0, 1), (0, 2), (0, 3)]
    kept = [told.index(pair) if pair in told else -1 for pair in zip(all_pairs.first, all_pairs.second, strict=True)]
    for name in ("bev_iou", "iou_3d", "penetration_m", "centre_gap_m"):
        expected = getattr(all_pairs, name)[np.asarray(kept) >= 0]
        np.testing.assert_allclose(getattr(pairs, name), expected)


def test_chosen_pairs_overlap_as_all_pairs_do(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    ours, theirs = street(rng, 30, 4.0), street(rng, 20, 4.0)
    first, second = (grid.reshape(-1) for grid in np.meshgrid(np.arange(30), np.arange(20), indexing="ij"))
    monkeypatch.setattr(overlap, "PAIRS_AT_A_TIME", 77)
    bev, volume = overlaps_of_pairs(ours, theirs, first, second)
    found = overlapping_pairs(*ours, other=theirs)
    expected = np.zeros((30, 20))
    expected[found.first, found.second] = found.iou_3d
    assert volume.reshape(30, 20) == pytest.approx(expected)
    met = volume > 0
    assert bev[met] == pytest.approx(found.bev_iou)


def test_chosen_pairs_of_boxes_that_are_nowhere_do_not_overlap() -> None:
    lost = upright([(np.nan, 0, 0, 4, 2, 2, 0)])
    here = upright([(0, 0, 0, 4, 2, 2, 0)])
    rows = np.zeros(1, dtype=np.int64)
    assert [column.tolist() for column in overlaps_of_pairs(lost, here, rows, rows)] == [[0.0], [0.0]]
