from __future__ import annotations

from collections.abc import Callable

import pytest

from fusion.checks.finding import Finding, LabelReference
from fusion.checks.proposal import Proposal
from fusion.run.run import Run
from viewers.outputs.human import human_lines, severity_counts
from viewers.outputs.lines import plain

Make = Callable[..., Finding]
RunOf = Callable[..., Run]


def text(run: Run, top: int = 10) -> str:
    return plain(human_lines(run, top))


def test_a_run_reads_like_this(finding: Make, run_of: RunOf) -> None:
    run = run_of(
        finding("a", severity="error", proposal=Proposal(action="set", target="17", values={"yaw_rad": 0.1})),
        finding("b", cause="a"),
        finding("c", cause="a"),
        finding("d", code="BOX302", name="implausible-size", track=None, sensor=None, message="too long", source=None),
        not_assessed={"too dark": 3},
        incomplete=[("velodyne/000001.bin", "torn")],
    )
    assert (
        text(run)
        == """\
day (kitti-object): 1 scene, 2 frames, 30 labels
1 error, 1 warning from 2 checks; 1 track touched; 2 symptoms folded under their cause

dusk: 1 error, 1 warning

  BOX304 floating-box  1 error
    error   car track 7: bottom face is +0.50 m from the ground
            0.5 m (limit 0.3 m), frame 000003, label 17, label_2/000003.txt:4
            proposal: set 17: yaw_rad 0.1
            explains 2 more findings

  BOX302 implausible-size  1 warning
    warning car: too long
            0.5 m (limit 0.3 m), frame 000003, label 17

Not assessed
  times  why       checks; (all): it could judge nothing
      6  too dark  BOX304, IMG401 (all)

Could not be read (1): what lies there is unchecked
  velodyne/000001.bin: torn

`boresight explain BOX304` says what a check looks for and why
"""
    )


def test_nothing_found_is_said_in_two_lines(run_of: RunOf) -> None:
    assert text(run_of()) == ("day (kitti-object): 1 scene, 2 frames, 30 labels\nno findings from 2 checks\n")


def test_the_most_urgent_scene_check_and_finding_come_first(finding: Make, run_of: RunOf) -> None:
    shown = text(
        run_of(
            finding("a", scene="dawn", score=0.1),
            finding("b", scene="dusk", score=0.2),
            finding("c", scene="dusk", score=0.9, message="worst"),
            finding("d", scene="dusk", code="IMG401", name="hull-off-2d-box", score=0.8),
        )
    )
    places = [shown.index(word) for word in ("\ndusk:", "worst", "BOX304", "IMG401", "\ndawn:")]
    assert places[0] < places[2] < places[1] < places[3] < places[4]


def test_a_long_list_is_cut_and_says_so(finding: Make, run_of: RunOf) -> None:
    run = run_of(*(finding(f"f{number}", message=f"message {number:02}") for number in range(15)))
    assert text(run).count("message ") == 10
    assert "... and 5 more; --top 0 prints all" in text(run)
    assert text(run, top=0).count("message ") == 15


def test_what_belongs_to_no_scene_has_its_own_heading(finding: Make, run_of: RunOf) -> None:
    assert "\ndata set: 1 warning\n" in text(run_of(finding(scene="")))


def test_a_track_nobody_can_read_out_is_told_with_the_places(finding: Make, run_of: RunOf) -> None:
    shown = text(run_of(finding(track="e250b42b8ff95b0af576505234c64448")))
    assert "warning car: bottom" in shown
    assert "frame 000003, track e250b42b8ff95b0af576505234c64448, label 17" in shown


def test_a_pair_names_both_labels(finding: Make, run_of: RunOf) -> None:
    labels = tuple(
        LabelReference(label=name, track=None, scene="dusk", frame="3", set="labels") for name in ("17", "18")
    )
    assert "label 17, and 18, label_2" in text(run_of(finding(subject="pair", labels=labels)))


def test_a_sensor_stands_for_itself_where_there_is_no_object(finding: Make, run_of: RunOf) -> None:
    shown = text(run_of(finding(category=None, track=None, label=None, sensor="CAM_FRONT", labels=())))
    assert "warning CAM_FRONT: bottom" in shown


def test_there_or_not_is_no_number(finding: Make, run_of: RunOf) -> None:
    shown = text(run_of(finding(measured=1.0, limit=0.0, unit="")))
    assert "limit" not in shown


def test_a_place_that_the_message_names_already_is_not_repeated(finding: Make, run_of: RunOf) -> None:
    assert text(run_of(finding(message="a.bin: torn", source="a.bin"))).count("a.bin") == 1


@pytest.mark.parametrize("field", ["scene", "frame", "sensor", "label", "track", "category", "message", "source"])
def test_no_name_can_do_anything(finding: Make, run_of: RunOf, field: str) -> None:
    shown = text(run_of(finding(**{field: "[bold]\x1b[2J\nerror all is lost\u202e"})))
    assert "[bold]\\x1b[2J\\nerror all is lost\\u202e" in shown
    assert "\x1b" not in shown
    assert not any(line.startswith("error") for line in shown.splitlines())


def test_much_that_was_unreadable_is_cut_and_says_so(run_of: RunOf) -> None:
    shown = text(run_of(incomplete=[(f"{number}.bin", "torn") for number in range(25)]))
    assert "Could not be read (25)" in shown
    assert "... and 5 more; --output-format json lists all" in shown


def test_severities_are_counted_in_order(finding: Make) -> None:
    findings = [finding(severity="info"), finding(severity="error"), finding(severity="error")]
    assert severity_counts(findings) == "2 errors, 1 info"
    assert severity_counts([]) == "no findings"
