from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from fusion.checks.finding import Finding
from fusion.run.run import Run
from viewers.outputs.markdown import MOST_FINDINGS, as_markdown, told

Make = Callable[..., Finding]
RunOf = Callable[..., Run]


def test_the_summary_starts_with_the_numbers_and_lists_the_checks(finding: Make, run_of: RunOf) -> None:
    text = as_markdown(run_of(finding("a", severity="error"), finding("b"), finding("c", cause="a")))
    assert text.startswith("## Boresight: 1 error, 1 warning\n")
    assert "day (kitti-object): 1 scene, 2 frames, 30 labels" in text
    assert "1 more finding explained by these." in text
    assert "| BOX304 floating-box | 1 | 1 |  |" in text


def test_only_the_most_urgent_are_told_one_by_one(finding: Make, run_of: RunOf) -> None:
    text = as_markdown(run_of(*(finding(f"f{number}") for number in range(MOST_FINDINGS + 3))))
    assert text.count("bottom face is") == MOST_FINDINGS
    assert "and 3 more findings" in text


def test_what_was_not_assessed_and_what_was_unreadable_is_told(run_of: RunOf) -> None:
    text = as_markdown(run_of(incomplete=[("a.bin", "torn")], not_assessed={"too dark": 3}))
    assert "| 6 | too dark |" in text
    assert "### Could not be read (1)" in text
    assert "- a.bin: torn" in text


@pytest.mark.parametrize(
    "name",
    ["|", "<script>", "[a](b)", "`", "**bold**", "# head", "![i](u)", "a\nb", "_x_", "~~x~~", "![](x)"],
)
def test_no_name_is_taken_for_markdown(finding: Make, run_of: RunOf, name: str) -> None:
    text = as_markdown(run_of(finding(category=name, message=name, scene=name)))
    (row,) = [line for line in text.splitlines() if line.startswith("| warning |")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert not re.search(r"(?<!\\)[<`\[*#~]", row)


def test_nobody_is_called_by_a_label() -> None:
    assert "@everyone" not in told("@everyone")
    assert len(told("x" * 10_000)) < 400
