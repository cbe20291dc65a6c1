from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewers.cli.main import VERBS

Run = Callable[..., Any]
PROGRAM = [sys.executable, "-m", "viewers.cli.main"]


def in_a_process(*words: object, code: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else PROGRAM
    return subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, **options
    )


def test_help_names_every_verb(run: Run) -> None:
    answer = run("--help")
    assert (answer.code, answer.err) == (0, "")
    assert all(f"  {verb} " in answer.out for verb in VERBS)


def test_the_version_is_one_line(run: Run) -> None:
    answer = run("--version")
    assert answer.code == 0
    assert answer.out.startswith("boresight ")
    assert answer.out.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(run: Run, verb: str) -> None:
    answer = run(verb, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"boresight {verb}" in answer.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param([], "which verb?", id="nothing"),
        pytest.param(["chekc"], "did you mean `boresight check`?", id="a verb misspelled"),
        pytest.param(["\x1b[2J"], "no verb '\\x1b[2J'; there are info, check,", id="no verb at all"),
        pytest.param(["--nonsense"], "no verb '--nonsense'", id="an option without a verb"),
        pytest.param(["check"], "Missing argument", id="no root"),
        pytest.param(["check", "a", "--nonsense"], "No such option", id="no such option"),
        pytest.param(["check", "a", "--fail-on", "nonsense"], "nonsense", id="no such choice"),
        pytest.param(["check", "a", "--workers", "0"], "'--workers'", id="nobody to work"),
        pytest.param(["check", "a", "--min-assessed", "101"], "'--min-assessed'", id="more than all"),
    ],
)
def test_what_can_not_be_parsed_is_a_usage_error(run: Run, words: list[str], complaint: str) -> None:
    answer = run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert complaint in answer.err
    assert "\x1b[2J" not in answer.err


def test_a_bug_keeps_its_traceback_and_is_no_finding(run: Run, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.run.check.check_dataset", lambda *_: 1 / 0)
    answer = run("check", good)
    assert answer.code == 4
    assert "ZeroDivisionError" in answer.err
    assert "Traceback" in answer.err
    assert answer.out == ""


def test_an_interrupt_is_one_line(run: Run, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fusion.run.check.check_dataset", interrupted)
    answer = run("check", good)
    assert (answer.code, answer.err) == (130, "boresight: interrupted\n")


def test_the_end_of_a_file_is_no_interrupt(run: Run, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object) -> None:
        raise EOFError("ran out of input")

    monkeypatch.setattr("fusion.run.check.check_dataset", torn)
    assert run("check", good).code == 4


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(ImportError("libGL.so.1: cannot open shared object file"), 5, id="a library of the system"),
        pytest.param(ModuleNotFoundError("No module named 'scipy'", name="scipy"), 5, id="a package"),
        pytest.param(ModuleNotFoundError("No module named 'fusion.x'", name="fusion.x"), 4, id="one of ours"),
    ],
)
def test_what_can_not_be_imported_is_the_environment_unless_it_is_ours(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch, error: ImportError, code: int
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("fusion.run.check.check_dataset", broken)
    answer = run("check", good)
    assert answer.code == code
    assert str(error) in answer.err
    assert ("doctor" in answer.err) == (code == 5)


def test_a_package_that_is_missing_altogether_is_the_environment(good: Path) -> None:
    code = "import sys; sys.modules['numpy'] = None; from viewers.cli.main import main; sys.exit(main(sys.argv[1:]))"
    answer = in_a_process("check", good, code=code)
    assert answer.returncode == 5
    assert "numpy" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_reader_who_has_left_is_no_error(bad: Path) -> None:
    command = (
        f"'{sys.executable}' -m viewers.cli.main check '{bad}' --json | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}"
    )
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == ("1\n", "")


def test_help_into_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    answer = subprocess.run([*PROGRAM, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_nobody_listening_at_all_is_no_error() -> None:
    answer = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m viewers.cli.main --version >&-"], capture_output=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, b"")


def test_control_c_ends_with_130(good: Path) -> None:
    code = """
import sys, time, fusion.run.check as check
def wait(*_):
    print("ready", file=sys.stderr, flush=True)
    time.sleep(60)
check.check_dataset = wait
from viewers.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    started = subprocess.Popen([sys.executable, "-c", code, "check", str(good)], stderr=subprocess.PIPE, text=True)
    assert started.stderr is not None
    assert started.stderr.readline() == "ready\n"
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=20) == 130
    assert "Traceback" not in started.stderr.read()


def test_help_and_version_import_neither_typer_nor_our_own_floors() -> None:
    code = """
import sys
from viewers.cli.main import main
main(["--help"])
main(["--version"])
heavy = ("numpy", "typer", "rich", "pydantic", "calibration", "fusion", "importlib.metadata")
print([name for name in heavy if name in sys.modules])
"""
    assert in_a_process(code=code).stdout.splitlines()[-1] == "[]"
