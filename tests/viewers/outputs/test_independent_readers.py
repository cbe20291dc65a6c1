"""What is written for programs, read back by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import junitparser
import pyarrow
import pyarrow.parquet
import pydantic
import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifDocument

from fusion.checks.finding import Finding
from fusion.checks.proposal import Proposal
from fusion.run.run import Run
from viewers.outputs.documents import as_csv, as_jsonl, as_parquet
from viewers.outputs.junit import as_junit
from viewers.outputs.sarif import as_sarif

Make = Callable[..., Finding]
RunOf = Callable[..., Run]
HOSTILE = 'a"<b>&\x1b[2J\r\n]]>%:=1+1\u202e\ud800'


@pytest.fixture
def run(finding: Make, run_of: RunOf) -> Run:
    """Two checks' findings, a symptom, one about no file, hostile names, something unreadable."""
    proposal = Proposal(
        action="set", target="17", values={"yaw_rad": [0.5]}, timestamps_ns=(1_715_680_800_000_000_001,)
    )
    findings = [
        finding("a", severity="error", proposal=proposal, timestamp_ns=1_715_680_800_000_000_001),
        finding("b", cause="a"),
        finding("c", code="IMG401", name="hull-off-2d-box", source=None, measured=None, severity="info"),
        finding("d", category=HOSTILE, message=HOSTILE, scene=HOSTILE, label="x" * 10_000, track=None),
    ]
    return run_of(*findings, incomplete=[("a.bin", "torn")], not_assessed={"too dark": 3})


def test_sarif_is_what_the_standard_describes(run: Run) -> None:
    document = SarifDocument.model_validate_json(as_sarif(run).encode("utf-8", "backslashreplace"))
    (content,) = document.runs
    assert [str(one.ruleId) for one in content.results or []] == ["BOX304", "BOX304", "IMG401"]


def test_that_reader_refuses_what_the_standard_does_not_know(run: Run) -> None:
    broken = json.loads(as_sarif(run))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(pydantic.ValidationError):
        SarifDocument.model_validate(broken)


def test_sarif_has_all_that_code_scanning_insists_on(run: Run) -> None:
    document = json.loads(as_sarif(run))
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (content,) = document["runs"]
    for rule in content["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
    for result in content["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_junit_is_read_by_junitparser(run: Run) -> None:
    suites = list(junitparser.JUnitXml.fromstring(as_junit(run).encode("utf-8", "backslashreplace")))
    cases = {(suite.name, case.name): case for suite in suites for case in suite}
    failed = cases["dusk", "BOX304 floating-box"].result[0]
    assert isinstance(failed, junitparser.Failure)
    assert "bottom face is +0.50 m from the ground" in str(failed.text)
    assert isinstance(cases["unreadable", "a.bin"].result[0], junitparser.Error)
    for suite in suites:
        assert suite.tests == len(list(suite))


def test_json_lines_are_one_document_each(run: Run) -> None:
    rows = [json.loads(line) for line in as_jsonl(run).encode("utf-8", "backslashreplace").split(b"\n")[:-1]]
    assert [row["id"] for row in rows] == [finding.id for finding in run.findings]
    assert rows[0]["timestamp_ns"] == 1_715_680_800_000_000_001


def test_a_table_has_the_same_rows_for_a_spreadsheet(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(run), newline=""), strict=True))
    assert [row["id"] for row in rows] == [finding.id for finding in run.findings]
    assert rows[0]["timestamp_ns"] == "1715680800000000001"


def test_parquet_keeps_types_and_nulls(run: Run) -> None:
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(as_parquet(run)))
    assert table.column("id").to_pylist() == [finding.id for finding in run.findings]
    assert table.schema.field("timestamp_ns").type == pyarrow.int64()
    assert table.schema.field("measured").type == pyarrow.float64()
    by_id = {row["id"]: row for row in table.to_pylist()}
    assert (by_id["c"]["measured"], by_id["a"]["timestamp_ns"]) == (None, 1_715_680_800_000_000_001)
    assert json.loads(by_id["a"]["proposal"])["values"] == {"yaw_rad": [0.5]}
