"""The three files of a finished run, each whole or not at all, `run.json` last."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fusion.run.document import findings_to_parquet
from fusion.run.run_record import RUN_FILE, RunRecord
from fusion.run.whole_files import write_whole

if TYPE_CHECKING:
    from fusion.run.document import FindingsDocument

FINDINGS_FILE, TABLE_FILE = "findings.json", "findings.parquet"


def write_run(folder: Path, document: FindingsDocument, record: RunRecord) -> None:
    """Put the findings in place, and then a record that says so.

    Raises:
        OSError: they can't be written.
    """
    findings = findings_bytes(document)
    write_whole(folder / FINDINGS_FILE, findings)
    write_whole(folder / TABLE_FILE, findings_to_parquet(document.findings))
    finished = {
        "state": "finished",
        "datasets": document.datasets,
        "coverage": document.checks,
        "findings_sha256": sha256(findings),
    }
    write_whole(folder / RUN_FILE, record.model_copy(update=finished).to_json())


def findings_bytes(document: FindingsDocument) -> bytes:
    """The content of findings.json; names in no encoding are written out as JSON escapes them."""
    return document.to_json().encode("utf-8", "backslashreplace")


def sha256(content: bytes) -> str:
    """What `run.json` says of findings.json, so that no other file is taken for it."""
    return hashlib.sha256(content).hexdigest()
