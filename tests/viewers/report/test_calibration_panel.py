from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calibration.errors import FileProblemError
from fusion.checks.finding import Finding
from fusion.run.document import FindingsDocument
from viewers.report.calibration_panel import CalibDocument, check_lines, read_calib
from viewers.report.content import ReportContent
from viewers.report.page import report_html

OFF: dict[str, Any] = {
    "sensor": "left",
    "relative_to": "lidar",
    "quantity": "extrinsic.yaw",
    "unit": "deg",
    "in_file": 1.0,
    "estimated": 1.5,
    "correction": 0.5,
    "interval": [1.25, 1.75],
    "verdict": "off",
    "reason": "edges meet",
    "frames": 20,
}
DARK = {**OFF, "estimated": None, "correction": None, "interval": None, "verdict": "cannot tell", "reason": "dark"}


def written(path: Path, *results: dict[str, Any], schema: str = "boresight.calib/1") -> Path:
    path.write_text(json.dumps({"schema": schema, "results": results}))
    return path


def test_an_interval_is_drawn_about_the_correction_with_zero_in_the_middle(tmp_path: Path) -> None:
    (result,) = read_calib(written(tmp_path / "c.json", OFF)).of("off")
    low, middle, high = result.marks or (0, 0, 0)
    assert high == pytest.approx(92)
    assert (low / high, middle / high) == (pytest.approx(0.25 / 0.75, rel=1e-3), pytest.approx(0.5 / 0.75, rel=1e-3))


def test_the_panel_lists_what_is_off_and_says_what_can_not_be_told(
    tmp_path: Path, document: Callable[..., FindingsDocument]
) -> None:
    calib = read_calib(written(tmp_path / "c.json", DARK, OFF))
    assert calib.untold == [("dark", "left extrinsic.yaw")]
    page = report_html(ReportContent(document([]), calib=calib))
    assert "1 off, 0 good, 1 can't be told" in page
    assert "estimate between 1.25° and 1.75°" in page


def test_the_checks_of_calibration_and_clocks_say_what_they_saw(
    finding: Callable[..., Finding], document: Callable[..., FindingsDocument]
) -> None:
    off = finding(code="RIG103", name="extrinsic-off", severity="error", sensor="left", subject="rig")
    lines = check_lines(document([off]).checks, [off])
    assert [(line.check.code, line.state) for line in lines] == [("RIG103", "error"), ("TIM201", "not assessed")]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": "boresight.findings/1", "results": []}'], ids=["empty", "list", "other"]
)
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(FileProblemError, match=r"c\.json: is no boresight\.calib/1 document"):
        read_calib(tmp_path / "c.json")


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="no such file"):
        read_calib(tmp_path / "c.json")


def test_what_later_versions_add_is_passed_over() -> None:
    later = {"schema": "boresight.calib/1", "results": [{**OFF, "new": 1}], "extra": 2}
    assert CalibDocument.model_validate(later).counts["off"] == 1
