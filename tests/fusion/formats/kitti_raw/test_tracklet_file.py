from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import FileProblemError
from fusion.formats.kitti_raw.tracklet_file import parse_tracklets, pose_of, tracklet_of

STATES = "<state>2</state><occlusion>0</occlusion><truncation>0</truncation>"
POSE = f"<item><tx>1</tx><ty>2</ty><tz>3</tz><rz>0.5</rz>{STATES}</item>"
OBJECT = "<objectType>Car</objectType><h>1.5</h><w>1.6</w><l>4</l><first_frame>7</first_frame>"


def document(*objects: str, count: int | None = None) -> bytes:
    items = "".join(f"<item>{one}</item>" for one in objects)
    told = len(objects) if count is None else count
    inner = f"<tracklets>\n<count>{told}</count>\n{items}</tracklets>"
    return f"<!DOCTYPE boost_serialization>\n<boost_serialization>{inner}</boost_serialization>".encode()


def poses(*items: str, count: int | None = None) -> str:
    return f"<poses><count>{len(items) if count is None else count}</count>{''.join(items)}</poses>"


def test_an_object_and_its_poses_are_read() -> None:
    (raw,), wrong = parse_tracklets(document(OBJECT + poses(POSE, POSE)), "labels.xml")
    tracklet = tracklet_of(raw, 0, "labels.xml")
    assert wrong == []
    assert (tracklet.kind, tracklet.size_m, tracklet.first_frame) == ("Car", (4.0, 1.6, 1.5), 7)
    assert [pose_of(pose, "pose", "labels.xml").place for pose in raw.poses] == [(1.0, 2.0, 3.0, 0.5)] * 2
    assert pose_of(raw.poses[0], "pose", "labels.xml").states == (2, 0, 0)


def test_a_file_may_hold_no_object() -> None:
    assert parse_tracklets(document(), "labels.xml") == ([], [])


def test_counts_that_are_not_so_are_told() -> None:
    _, wrong = parse_tracklets(document(OBJECT + poses(POSE, count=5), count=2), "labels.xml")
    assert [str(error) for error in wrong] == [
        "labels.xml line 3: says it holds 2 tracklets, and holds 1",
        "labels.xml line 4: says it holds 5 poses, and holds 1",
    ]


@given(st.binary(max_size=80))
def test_whatever_a_file_holds_it_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FileProblemError, match=r"labels\.xml"):
        parse_tracklets(data, "labels.xml")


LAUGHS = b"""<!DOCTYPE boost_serialization [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<boost_serialization><tracklets>&b;</tracklets></boost_serialization>"""
OUTSIDE = b"""<!DOCTYPE boost_serialization [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<boost_serialization><tracklets>&a;</tracklets></boost_serialization>"""


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (document(OBJECT)[:-30], 4, "is no XML: "),
        (document(OBJECT + poses(POSE))[:150], 4, "is no XML: "),
        (b"", 1, "is no XML: no element found"),
        (b"<annotations/>", None, "holds no boost_serialization/tracklets"),
        (LAUGHS, None, "is no XML that can be read safely: EntitiesForbidden"),
        (OUTSIDE, None, "is no XML that can be read safely: EntitiesForbidden"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', None, "is no XML that can be read safely: unknown encoding"),
    ],
    ids=["cut at the end", "cut in a pose", "empty", "other XML", "a bomb", "another file's content", "encoding"],
)
def test_what_is_no_tracklet_file_is_refused(data: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(FileProblemError) as caught:
        parse_tracklets(data, "labels.xml")
    assert caught.value.line == line
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<h>1.5</h>", "", "tracklet 3 has no 'h'"),
        ("<h>1.5</h>", "<h></h>", "tracklet 3 has no 'h'"),
        ("<h>1.5</h>", "<h>tall</h>", "tracklet 3 'h' must be a finite number, got 'tall'"),
        ("<objectType>Car</objectType>", "", "tracklet 3 has no 'objectType'"),
        ("<first_frame>7<", "<first_frame>-1<", "tracklet 3 'first_frame' must be a frame number, got -1"),
        ("<first_frame>7<", "<first_frame>7.5<", "tracklet 3 'first_frame' must be a frame number, got 7.5"),
    ],
    ids=["gone", "empty", "a word", "no type", "before the first", "between two"],
)
def test_an_object_that_lacks_something_is_told_with_its_line(old: str, new: str, reason: str) -> None:
    (raw,), _ = parse_tracklets(document(OBJECT.replace(old, new)), "labels.xml")
    with pytest.raises(FileProblemError) as caught:
        tracklet_of(raw, 3, "labels.xml")
    assert (caught.value.line, caught.value.reason) == (4, reason)


def test_a_pose_that_lacks_something_is_told_with_its_line() -> None:
    (raw,), _ = parse_tracklets(document(OBJECT + poses("\n" + POSE.replace("<ty>2</ty>", ""))), "labels.xml")
    with pytest.raises(FileProblemError, match=r"labels\.xml line 5: pose 7 has no 'ty'"):
        pose_of(raw.poses[0], "pose 7", "labels.xml")
