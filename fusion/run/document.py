"""The document a run hands out: `boresight.findings/1`, as JSON and as an Arrow table, both from the same models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion.checks.finding import SCHEMA, Finding
from fusion.formats.json_files import in_utf8, read_model

if TYPE_CHECKING:
    import pyarrow


class Tool(BaseModel):
    """What made the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "boresight"
    version: str


class DatasetSummary(BaseModel):
    """A data set that was judged, and how much of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: str
    format: str
    scenes: int
    frames: int
    labels: int


class CheckSummary(BaseModel):
    """How much one check looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    severity: str
    assessed: int
    violations: int
    not_assessed: dict[str, int]


class Incomplete(BaseModel):
    """Something that went unread."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    reason: str


class Dismissed(BaseModel):
    """A finding that was left out because a reviewer dismissed it; under: the dismissed cause it went with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    code: str
    severity: str
    scene: str
    frame: str | None
    message: str
    verdict: str
    reviewer: str
    comment: str
    decided_ns: int
    under: str | None


class FindingsDocument(BaseModel):
    """Everything a run found, most urgent first.

    dismissed: what reviews left out; reappeared: ids of findings that reviewers said were fixed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_name: Literal["boresight.findings/1"] = Field(SCHEMA, alias="schema")
    tool: Tool
    datasets: tuple[DatasetSummary, ...]
    checks: tuple[CheckSummary, ...]
    findings: tuple[Finding, ...]
    incomplete: tuple[Incomplete, ...]
    dismissed: tuple[Dismissed, ...] = ()
    reappeared: tuple[str, ...] = ()

    @property
    def assessed_share(self) -> float | None:
        """How much of what the checks were handed they could judge, 0 to 1; None where they were handed nothing."""
        assessed = sum(check.assessed for check in self.checks)
        handed = assessed + sum(sum(check.not_assessed.values()) for check in self.checks)
        return assessed / handed if handed else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able content; `dataset` is the first of `datasets`."""
        content = self.model_dump(mode="json", by_alias=True)
        return {**content, "dataset": content["datasets"][0] if content["datasets"] else None}

    def to_json(self) -> str:
        """The document as text, one line a finding's field, stable from run to run."""
        return json.dumps(self.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)


def read_findings(path: str | Path) -> FindingsDocument:
    """The document of a file.

    Raises:
        FileProblemError: the file is missing, or holds something else.
    """
    return read_model(path, FindingsDocument, SCHEMA, without="dataset")


def findings_json_schema() -> dict[str, Any]:
    """JSON Schema of the document: every field is always written, also where it is null."""
    schema = FindingsDocument.model_json_schema(by_alias=True, mode="serialization")
    schema["properties"]["dataset"] = {"anyOf": [{"$ref": "#/$defs/DatasetSummary"}, {"type": "null"}]}
    for record in (schema, *schema["$defs"].values()):
        record["required"] = list(record["properties"])
    return schema


def findings_arrow_schema() -> pyarrow.Schema:
    """Arrow schema of the findings table; what is nested travels as JSON text."""
    import pyarrow

    types = {"float": pyarrow.float64(), "int": pyarrow.int64()}
    fields = []
    for name, info in Finding.model_fields.items():
        plain = str(info.annotation).replace(" | None", "").replace("<class '", "").replace("'>", "")
        fields.append(pyarrow.field(name, types.get(plain, pyarrow.string())))
    return pyarrow.schema(fields, metadata={"schema": SCHEMA})


def findings_to_arrow(findings: tuple[Finding, ...] | list[Finding]) -> pyarrow.Table:
    """The findings as a table, one row each."""
    import pyarrow

    schema = findings_arrow_schema()
    rows = [{name: _flat(value) for name, value in finding.model_dump(mode="json").items()} for finding in findings]
    return pyarrow.Table.from_pylist(rows, schema=schema)


def findings_to_parquet(findings: tuple[Finding, ...] | list[Finding]) -> bytes:
    """The findings as the bytes of a Parquet file."""
    import pyarrow
    import pyarrow.parquet

    content = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(findings_to_arrow(findings), content)
    written: bytes = content.getvalue().to_pybytes()
    return written


def _flat(value: Any) -> Any:
    """As a table can hold it: what is nested as JSON, and names in no encoding (file names can be) written out."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, (dict, list)) else value
    return in_utf8(text) if isinstance(text, str) else text
