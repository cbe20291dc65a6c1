from __future__ import annotations

from typing import Any

from fusion.planting.selftest_document import (
    FalseAlarms,
    FaultResult,
    ReliabilityBin,
    RepairResult,
    SelfTestDocument,
    Share,
    SmallestFound,
)
from fusion.run.document import DatasetSummary, Tool
from viewers.outputs.lines import plain
from viewers.outputs.selftest import selftest_lines
from viewers.outputs.selftest_plot import selftest_svg


def share(hits: int, cases: int = 10) -> Share:
    return Share(hits=hits, cases=cases, value=hits / cases if cases else None, low=0.1, high=0.9)


def result(**parts: Any) -> FaultResult:
    fields: dict[str, Any] = {
        "fault": "shift", "family": "box", "extent": "frame", "magnitude": 0.5, "unit": "m",
        "expected_codes": ("TRK501",), "found": share(9), "named": share(8), "hinted": share(10),
        "found_by_kind": {}, "median_rank": 2.0,
        "worst_rank": 5, "median_score": 0.75, "codes": {"TRK501": 8, "BOX309": 1}, "missed": (),
    }  # fmt: skip
    return FaultResult(**{**fields, **parts})


def document(**parts: Any) -> SelfTestDocument:
    fields: dict[str, Any] = {
        "tool": Tool(version="1"),
        "dataset": DatasetSummary(root="data <&>", format="nuscenes", scenes=1, frames=20, labels=899),
        "seeds": 2,
        "seconds": 12.0,
        "faults": (result(), result(fault="slip", extent="scene", unit="", found=share(0, 0))),
        "not_planted": ("camera-delay:50:scene",),
        "smallest": (SmallestFound(fault="yaw", extent="3", unit="deg", magnitude=None),),
        "false_alarms": (
            FalseAlarms(
                family="BOX", alarms=9, objects=2, assessed=100, per_thousand=90.0, low=50.0, high=150.0, budget=10.0,
                codes={"BOX304": 9},
            ),
        ),
        "repairs": RepairResult(
            good=share(9), restored=40, still_wrong=2, harmed=1, on_clean=3,
            codes={"TRK501": 40}, harmful_codes={"BOX309": 1}, wrong_codes={}, clean_codes={"BOX304": 3},
        ),
        "reliability": (ReliabilityBin(from_score=0.4, to_score=0.6, findings=7, predicted=0.5, true_share=0.25),),
    }  # fmt: skip
    return SelfTestDocument(**{**fields, **parts})


def test_the_text_has_a_line_for_each_number() -> None:
    lines = plain(selftest_lines(document())).splitlines()
    assert lines[0] == "data <&> (nuscenes): 1 scene, 899 labels, 10 planted faults in 12 s"
    (shift,) = [line.split() for line in lines if line.strip().startswith("shift")]
    assert shift[:12] == ["shift", "1", "frame", "0.5", "m", "10", "90", "%", "10..90", "80", "%", "100"]
    (slip,) = [line.split() for line in lines if line.strip().startswith("slip")]
    assert slip[:5] == ["slip", "all", "labels", "0", "-"]
    (proposals,) = [line for line in lines if line.startswith("  9 of 10 proposals (90%) restore all they change")]
    assert "labels: 40 restored, 2 still wrong, 1 harmed; on the data as it is 3 labels would be changed" in proposals
    assert "  harmed by BOX309 1" in lines
    assert "  BOX          9        2       100       90.0  50.0..150.0      10  BOX304 9" in lines
    assert any(line.split() == ["0.4..0.6", "7", "0.50", "0.25"] for line in lines)
    assert lines[-1] == "Nothing here to plant it in: camera-delay:50:scene"


def test_what_is_over_its_budget_and_what_is_missed_stands_out() -> None:
    lines = selftest_lines(document(faults=(result(found=share(3)),)))
    roles = {span.text.strip(): span.role for line in lines for span in line.spans}
    assert (roles["90.0"], roles["30 %"], roles["80 %"]) == ("error", "error", "warning")


def test_the_picture_is_whole_and_names_are_no_markup() -> None:
    picture = selftest_svg(document())
    assert picture.startswith("<svg ")
    assert picture.rstrip().endswith("</svg>")
    assert "data &lt;&amp;&gt;" in picture
    assert picture.count("<circle") == 1
