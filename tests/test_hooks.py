"""What other repositories take from this one: the hooks of pre-commit."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from viewers.cli.main import VERBS, main

ROOT = Path(__file__).resolve().parents[1]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_calls_a_verb_that_exists_on_a_data_set(
    hook: dict[str, Any], crossing: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program, verb, *options = shlex.split(hook["entry"])
    assert program == "boresight"
    assert verb in VERBS
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    assert main([verb, *options, str(crossing / "v1.0-clean"), "--select", "ONT601"]) == 0
    assert "no findings" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [("v1.0/sample_annotation.json", True), ("label_2/000003.txt", True), ("sweeps/a.bin", False), ("a.jpg", False)],
)
def test_hooks_run_for_label_files_and_not_for_sensor_files(name: str, is_taken: bool) -> None:
    for hook in HOOKS:
        assert (re.search(hook["files"], name) is not None) is is_taken
