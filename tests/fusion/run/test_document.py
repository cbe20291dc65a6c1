from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from fusion.checks.proposal import Proposal
from fusion.run.check import check_scene
from fusion.run.document import (
    CheckSummary,
    FindingsDocument,
    Incomplete,
    Tool,
    findings_arrow_schema,
    findings_json_schema,
    findings_to_arrow,
)
from fusion.run.run import Run
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.scene_builder import SceneBuilder

Use = Callable[..., None]


@pytest.fixture
def run(use: Use) -> Run:
    use("long-box", "short-track", "blind-camera")
    builder = SceneBuilder()
    for length_m in (6, 7):
        names = {"category": ["car"], "track": ["17"]}
        builder.frame(boxes=Boxes3D.upright([[9, 0, 0]], [[length_m, 2, 1.5]], [0.0], **names))
    return check_scene(builder.build())


def document(*checks: CheckSummary, incomplete: tuple[Incomplete, ...] = ()) -> FindingsDocument:
    return FindingsDocument(
        schema_name="boresight.findings/1",
        tool=Tool(version="1"),
        datasets=(),
        checks=checks,
        findings=(),
        incomplete=incomplete,
    )


def summary(assessed: int, **not_assessed: int) -> CheckSummary:
    return CheckSummary(
        code="BOX399", name="x", severity="error", assessed=assessed, violations=0, not_assessed=not_assessed
    )


def test_the_document_fits_its_own_schema(run: Run) -> None:
    content = json.loads(run.to_json())
    jsonschema.Draft202012Validator.check_schema(findings_json_schema())
    jsonschema.validate(content, findings_json_schema())
    assert content["schema"] == "boresight.findings/1"
    assert content["dataset"] == content["datasets"][0]
    assert [check["code"] for check in content["checks"]] == ["BOX399", "TRK599", "IMG499"]
    assert content["checks"][2]["not_assessed"] == {"too dark": 2}


@pytest.mark.parametrize("missing", ["schema", "tool", "findings", "checks", "incomplete"])
def test_the_schema_asks_for_all_of_it(run: Run, missing: str) -> None:
    content = json.loads(run.to_json())
    del content[missing]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, findings_json_schema())


def test_a_label_says_where_its_box_is(run: Run) -> None:
    places = [label["box"] for label in json.loads(run.to_json())["findings"][0]["labels"]]
    assert places[0] == {"centre_m": [9.0, 0.0, 0.0], "size_m": [6.0, 2.0, 1.5], "yaw_rad": 0.0}


def test_a_box_without_a_place_says_so(use: Use) -> None:
    use("long-box")
    boxes = Boxes3D.upright([[float("nan"), 0, 0]], [[7, 2, 1.5]], [0.0], category=["car"])
    (finding,) = check_scene(SceneBuilder().frame(boxes=boxes).build()).findings
    assert finding.labels[0].box is None


def test_the_document_is_the_same_from_run_to_run(run: Run) -> None:
    assert run.to_json() == Run(run.document, run.settings).to_json()


def test_every_field_of_a_finding_is_a_column(run: Run) -> None:
    table = run.to_arrow()
    assert table.schema.equals(findings_arrow_schema())
    row = table.to_pylist()[0]
    (parent,) = run.leading
    assert table.num_rows == len(run.findings) == 3
    assert (row["code"], row["measured"], row["track"]) == ("BOX399", 7.0, "17")
    assert json.loads(row["evidence"]) == parent.evidence
    assert [label["frame"] for label in json.loads(row["labels"])] == ["0", "1"]
    assert str(table.schema.field("timestamp_ns").type) == "int64"


def test_a_table_of_nothing_has_all_columns() -> None:
    assert findings_to_arrow([]).schema.equals(findings_arrow_schema())


def test_names_in_no_encoding_reach_the_table(run: Run) -> None:
    finding = run.findings[0].model_copy(update={"label": "\udcff", "evidence": {"place": "\udcff.txt"}})
    row = findings_to_arrow([finding]).to_pylist()[0]
    assert row["label"] == "\\udcff"
    assert json.loads(row["evidence"]) == {"place": "\udcff.txt"}


def test_a_proposal_is_text_in_the_table_and_an_object_in_the_document(run: Run) -> None:
    proposal = Proposal(action="set", target="17", values={"yaw_rad": 0.1})
    finding = run.findings[0].model_copy(update={"proposal": proposal})
    assert json.loads(findings_to_arrow([finding]).to_pylist()[0]["proposal"])["values"] == {"yaw_rad": 0.1}
    assert finding.model_dump(mode="json")["proposal"]["action"] == "set"


@pytest.mark.parametrize(
    ("checks", "share"),
    [
        pytest.param([summary(3, dark=1), summary(0, far=4)], 0.375, id="some of several checks"),
        pytest.param([summary(5)], 1.0, id="everything"),
        pytest.param([summary(0, dark=2)], 0.0, id="nothing"),
        pytest.param([summary(0)], None, id="there was nothing to assess"),
        pytest.param([], None, id="no checks"),
    ],
)
def test_the_share_that_could_be_judged(checks: list[CheckSummary], share: float | None) -> None:
    assert document(*checks).assessed_share == share


def test_what_went_unread_is_listed() -> None:
    content: dict[str, Any] = document(incomplete=(Incomplete(path="a.bin", reason="torn"),)).as_dict()
    assert content["incomplete"] == [{"path": "a.bin", "reason": "torn"}]
    assert content["dataset"] is None
