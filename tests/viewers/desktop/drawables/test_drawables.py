from __future__ import annotations

import numpy as np
import pytest

from fusion.scene.boxes3d import Boxes3D
from viewers.desktop.drawables.accumulated import accumulated_cloud
from viewers.desktop.drawables.lines import Lines, box_lines, range_rings
from viewers.desktop.drawables.point_colours import point_colours
from viewers.desktop.drawables.trails import neighbours_in_time, trails
from viewers.desktop.state.frame_content import nearest_on_ray
from viewers.desktop.state.preferences import COLOURINGS
from viewers.desktop.state.session import Session
from viewers.pictures.palette import SKY, WHITE, class_colours

CAR = Boxes3D.upright([[10.0, 0, 1]], [[4.0, 2, 2]], [0.0])


def test_a_box_is_twelve_edges_and_an_arrow_out_through_its_front() -> None:
    lines = box_lines(CAR, [SKY])
    assert len(lines) == 12 + 3
    assert lines.points[:, 0].max() == pytest.approx(10 + 4 * 0.8)
    assert lines.points[:, 0].min() == pytest.approx(8.0)
    np.testing.assert_allclose(lines.colours, np.tile(SKY.unit, (15, 1)))


def test_dashes_cover_about_half_of_each_edge() -> None:
    def length(lines: Lines) -> float:
        ends = lines.points[lines.segments]
        return float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum())

    assert length(box_lines(CAR, [SKY], dashed=True)) / length(box_lines(CAR, [SKY])) == pytest.approx(0.53, abs=0.05)


def test_boxes_without_a_place_are_left_out() -> None:
    lost = Boxes3D.upright([[np.nan, 0, 0]], [[4.0, 2, 2]], [0.0])
    assert len(box_lines(lost, [SKY])) == 0
    assert len(box_lines(Boxes3D.concatenate([lost, CAR]), [WHITE, SKY])) == 15


def test_lines_are_joined_with_their_points() -> None:
    joined = Lines.together([range_rings(0.0, [5.0], SKY), Lines.empty(), box_lines(CAR, [WHITE])])
    assert joined.segments.max() == len(joined.points) - 1
    assert len(joined.colours) == len(joined)


def test_a_path_breaks_where_a_place_is_missing() -> None:
    path = Lines.path(np.array([[0.0, 0, 0], [1, 0, 0], [np.nan, 0, 0], [3, 0, 0], [4, 0, 0]]), SKY)
    assert path.segments.tolist() == [[0, 1], [3, 4]]


@pytest.mark.parametrize("colouring", COLOURINGS)
def test_every_colouring_gives_each_point_a_colour(session: Session, colouring: str) -> None:
    content = session.content
    assert content is not None
    colours = point_colours(content, content.cloud, colouring, class_colours(content.boxes.category))  # type: ignore[arg-type]
    assert colours.shape == content.cloud.points.shape
    assert colours.dtype == np.float32
    assert ((colours >= 0) & (colours <= 1)).all()
    assert len(np.unique(colours, axis=0)) > 2


def test_points_in_a_box_have_its_colour(session: Session) -> None:
    content = session.content
    assert content is not None
    boxed = content.cloud.box >= 0
    assert boxed.any()
    row = int(content.cloud.box[boxed][0])
    colours = class_colours(content.boxes.category)
    painted = point_colours(content, content.cloud, "label", colours)
    np.testing.assert_allclose(painted[boxed][0], colours[row].unit, atol=1e-6)


def test_points_of_other_sweeps_stay_in_the_boxes_that_moved(session: Session) -> None:
    """What moves is carried by its own boxes: its returns are inside the box of this frame as they were in theirs."""
    content = session.content
    assert content is not None
    cloud = accumulated_cloud(content, 3)
    assert len(cloud) > 3 * len(content.cloud)
    own = cloud.box >= 0
    centres, sizes = content.boxes.centres_m[cloud.box[own]], content.boxes.sizes_m[cloud.box[own]]
    away = np.linalg.norm(cloud.points[own] - centres, axis=1)
    assert (away <= np.linalg.norm(sizes, axis=1) / 2 + 0.05).all()


def test_trails_pass_through_their_boxes(session: Session) -> None:
    content = session.content
    assert content is not None
    row = int(np.argmax([len(neighbours_in_time(content.frame, row)) for row in range(len(content.boxes))]))
    path = trails(content.frame, [row], [SKY])
    assert np.linalg.norm(path.points - content.boxes.centres_m[row], axis=1).min() < 1e-6


def test_a_click_means_the_first_box_on_its_ray() -> None:
    boxes = Boxes3D.upright([[20.0, 0, 1], [10, 0, 1], [10, 8, 1]], [[4.0, 2, 2]] * 3, [0.0, 0, 0])
    assert nearest_on_ray(np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), boxes) == 1
    assert nearest_on_ray(np.array([0.0, 0, 1]), np.array([1.0, 0.8, 0]), boxes) == 2
    assert nearest_on_ray(np.array([0.0, 0, 1]), np.array([-1.0, 0, 0]), boxes) is None
    assert nearest_on_ray(np.array([0.0, 0, 9]), np.array([1.0, 0, 0]), boxes) is None
