from __future__ import annotations

import numpy as np
import pytest

from fusion.measure.frame_steps import EITHER, POSE, SLIP, FrameStep, frame_steps
from fusion.planting.catalogue import parse_fault
from fusion.planting.plant import plant
from fusion.planting.simulated_drive import DriveOptions, simulated_drive
from fusion.scene.scene import Scene

DRIVES = {"ego": DriveOptions(), "world": DriveOptions(reference="world")}


def planted(fault: str, seed: int = 0, options: DriveOptions | None = None) -> tuple[Scene, int]:
    """A drive with this fault, and the frame it befell first."""
    result = plant(simulated_drive(seed, options), [parse_fault(fault)], seed)
    return result.scene, result.truths[0].frames[0]


def steps(scene: Scene) -> list[FrameStep]:
    return list(frame_steps(scene, 0.15).steps)


@pytest.mark.parametrize("reference", DRIVES)
@pytest.mark.parametrize(
    ("fault", "cause", "lasting"),
    [
        pytest.param("slip:1:frame", SLIP, False, id="slip in ego"),
        pytest.param("slip-in-world:1:frame", SLIP, False, id="slip in the world"),
        pytest.param("pose-jump:1:frame", POSE, False, id="pose of one frame"),
        pytest.param("pose-jump:0.5:tail", POSE, True, id="poses from a frame on"),
    ],
)
def test_names_the_frame_and_what_befell_it(fault: str, cause: str, lasting: bool, reference: str) -> None:
    scene, frame = planted(fault, options=DRIVES[reference])
    (step,) = steps(scene)
    assert (step.frame, step.cause, step.lasting) == (frame, cause, lasting)


def test_tells_by_how_much_time_the_labels_slipped() -> None:
    scene, _ = planted("slip:1:frame")
    (step,) = steps(scene)
    # Labels of the frame before show objects where they were a tenth of a second earlier.
    assert step.slipped_s == pytest.approx(-0.1, abs=0.02)


@pytest.mark.parametrize("reference", DRIVES)
@pytest.mark.parametrize("seed", range(3))
def test_a_right_drive_has_no_step(seed: int, reference: str) -> None:
    assert steps(simulated_drive(seed, DRIVES[reference])) == []


def test_one_object_that_strays_is_no_step_of_the_frame() -> None:
    scene, _ = planted("shift:1:frame")
    assert steps(scene) == []


def test_at_two_hertz_a_pose_and_a_slip_may_look_alike() -> None:
    scene, frame = planted("pose-jump:1:frame", options=DriveOptions(period_s=0.5))
    (step,) = steps(scene)
    assert step.frame == frame
    assert step.cause in (EITHER, POSE)


def test_says_which_frames_could_be_looked_at() -> None:
    assessed = frame_steps(simulated_drive(0), 0.15).assessed
    assert np.flatnonzero(~assessed).tolist() == [0, len(assessed) - 1]
