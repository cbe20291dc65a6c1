from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.scene.scene import Scene
from viewers.exports.angles import euler_xyz_rad
from viewers.exports.annotated import AnnotatedScene


def test_each_label_has_what_is_said_of_it_and_the_others_nothing(annotated: AnnotatedScene) -> None:
    comments = {str(annotated.boxes.label_ids[row]): annotated.comment(row) for row in range(4)}
    assert comments["car-1"].startswith("TRK501 position-jump (error, score 0.90): is off its path.")
    assert comments["walker-0"] == 'BOX304 floating-box (warning, score 0.90): hangs "high" & dry. [id-walker-0]'
    assert (comments["car-0"], comments["walker-1"]) == ("", "")


def test_a_correction_is_a_box_of_its_own_beside_the_label(annotated: AnnotatedScene) -> None:
    assert annotated.proposed.tolist() == [False] * 4 + [True]
    assert annotated.boxes.centres_m[4].tolist() == [16.0, 4.0, 0.8]
    assert (annotated.name(4), annotated.frames[4], annotated.codes(4)) == ("17 proposed", 1, "TRK501")
    assert annotated.boxes.centres_m[2].tolist() == [16.0, 2.0, 0.8]


def test_what_is_about_no_label_is_told_to_be_elsewhere(annotated: AnnotatedScene) -> None:
    assert [finding.code for finding in annotated.elsewhere] == ["RIG103"]


def test_boxes_that_are_missing_are_added_and_a_deletion_is_a_comment(
    scene: Scene, finding: Callable[..., Finding]
) -> None:
    stamp = int(scene.frame_table.timestamps_ns[1])
    values = {"centre_m": [[20.0, 0.0, 1.0]], "size_m": [4.0, 2.0, 1.5], "yaw_rad": [0.0]}
    add = Proposal(action="add", target="17", values=values, reference="ego", timestamps_ns=(stamp,))
    gone = Proposal(action="delete", target="walker-1")
    annotated = AnnotatedScene.of(scene, [finding("car-0", proposal=add), finding("walker-1", proposal=gone)])
    assert len(annotated.boxes) == 5
    assert (annotated.proposed[4], annotated.frames[4]) == (True, 1)
    row = [str(label) for label in annotated.boxes.label_ids].index("walker-1")
    assert "Proposed: delete walker-1." in annotated.comment(row)


def test_three_angles_turn_as_the_quaternion_does(rng: np.random.Generator) -> None:
    quaternions = rng.normal(size=(50, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    for (roll, pitch, yaw), (w, x, y, z) in zip(euler_xyz_rad(quaternions), quaternions, strict=True):
        about_x = np.array([[1, 0, 0], [0, np.cos(roll), -np.sin(roll)], [0, np.sin(roll), np.cos(roll)]])
        about_y = np.array([[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]])
        about_z = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        first_column = [w * w + x * x - y * y - z * z, 2 * (x * y + w * z), 2 * (x * z - w * y)]
        assert np.allclose((about_z @ about_y @ about_x)[:, 0], first_column)
        assert np.isclose((about_z @ about_y @ about_x)[2, 2], w * w - x * x - y * y + z * z)
