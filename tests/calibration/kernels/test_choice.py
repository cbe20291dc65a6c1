"""One choice per process, recorded, and refused in words where it can't be met."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calibration.kernels import choice
from calibration.kernels.choice import KernelError, choose, chosen, kernel, register
from calibration.kernels.deskew import deskew_points
from calibration.kernels.project_points import project_points


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(choice, "_homes", dict(choice._homes))
    yield
    monkeypatch.undo()
    choose("auto")


@pytest.fixture
def twin_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with the kernel "double" in both versions, in an installation that has the compiler."""
    package = tmp_path / "twins"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "double.py").write_text("def double(x):\n    return 'numpy', 2 * x\n")
    (package / "double_compiled.py").write_text("def double(x):\n    return 'compiled', 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(choice, "COMPILER", "json")
    yield "twins.double:double"
    for name in [name for name in sys.modules if name.split(".")[0] == "twins"]:
        del sys.modules[name]


def test_numpy_kernels_are_the_references() -> None:
    assert choose("numpy").numpy == ("project_points", "deskew_points")
    assert kernel("project_points") is project_points
    assert kernel("deskew_points") is deskew_points


def test_the_choice_is_recorded() -> None:
    choose("numpy")
    assert chosen().asked == "numpy"
    assert chosen().compiled == ()


def test_compiled_takes_the_twin_and_auto_takes_it_where_there_is_one(twin_package: str) -> None:
    register("double", twin_package)
    record = choose("auto")
    assert "double" in record.compiled
    assert kernel("double")(4) == ("compiled", 8)
    choose("numpy")
    assert kernel("double")(4) == ("numpy", 8)


def test_without_the_compiler_a_twin_is_not_used(twin_package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "COMPILER", "no_such_compiler")
    register("double", twin_package)
    assert "double" in choose("auto").numpy
    assert kernel("double")(4) == ("numpy", 8)


def test_compiled_is_refused_where_a_twin_is_missing() -> None:
    register("lonely", "json:loads")
    with pytest.raises(KernelError, match=r"no compiled kernel for .*lonely in this installation; choose 'auto' or"):
        choose("compiled")
    assert chosen().asked == "auto"


def test_a_kernel_registered_after_the_choice_is_held_to_it(twin_package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_homes", {"double": twin_package})
    assert choose("compiled").compiled == ("double",)
    register("lonely", "json:loads")
    with pytest.raises(KernelError, match="no compiled kernel for lonely"):
        kernel("lonely")


def test_an_unknown_mode_and_an_unknown_kernel_are_named() -> None:
    with pytest.raises(KernelError, match="kernels can be 'numpy', 'compiled', 'auto', not 'fast'"):
        choose("fast")  # type: ignore[arg-type]
    with pytest.raises(KernelError, match="no kernel 'warp'; there are project_points, deskew_points"):
        kernel("warp")


def test_a_name_means_one_kernel() -> None:
    register("project_points", "calibration.kernels.project_points:project_points")
    with pytest.raises(KernelError, match="kernel 'project_points' is already"):
        register("project_points", "json:loads")
