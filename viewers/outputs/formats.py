"""Every form a run can be written in for programs, in one table; `human` is for people and wraps itself."""

from __future__ import annotations

from collections.abc import Callable

from fusion.run.run import Run
from viewers.outputs.documents import as_csv, as_json, as_jsonl, as_parquet
from viewers.outputs.github import as_github
from viewers.outputs.junit import as_junit
from viewers.outputs.markdown import as_markdown
from viewers.outputs.sarif import as_sarif

WRITERS: dict[str, Callable[[Run], str]] = {
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_github,
    "markdown": as_markdown,
}
# No text: these go to files only.
BINARY_WRITERS: dict[str, Callable[[Run], bytes]] = {"parquet": as_parquet}
