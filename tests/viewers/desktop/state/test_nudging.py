"""Boxes and cameras moved by hand: by keys, by sliders, onto what the frame tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calibration.rig_file import read_rig_file
from viewers.desktop.state.alignment import Alignment
from viewers.desktop.state.camera_nudging import CameraDraft, as_drafted
from viewers.desktop.state.session import Session
from viewers.desktop.state.shortcuts import Command
from viewers.desktop.state.sliders import slide, sliders_of
from viewers.errors import ViewerError

Press = Callable[..., None]


def select_car(session: Session) -> int:
    """The car with the most points."""
    content = session.content
    assert content is not None
    cars = np.flatnonzero(content.boxes.category.is_any(["vehicle.car"]))
    row = int(cars[np.argmax(content.point_counts[cars])])
    session.select(row)
    return row


@pytest.mark.parametrize("name", ["along", "left", "up", "turn", "length", "width", "height"])
def test_a_slider_sets_its_own_value_and_leaves_the_others(session: Session, name: str) -> None:
    select_car(session)
    slide(session, name, 0.4)
    values = {slider.name: slider.value for slider in sliders_of(session)}
    assert values.pop(name) == pytest.approx(0.4)
    np.testing.assert_allclose(list(values.values()), 0, atol=1e-9)


def test_sliders_and_keys_move_the_same_box(session: Session, press: Press) -> None:
    select_car(session)
    press(Command.FORWARD, Command.LONGER)
    values = {slider.name: slider.value for slider in sliders_of(session)}
    assert values["along"] == pytest.approx(0.05)
    assert values["length"] == pytest.approx(0.05)


def test_a_lifted_box_comes_down_to_the_ground(session: Session, press: Press) -> None:
    select_car(session)
    slide(session, "up", 0.8)
    press(Command.SNAP_GROUND)
    assert abs(session.boxes.bottoms_m[session.selected or 0]) < 0.2


def test_a_box_beside_its_object_goes_onto_its_points(session: Session, press: Press) -> None:
    row = select_car(session)
    label = session.label_of_selected
    slide(session, "left", 0.9)
    press(Command.SNAP_POINTS)
    away = np.linalg.norm(session.boxes.centres_m[row, :2] - label.centres_m[0, :2])
    assert away < 0.25  # the label is exact here but for what was planted; so is the fit


def test_a_box_takes_the_median_size_of_its_track(session: Session, press: Press) -> None:
    row = select_car(session)
    content = session.content
    assert content is not None
    labels = content.frame.scene.labels.boxes
    same = labels.track.is_any([content.boxes.track[row]])
    slide(session, "length", 1.0)
    press(Command.SNAP_TRACK)
    np.testing.assert_allclose(session.boxes.sizes_m[row], np.median(labels.sizes_m[same], axis=0))


def test_nothing_selected_can_not_be_nudged(session: Session, press: Press) -> None:
    press(Command.FORWARD)
    assert "select an object" in session.message
    with pytest.raises(ViewerError, match="select an object"):
        slide(session, "along", 1.0)
    assert sliders_of(session) == []


def test_a_turned_camera_moves_its_overlay_and_scores_worse(session: Session, press: Press) -> None:
    press(Command.NEXT_CAMERA, Command.NUDGE_TARGET)
    content, camera = session.content, session.camera
    assert content is not None
    assert camera is not None
    slide(session, "yaw", 1.0)
    view = content.views[camera]
    moved = as_drafted(view, session.camera_drafts[camera])
    shifts = moved.project_points().pixels[:, 0] - view.project_points().pixels[:, 0]
    lens = view.camera
    focal = float(lens.fx)  # type: ignore[attr-defined]
    assert abs(np.nanmedian(shifts)) == pytest.approx(focal * np.radians(1.0), rel=0.25)
    told = Alignment().told(session)
    now, before = (float(part.split()[-1]) for part in told.split(";")[0].split(","))
    assert now < before


def test_a_view_without_a_draft_is_the_view_itself(session: Session) -> None:
    content = session.content
    assert content is not None
    name, view = next(iter(content.views.items()))
    assert as_drafted(view, None) is view
    assert as_drafted(view, CameraDraft.none(name)) is view


def test_a_nudged_camera_is_written_as_a_rig_that_check_can_use(session: Session, press: Press, tmp_path: Path) -> None:
    session.rig_file = tmp_path / "rig.json"
    press(Command.NEXT_CAMERA, Command.NUDGE_TARGET)
    camera = session.camera
    assert camera is not None
    slide(session, "yaw", 0.5)
    slide(session, "clock", 12.0)
    press(Command.SAVE_NUDGE)
    content = session.content
    assert content is not None
    rig = read_rig_file(session.rig_file)
    before = content.frame.scene.rig_at(content.timestamp_ns).sensor(camera)
    turned = before.ego_from_sensor.inverse().rotation @ rig.sensor(camera).ego_from_sensor.rotation
    assert np.degrees(np.arccos((np.trace(turned) - 1) / 2)) == pytest.approx(0.5, abs=1e-6)
    assert rig.sensor(camera).clock.offset_ns == 12_000_000


def test_without_a_nudge_no_rig_is_written(session: Session, press: Press, tmp_path: Path) -> None:
    session.rig_file = tmp_path / "rig.json"
    press(Command.NUDGE_TARGET, Command.SAVE_NUDGE)
    assert "no camera was nudged" in session.message
    assert not session.rig_file.exists()
