from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.image import CameraImage
from calibration.rig import SensorRig
from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene import Scene
from viewers.pictures.evidence import evidence_picture
from viewers.pictures.palette import severity_colour

SHEET_WIDTH = 1600


def has(picture: np.ndarray[Any, Any], colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(picture.astype(int) - colour) < 4).all(axis=2).any())


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
def test_the_sheet_wears_the_colour_of_the_severity(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], severity: str
) -> None:
    scene = make_street()
    picture = evidence_picture(scene, make_finding(scene, 0, severity=severity))
    assert picture.shape[1] == SHEET_WIDTH
    assert has(picture[:140], severity_colour(severity).bgr)
    assert has(picture[140:], severity_colour(severity).bgr)


def test_a_track_has_its_curves_below(make_drive: Callable[..., Scene], make_finding: Callable[..., Finding]) -> None:
    scene = make_drive(missing=6)
    row = next(r for r in range(len(scene.labels)) if scene.labels.frame_index[r] == 4)
    box, track = (evidence_picture(scene, make_finding(scene, row, subject=kind)) for kind in ("box", "track"))
    assert track.shape[0] > box.shape[0] + 150


def test_a_pair_and_a_proposal_are_shown_together(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street()
    labels = make_finding(scene, 0).labels + make_finding(scene, 1).labels
    proposal = Proposal(action="set", target="0", values={"centre_m": [15.0, 2.0, 0.2]}, reference="ego")
    plain = evidence_picture(scene, make_finding(scene, 0))
    assert (evidence_picture(scene, make_finding(scene, 0, proposal=proposal, labels=labels)) != plain).any()


def test_boxes_that_are_missing_are_shown_where_they_would_be(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding]
) -> None:
    scene = make_street(boxes=Boxes3D.empty())
    values = {"centre_m": [15.0, 2.0, 0.8], "size_m": [4.5, 1.9, 1.6], "yaw_rad": 0.2}
    proposal = Proposal(action="add", target="", values=values, reference="ego")
    picture = evidence_picture(scene, make_finding(scene, subject="region", frame="0", proposal=proposal))
    assert picture.shape[0] > 700


ABOUT = {
    "sensor": {"subject": "sensor", "sensor": "front"},
    "rig": {"subject": "rig", "sensor": "front"},
    "rig of a lidar": {"subject": "rig", "sensor": "lidar"},
    "rig of an unknown sensor": {"subject": "rig", "sensor": "rear"},
    "image": {"subject": "frame", "sensor": "front", "frame": "0"},
    "sweep": {"subject": "frame", "sensor": "lidar", "frame": "0"},
    "frame": {"subject": "frame", "frame": "0"},
    "scene": {"subject": "scene"},
    "region without a place": {"subject": "region", "frame": "0"},
    "unknown frame": {"subject": "box", "frame": "no such frame", "label": "no such label"},
    "another scene": {"subject": "track", "scene": "elsewhere", "track": "no such track"},
    "no numbers": {"subject": "scene", "measured": None, "limit": None, "evidence": {}},
    "odd names": {"subject": "scene", "message": "Fußgänger 歩行者 \x1b[2J", "evidence": {"名": "値"}},
    "long": {"subject": "scene", "message": "far too long " * 60, "evidence": {f"n{i}": "v" * 200 for i in range(30)}},
}


@pytest.mark.parametrize("about", ABOUT.values(), ids=ABOUT.keys())
@pytest.mark.parametrize("time_base", ["utc", "synthetic"])
def test_every_subject_has_a_sheet(
    make_street: Callable[..., Scene], make_finding: Callable[..., Finding], about: dict[str, Any], time_base: str
) -> None:
    scene = make_street(time_base=time_base)
    picture = evidence_picture(scene, make_finding(scene, **about))
    assert picture.shape[1] == SHEET_WIDTH
    assert picture.shape[0] > 300
    assert picture.dtype == np.uint8


def missing_everything(make_street: Callable[..., Scene], make_rig: Callable[..., SensorRig], lost: CameraImage) -> Any:
    return {
        "points": make_street(points=None),
        "image": make_street(images={"front": lost}),
        "cameras": make_street(images={}),
        "lens": make_street(make_rig(front=None)),
        "points and cameras": make_street(points=None, images={}),
        "pose": make_street(reference="world", poses=None),
        "times": make_street(time_base="synthetic"),
        "class and track": make_street(
            boxes=Boxes3D.upright([[15, 2, 0.8], [12, -3, 0.9], [-20, 0, 1.5]], np.ones((3, 3)), np.zeros(3))
        ),
    }


@pytest.mark.parametrize("subject", ["box", "track", "view"])
@pytest.mark.parametrize(
    "part", ["points", "image", "cameras", "lens", "points and cameras", "pose", "times", "class and track"]
)
def test_what_is_missing_leaves_a_sheet_all_the_same(
    make_street: Callable[..., Scene],
    make_rig: Callable[..., SensorRig],
    make_finding: Callable[..., Finding],
    make_lost_image: Callable[[str], CameraImage],
    part: str,
    subject: str,
) -> None:
    scene = missing_everything(make_street, make_rig, make_lost_image("front"))[part]
    for row in (0, 2):
        picture = evidence_picture(scene, make_finding(scene, row, subject=subject, sensor="front"))
        assert picture.shape[1] == SHEET_WIDTH
