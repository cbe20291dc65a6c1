"""Whatever is wrong is reported with its frame and object, and the rest is read."""

from __future__ import annotations

import contextlib
import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.errors import FileProblemError
from fusion.formats.openlabel.reader import OpenLabelReader
from fusion.formats.openlabel.report import NAMED_ONE_BY_ONE
from fusion.scene.problems import Problem, ProblemKind

Tiny = Callable[[str], Any]
Change = Callable[[dict[str, Any]], object]


def problems_of(file: Any) -> list[Problem]:
    return list(file.read().problems)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param([1, 2, 3], "val needs 9 or 10 numbers, got 3", id="a cuboid of three numbers"),
        pytest.param([0] * 11, "val needs 9 or 10 numbers, got 11", id="a cuboid of eleven numbers"),
        pytest.param([2, 1, 10, 0, 0, 0, 4, -1.5, 1.8], "sizes must be above 0, got 4 -1.5 1.8", id="a negative size"),
        pytest.param([2, 1, 10, 0, 0, 0, 4, 0, 1.8], "sizes must be above 0", id="no height"),
        pytest.param([2, 1, 10, 0, 0, 0, 0, 4, 2, 1], "norm 0, expected 1", id="a quaternion of zeros"),
        pytest.param([2, 1, 10, 0, 0, 0, 2, 4, 2, 1], "norm 2, expected 1", id="a quaternion twice too long"),
        pytest.param([2, 1, "10", 0, 0, 0, 4, 1, 1], "val needs 9 or 10 numbers, got", id="a number as text"),
        pytest.param([2, 1, None, 0, 0, 0, 4, 1, 1], "val needs 9 or 10 numbers, got", id="null for a number"),
        pytest.param([2, 1, 1e300, 0, 0, 0, 4, 1, 1], "a number beyond 1e+12", id="a place beyond all bounds"),
        pytest.param({"x": 1}, "val needs 9 or 10 numbers, got", id="an object for numbers"),
        pytest.param(None, "val needs 9 or 10 numbers, got none", id="no numbers"),
    ],
)
def test_a_cuboid_that_is_none_is_named_and_the_others_are_read(values: Any, said: str, tiny: Tiny) -> None:
    file = tiny("euler")
    file.data("0", "0")["cuboid"][0]["val"] = values
    scene = file.read()
    assert scene.labels.boxes.label_ids.tolist() == ["1:0:box3D"]
    (problem,) = scene.problems
    assert problem.kind is ProblemKind.MALFORMED_RECORD
    assert (problem.path, problem.frame, problem.label, problem.lost) == ("labels.json", "0", "0", True)
    assert problem.reason.startswith("frame 0, object 0, cuboid 'box3D': ")
    assert said in problem.reason


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param([1, 2, 3], "val needs 4 numbers, got 3", id="three numbers"),
        pytest.param([1, 2, -3, 4], "width and height must not be negative", id="a negative width"),
    ],
)
def test_a_2d_box_that_is_none_is_named(values: list[float], said: str, tiny: Tiny) -> None:
    file = tiny("euler")
    file.data("0", "0")["bbox"][0]["val"] = values
    scene = file.read()
    assert len(scene.labels.boxes_2d) == 2
    (problem,) = scene.problems
    assert said in problem.reason


def set_pose(body: dict[str, Any], **pose: Any) -> None:
    body["coordinate_systems"]["CAM"]["pose_wrt_parent"] = pose


def set_interval(body: dict[str, Any], first: Any, last: Any) -> None:
    body["objects"]["0"]["frame_intervals"] = [{"frame_start": first, "frame_end": last}]


def set_lens(body: dict[str, Any], **members: Any) -> None:
    lens = body["streams"]["CAM"]["stream_properties"]["intrinsics_pinhole"]
    lens.update(members)


@pytest.mark.parametrize(
    ("change", "said", "boxes"),
    [
        pytest.param(lambda body: set_pose(body, matrix4x4=[1, 2]), "matrix4x4 needs 16 numbers, got 2", 0, id="pose"),
        pytest.param(
            lambda body: set_pose(body, matrix4x4=[-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
            "is no rotation: its determinant is -1",
            0,
            id="a mirror for a pose",
        ),
        pytest.param(
            lambda body: set_pose(body, translation=[0, 0, 0], quaternion=[0, 0, 0, 0]), "norm 0", 0, id="quaternion"
        ),
        pytest.param(set_pose, "got neither", 0, id="an empty pose"),
        pytest.param(
            lambda body: body["coordinate_systems"]["CAM"].update(parent="roof"),
            "has the parent 'roof'",
            0,
            id="parent",
        ),
        pytest.param(
            lambda body: body["coordinate_systems"].pop("CAM"), "there is no coordinate system 'CAM'", 0, id="no system"
        ),
        pytest.param(
            lambda body: body["coordinate_systems"]["VELO"].update(parent="CAM"),
            "has no pose that leads",
            0,
            id="cycle",
        ),
        pytest.param(lambda body: body.update(coordinate_systems=[1]), "expected an object, got [1]", 2, id="no tree"),
        pytest.param(
            lambda body: set_lens(body, camera_matrix_3x4=[1, 2, 3]), "needs 12 numbers, got 3", 2, id="a short matrix"
        ),
        pytest.param(
            lambda body: set_lens(body, camera_matrix_3x4=[0, 0, 50, 0, 0, 100, 40, 0, 0, 0, 1, 0]),
            "with fx and fy above 0",
            2,
            id="no focal length",
        ),
        pytest.param(lambda body: set_lens(body, width_px=0), "CAM has no usable lens", 2, id="an image of no width"),
        pytest.param(
            lambda body: set_lens(body, distortion_coeffs_1xN=[1, 2, 3]),
            "distortion_coeffs_1xN needs 0 or 4 or 5 or 8 numbers, got 3",
            2,
            id="three coefficients",
        ),
        pytest.param(lambda body: body["objects"].pop("0"), "object 0 is in frames, but not among", 2, id="undeclared"),
        pytest.param(
            lambda body: set_interval(body, 0, 0), "leave out frame 1, where it is", 2, id="an interval too short"
        ),
        pytest.param(
            lambda body: set_interval(body, 0, 9), "name frame 9, which the file does not have", 2, id="too long"
        ),
        pytest.param(
            lambda body: body["objects"]["-1"].update(frame_intervals=[{"frame_start": 0, "frame_end": 1}]),
            "object -1 (DontCare): its frame_intervals claim frame 1, where it is not",
            2,
            id="an interval without data",
        ),
        pytest.param(lambda body: set_interval(body, "a", 1), "frame_start needs 1 numbers", 2, id="no interval"),
        pytest.param(
            lambda body: body["frames"]["0"]["frame_properties"].update(timestamp="noon"),
            "frame 0, timestamp: 'noon' is no time stamp",
            2,
            id="a stamp that is no time",
        ),
        pytest.param(
            lambda body: body["frames"]["0"]["frame_properties"].update(timestamp=1631441453299504000),
            "wrong unit?",
            2,
            id="nanoseconds for seconds",
        ),
        pytest.param(lambda body: body["frames"].update({"1": 7}), "frame 1: expected an object, got 7", 1, id="frame"),
        pytest.param(lambda body: body["frames"].update({"x": {}}), "must be whole numbers, got 'x'", 2, id="name"),
        pytest.param(
            lambda body: body["frames"]["1"].update(objects=[]), "frame 1, objects: expected an object", 1, id="objects"
        ),
        pytest.param(
            lambda body: body["frames"]["1"]["frame_properties"]["transforms"]["vehicle_to_odom"].update(dst="moon"),
            "frame 1, transform 'vehicle_to_odom': there is no coordinate system 'moon'",
            2,
            id="a transform to the moon",
        ),
        pytest.param(
            lambda body: body["streams"].update(CAM=3), "stream 'CAM': expected an object, got 3", 2, id="stream"
        ),
        pytest.param(
            lambda body: body["frames"]["0"]["objects"]["0"]["object_data"].update(num=[{"name": "a", "val": "b"}]),
            'frame 0, object 0, attributes: num has the value "b"',
            2,
            id="an attribute of another type",
        ),
    ],
)
def test_what_is_wrong_is_said(change: Change, said: str, boxes: int, tiny: Tiny) -> None:
    file = tiny("euler")
    change(file.body)
    scene = file.read()
    reasons = [problem.reason for problem in scene.problems]
    assert any(said in reason for reason in reasons), reasons
    assert len(scene.labels) == boxes


def test_disagreeing_intervals_lose_nothing(tiny: Tiny) -> None:
    file = tiny("euler")
    set_interval(file.body, 0, 9)
    (problem,) = problems_of(file)
    assert (problem.label, problem.lost) == ("0", False)


def test_a_monster_of_an_interval_is_read_in_no_time(tiny: Tiny) -> None:
    file = tiny("euler")
    set_interval(file.body, 0, 10**11)
    assert len(problems_of(file)) == 1


def test_many_records_with_one_fault_are_counted(tiny: Tiny) -> None:
    file = tiny("euler")
    file.data("0", "0")["cuboid"] = [{"name": str(index), "val": [1]} for index in range(100)]
    problems = problems_of(file)
    assert len(problems) == NAMED_ONE_BY_ONE + 1
    assert problems[-1].count == 100 - NAMED_ONE_BY_ONE
    assert problems[-1].reason == "80 more: cuboid that can't be read"
    assert sum(problem.count for problem in problems) == 100


def test_nesting_without_end_is_no_crash(tiny: Tiny) -> None:
    path = tiny("euler").write()
    path.write_text('{"openlabel": {"frames": ' + "[" * 100_000, encoding="utf-8")
    scene = OpenLabelReader(path).read_scene("labels")
    assert [problem.kind for problem in scene.problems] == [ProblemKind.UNREADABLE_FILE]


JUNK: tuple[Any, ...] = (
    None, "", "x", "0", 0, -1, 1e308, 2**63, True, [], {}, [[]], [None], {"val": 1}, [math.nan] * 3, [1e308] * 10,
    [0, 0, 0], [0] * 9, [0] * 10, [0] * 16, "../x", "/x", "a" * 500, "Ünï", "CAM", "VELO", "odom", "ego", "world",
)  # fmt: skip


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container and key below a node."""
    found: list[tuple[Any, Any]] = []
    steps = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for step in steps:
        found += [(node, step), *places(node[step])]
    return found


@pytest.mark.parametrize("dialect", ["quaternions", "euler", "vehicle"])
@pytest.mark.parametrize("seed", range(3))
def test_damage_is_reported_and_never_a_crash(dialect: str, seed: int, tiny: Tiny, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    file = tiny(dialect)
    whole = copy.deepcopy(file.body)
    for _ in range(60):
        file.body = copy.deepcopy(whole)
        for _ in range(rng.integers(1, 5)):
            spots = places(file.body)
            holder, step = spots[rng.integers(len(spots))]
            if isinstance(holder, dict) and rng.integers(4) == 0:
                del holder[step]
            else:
                holder[step] = copy.deepcopy(JUNK[rng.integers(len(JUNK))])
        scene = file.read()
        assert len(scene.labels) == len(scene.labels.boxes.yaws_rad)
        assert np.isfinite(scene.labels.boxes.centres_m).all()
        for frame in scene.frames:
            assert len(frame.key) >= 0
        for stream in scene.streams.values():
            with contextlib.suppress(FileProblemError):
                stream.load(0)
        json.dumps(scene.assumptions)
