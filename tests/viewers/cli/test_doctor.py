from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewers.doctor.records import Examined, Health

Run = Callable[..., Any]
WITH_CLASH = """
import sys
sys.path.insert(0, {folder!r})
from viewers.cli.main import main
sys.exit(main([{verb!r}]))
"""


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`healthy(Examined(...))`: a machine on which this was found."""

    def found(*examined: Examined) -> None:
        monkeypatch.setattr("viewers.cli.doctor.examine_machine", lambda: list(examined))

    return found


def test_this_machine_can_check(run: Run) -> None:
    answer = run("doctor", "--json")
    content = json.loads(answer.out)
    assert content["schema"] == "boresight.doctor/1"
    assert (answer.code, content["can_check"]) == (0, True)
    names = [one["name"] for one in content["examined"]]
    assert {"python", "numpy", "opencv", "names", "open3d", "vulkan", "display", "sample data"} <= set(names)


@pytest.mark.parametrize(
    ("health", "code", "summary"),
    [
        pytest.param(Health.OK, 0, "everything works here", id="ok"),
        pytest.param(Health.LIMITED, 0, "checking works here", id="limited"),
        pytest.param(Health.BROKEN, 5, "can't work here", id="broken"),
    ],
)
def test_only_what_check_needs_makes_code_5(
    run: Run, healthy: Callable[..., None], health: Health, code: int, summary: str
) -> None:
    healthy(Examined("numpy", Health.OK, "2.4"), Examined("vulkan", health, "0 devices", "apt-get install it"))
    answer = run("doctor")
    assert answer.code == code
    assert answer.out.splitlines()[-1].startswith((summary, f"`boresight check` {summary}"))
    assert "vulkan: apt-get install it" in answer.out


def test_where_open3d_can_not_be_imported_checking_still_works() -> None:
    code = """
import sys
sys.modules["open3d"] = None
from viewers.cli.main import main
sys.exit(main(["doctor", "--json"]))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    content = json.loads(answer.stdout)
    (open3d,) = [one for one in content["examined"] if one["name"] == "open3d"]
    assert (answer.returncode, open3d["health"], open3d["found"]) == (0, "limited", "import is blocked")


@pytest.mark.parametrize("module", ["scipy", "cv2"])
def test_where_what_check_needs_can_not_be_imported_code_5_says_so(module: str) -> None:
    code = f"""
import sys
sys.modules[{module!r}] = None
import viewers.doctor.graphics as graphics
graphics.in_child = lambda code: ("", "not tried")
from viewers.cli.main import main
sys.exit(main(["doctor"]))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 5
    assert "can't be imported" in answer.stdout
    assert "pip install" in answer.stdout


@pytest.fixture
def clash(tmp_path: Path) -> Path:
    """A folder with somebody else's `fusion`, as pip would leave it."""
    (tmp_path / "fusion").mkdir()
    (tmp_path / "fusion" / "__init__.py").write_text("")
    about = tmp_path / "pyfusion-5.0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: pyfusion\nVersion: 5.0.1\n")
    (about / "RECORD").write_text("fusion/__init__.py,,\n")
    (about / "top_level.txt").write_text("fusion\n")
    return tmp_path


@pytest.mark.parametrize("verb", ["check", "info", "explain", "snapshot"])
def test_somebody_elses_package_under_our_name_is_named_with_code_5(clash: Path, verb: str) -> None:
    code = WITH_CLASH.format(folder=str(clash), verb=verb)
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 5
    assert f"'fusion' is imported from {clash / 'fusion'} by pyfusion" in answer.stderr
    assert "environment of its own" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_doctor_names_a_clash_too(clash: Path) -> None:
    code = WITH_CLASH.format(folder=str(clash), verb="doctor")
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 5
    assert "pyfusion" in answer.stdout + answer.stderr
