"""The floors hold: imports point down, each outside library stays in its home, and starting up is cheap.

Read from the source with `ast`, so that a file nobody imports is held to it as well. Every rule is also run against
a tiny project with that rule broken (`BROKEN`), which proves that it can fail.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]

# Each package imports itself and those to its left. Nothing imports `sample_data` or `tests`.
PACKAGES = ("calibration", "fusion", "viewers")
SOURCES = (*PACKAGES, "sample_data")

# Inside fusion each folder imports itself and those on lines above it, so those of one line not each other.
FUSION_FOLDERS = (
    ("errors",),
    ("scene",),
    ("formats",),
    ("measure",),
    ("checks",),
    ("judge",),
    ("run",),
    ("review", "compare", "mining", "planting"),
    ("",),  # fusion/__init__.py: what users import; nobody below does
)
FUSION_LEVELS = {folder: level for level, folders in enumerate(FUSION_FOLDERS) for folder in folders}

# An upward name that is agreed on, and why.
AGREED = {
    ("fusion/scene/scene.py", "fusion.measure.frame"): "scene.frames hands out handles that measure, bound when asked",
}


@dataclass(frozen=True)
class Library:
    homes: tuple[str, ...]
    distribution: str = ""  # where its name is not the module's
    late: bool = False  # imported only inside the function that needs it


LIBRARIES = {
    "numpy": Library(homes=("calibration", "fusion", "viewers", "sample_data")),
    "scipy": Library(homes=("calibration", "fusion", "sample_data")),
    "numba": Library(homes=("calibration/kernels", "fusion/*/kernels")),
    "pyquaternion": Library(homes=("calibration/transform.py", "calibration/sensors.py")),
    "cv2": Library(
        homes=(
            "calibration/cameras",
            "calibration/image_file.py",
            "calibration/image_features.py",
            "viewers/pictures",
        ),
        distribution="opencv-python",
    ),
    "pydantic": Library(homes=("calibration", "fusion", "viewers")),
    "open3d": Library(homes=("viewers/desktop", "sample_data/street"), late=True),
    "msgspec": Library(homes=("fusion/formats", "fusion/run")),
    "pyarrow": Library(homes=("fusion/formats", "fusion/run")),
    "defusedxml": Library(homes=("fusion/formats",)),
    "upath": Library(homes=("fusion/formats",), distribution="universal-pathlib"),
    "tomli": Library(homes=("calibration", "fusion")),
    "tomli_w": Library(homes=("calibration", "fusion"), distribution="tomli-w"),
    "typer": Library(homes=("viewers/cli",)),
    "rich": Library(homes=("viewers/cli",)),
    "jinja2": Library(homes=("viewers/report",)),
    "ray": Library(homes=("fusion/run",), late=True),
    "foxglove": Library(homes=("viewers/exports",), distribution="foxglove-sdk", late=True),
    "rerun": Library(homes=("viewers/exports",), distribution="rerun-sdk", late=True),
    "mcap": Library(homes=("fusion/formats", "viewers/exports"), late=True),
    "rosbags": Library(homes=("fusion/formats",), late=True),
    "pypcd4": Library(homes=("fusion/formats",), late=True),
    "laspy": Library(homes=("fusion/formats",), late=True),
    "yaml": Library(homes=(), distribution="pyyaml"),
    "kognic": Library(homes=("fusion/formats",), distribution="kognic-openlabel", late=True),
}

# Calls that open windows, answer with None for a missing file, or lose precision.
UNWANTED_CV2 = {"imshow", "namedWindow", "waitKey", "destroyAllWindows", "imread", "rotatedRectangleIntersection"}

# What `boresight --help` must not wait for.
HEAVY = ("cv2", "numba", "numpy", "open3d", "pandas", "pyarrow", "ray", "rerun", "scipy")

CHECK_CODE = re.compile(r"['\"][A-Z]{3}\d{3}['\"]")
OUR_MODULE_AS_TEXT = re.compile(r"((?:calibration|fusion|viewers|sample_data)(?:\.\w+)+)(?::\w+)?")


@dataclass(frozen=True)
class Import:
    file: PurePosixPath  # relative to the root
    line: int
    module: str
    at_start: bool  # runs when the file is imported: not in a function, not only for type checkers

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def place(self) -> str:
        return f"{self.file} line {self.line} imports {self.module}"


def python_files(root: Path, folders: tuple[str, ...]) -> Iterator[PurePosixPath]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield PurePosixPath(path.relative_to(root).as_posix())


def parse(root: Path, file: PurePosixPath) -> ast.Module:
    return ast.parse((root / file).read_text(encoding="utf-8"), filename=str(file))


def is_module(root: Path, name: str) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imported_modules(node: ast.AST, root: Path) -> list[str]:
    """What one statement, call or text names; a submodule by its own name, also in `from package import submodule`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = "." * node.level + (node.module or "")
        submodules = [f"{package}.{alias.name}" for alias in node.names]
        return sorted({name if is_module(root, name) else package for name in submodules})
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        return [str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # "package.module:name", bound later
        text = OUR_MODULE_AS_TEXT.fullmatch(node.value)
        return [text[1]] if text and is_module(root, text[1]) else []
    return []


def imports_below(node: ast.AST, root: Path, file: PurePosixPath, at_start: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for module in imported_modules(child, root):
            yield Import(file, getattr(child, "lineno", 0), module, at_start)
        is_late = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or is_for_type_checkers(child)
        yield from imports_below(child, root, file, at_start and not is_late)


def imports_of(root: Path, folders: tuple[str, ...] = SOURCES) -> list[Import]:
    return [
        found for file in python_files(root, folders) for found in imports_below(parse(root, file), root, file, True)
    ]


def fusion_folder(parts: tuple[str, ...]) -> str:
    """`scene` for fusion/scene/boxes3d.py and for fusion.scene; empty for fusion itself."""
    return parts[1].removesuffix(".py").replace("__init__", "") if len(parts) > 1 else ""


def is_at_home(file: PurePosixPath, homes: tuple[str, ...]) -> bool:
    places = [file, *file.parents]
    return any(
        place.match(home) and len(place.parts) == len(PurePosixPath(home).parts) for place in places for home in homes
    )


def is_third_party(found: Import) -> bool:
    ours = {*SOURCES, "tests", ""}  # a relative import has no package
    return found.top not in ours | sys.stdlib_module_names | {"tomllib"}


def upward_imports(root: Path) -> list[str]:
    """Relative imports, and those of a package further up."""
    faults = []
    for found in imports_of(root):
        own = found.file.parts[0]
        if found.module.startswith("."):
            faults.append(f"{found.place}: write it absolutely")
        elif found.top in ("sample_data", "tests") and found.top != own:
            faults.append(f"{found.place}: nothing that is installed imports it")
        elif found.top in PACKAGES and own in PACKAGES and PACKAGES.index(found.top) > PACKAGES.index(own):
            faults.append(f"{found.place}: {own} is below {found.top}")
    return faults


def upward_imports_in_fusion(root: Path) -> list[str]:
    faults = []
    for found in imports_of(root, ("fusion",)):
        own = fusion_folder(found.file.parts)
        if own not in FUSION_LEVELS:
            faults.append(f"{found.file}: {own!r} has no place in the order of fusion's folders")
        elif found.top == "fusion" and (str(found.file), found.module) not in AGREED:
            other = fusion_folder(tuple(found.module.split(".")))
            if other not in FUSION_LEVELS:
                faults.append(f"{found.place}: {other!r} has no place in the order of fusion's folders")
            elif other != own and FUSION_LEVELS[other] >= FUSION_LEVELS[own]:
                faults.append(f"{found.place}: {own or 'fusion'} is not above {other or 'fusion'}")
    return faults


def is_check(root: Path, module: str) -> bool:
    """A file with a function that a decorator stamps with a code, such as `@frame_check("BOX304", ...)`."""
    file = PurePosixPath(*module.split(".")).with_suffix(".py")
    decorators = [
        decorator
        for node in (ast.walk(parse(root, file)) if (root / file).is_file() else ())
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    return any(CHECK_CODE.search(ast.unparse(decorator)) for decorator in decorators)


def imports_of_checks(root: Path) -> list[str]:
    """Checks stand alone in `fusion/checks/<family>/`: only the catalogue imports them.

    What is no check there is shared by its own family alone.
    """
    faults = []
    for found in imports_of(root, ("fusion",)):
        family = PurePosixPath(*found.module.split(".")[:3])
        if family.parts[:2] != ("fusion", "checks") or not (root / family).is_dir():
            continue
        is_shared = family in found.file.parents and not is_check(root, found.module)
        if not is_shared and found.file != PurePosixPath("fusion/checks/catalogue.py"):
            faults.append(f"{found.place}: a check is listed in the catalogue and imported nowhere else")
    return faults


def strayed_libraries(root: Path) -> list[str]:
    """Libraries that have no home, or are imported outside it or too early."""
    faults = []
    for found in imports_of(root):
        library = LIBRARIES.get(found.top)
        if not is_third_party(found):
            continue
        if library is None:
            faults.append(f"{found.place}: it has no home in LIBRARIES")
        elif not is_at_home(found.file, library.homes):
            faults.append(f"{found.place}: its home is {', '.join(library.homes)}")
        elif library.late and found.at_start:
            faults.append(f"{found.place}: import it inside the function that needs it")
    return faults


def declared_distributions(root: Path, extras: set[str] | None = None) -> set[str]:
    """What pyproject.toml brings: the dependencies, and the extras named (all of them where none is)."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra, more in project.get("optional-dependencies", {}).items():
        if extras is None or extra in extras:
            lines += more
    return {canonicalize_name(Requirement(line).name) for line in lines}


def distribution_of(module: str) -> str:
    return (
        LIBRARIES[module].distribution or canonicalize_name(module)
        if module in LIBRARIES
        else canonicalize_name(module)
    )


def undeclared_libraries(root: Path) -> list[str]:
    """Libraries imported, but not brought by pyproject.toml: users get no extra of ours by accident."""
    all_declared = declared_distributions(root)
    for_tests = declared_distributions(root, {"test"})
    return [
        f"{found.place}: {distribution_of(found.top)} is not declared in pyproject.toml"
        for found in imports_of(root, (*SOURCES, "tests"))
        if is_third_party(found)
        and distribution_of(found.top) not in (for_tests if found.file.parts[0] == "tests" else all_declared)
    ]


def tomllib_without_fallback(root: Path) -> list[str]:
    """`tomllib` came with Python 3.11; whoever imports it also names tomli."""
    found_imports = imports_of(root)
    with_tomli = {found.file for found in found_imports if found.top == "tomli"}
    return [
        f"{found.place}: Python 3.10 needs tomli in its place"
        for found in found_imports
        if found.top == "tomllib" and found.file not in with_tomli
    ]


def unwanted_cv2_calls(root: Path) -> list[str]:
    return [
        f"{file} line {node.lineno}: cv2.{node.attr}"
        for file in python_files(root, SOURCES)
        for node in ast.walk(parse(root, file))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "cv2"
        and node.attr in UNWANTED_CV2
    ]


RULES: dict[str, Callable[[Path], list[str]]] = {
    "imports point down between the packages": upward_imports,
    "imports point left between the folders of fusion": upward_imports_in_fusion,
    "a check imports no check": imports_of_checks,
    "a library stays in its home": strayed_libraries,
    "a library is declared": undeclared_libraries,
    "tomllib has a fallback": tomllib_without_fallback,
    "cv2 is used with care": unwanted_cv2_calls,
}

# One broken file each, and a piece of what the rule says about it.
BROKEN = {
    "calibration imports fusion": (upward_imports, "calibration/clock.py", "import fusion", "calibration is below"),
    "fusion imports viewers": (
        upward_imports,
        "fusion/run/phases.py",
        "def draw():\n    from viewers.pictures import overlay",
        "fusion is below viewers",
    ),
    "for type checkers only": (
        upward_imports,
        "calibration/rig.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from fusion.scene import scene",
        "calibration is below fusion",
    ),
    "named in a text": (
        upward_imports,
        "calibration/rig.py",
        'BOUND_LATER = "fusion.scene:Scene"',
        "calibration is below fusion",
    ),
    "relative import": (upward_imports, "fusion/scene/scene.py", "from . import boxes3d", "absolutely"),
    "viewers import sample_data": (upward_imports, "viewers/cli/demo.py", "import sample_data.street", "nothing"),
    "scene imports run": (upward_imports_in_fusion, "fusion/scene/scene.py", "import fusion.run.diff", "not above run"),
    "from fusion import a folder": (
        upward_imports_in_fusion,
        "fusion/scene/scene.py",
        "from fusion import run",
        "scene is not above run",
    ),
    "mining imports planting": (
        upward_imports_in_fusion,
        "fusion/mining/search.py",
        "from fusion.planting import faults",
        "mining is not above planting",
    ),
    "a folder imports the public face": (
        upward_imports_in_fusion,
        "fusion/run/phases.py",
        "from fusion import open_dataset",
        "run is not above fusion",
    ),
    "a folder without a place": (upward_imports_in_fusion, "fusion/extra/more.py", "import os", "no place"),
    "a check imports a check": (
        imports_of_checks,
        "fusion/checks/box/floating_box.py",
        "from fusion.checks.track.speed import speed",
        "imported nowhere else",
    ),
    "a check imports its neighbour": (
        imports_of_checks,
        "fusion/checks/track/jump.py",
        "from fusion.checks.track import speed",
        "imported nowhere else",
    ),
    "a check imports what another family shares": (
        imports_of_checks,
        "fusion/checks/box/floating_box.py",
        "from fusion.checks.track.motion import speeds",
        "imported nowhere else",
    ),
    "the judge imports a check": (
        imports_of_checks,
        "fusion/judge/causes.py",
        "from fusion.checks.track.speed import speed",
        "imported nowhere else",
    ),
    "a library without a home": (strayed_libraries, "fusion/run/diff.py", "import pandas as pd", "no home"),
    "a library away from home": (strayed_libraries, "fusion/scene/boxes3d.py", "import cv2", "its home is"),
    "a library two folders down": (strayed_libraries, "fusion/run/kernels/extra/fit.py", "import typer", "its home"),
    "a library from a function": (
        strayed_libraries,
        "viewers/pictures/overlay.py",
        "import importlib\ndef draw():\n    importlib.import_module('open3d')",
        "its home is viewers/desktop",
    ),
    "open3d when the viewer is imported": (
        strayed_libraries,
        "viewers/desktop/window.py",
        "try:\n    import open3d\nexcept ImportError:\n    open3d = None",
        "inside the function",
    ),
    "an undeclared library": (undeclared_libraries, "fusion/formats/laz.py", "import laspy", "laspy is not declared"),
    "an undeclared library in tests": (undeclared_libraries, "tests/test_it.py", "import ruff", "ruff is not declared"),
    "tomllib alone": (tomllib_without_fallback, "fusion/run/settings.py", "import tomllib", "Python 3.10"),
    "a window of cv2": (unwanted_cv2_calls, "viewers/pictures/show.py", "import cv2\ncv2.imshow('a', b)", "cv2.imshow"),
}

GOOD = {
    "pyproject.toml": """
        [project]
        dependencies = ["opencv-python>=4", "numpy>=2", "open3d>=0.19", "tomli>=2"]
        [project.optional-dependencies]
        test = ["pytest>=8"]
        dev = ["ruff>=0"]
        """,
    "calibration/clock.py": "import numpy as np",
    "calibration/image_file.py": "import cv2\nsize = cv2.imdecode",
    "fusion/__init__.py": "from fusion.run.phases import check_scene",
    "fusion/errors.py": "from calibration import clock",
    "fusion/scene/scene.py": "from fusion import errors\nimport calibration.clock",
    "fusion/checks/check.py": "from fusion.scene.scene import Scene",
    "fusion/checks/catalogue.py": "from fusion.checks.track import speed",
    "fusion/checks/track/motion.py": "from fusion.checks.check import frame_check",
    "fusion/checks/track/speed.py": """
        from fusion.checks.track.motion import speeds
        @track_check("TRK501", Severity.WARNING)
        def speed(): ...
        """,
    "fusion/run/phases.py": "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib",
    "fusion/run/diff.py": "from fusion.errors import BoresightError",
    "fusion/planting/faults.py": '"""Said once: fusion.run."""\nfrom fusion.run import diff',
    "viewers/desktop/window.py": "def show():\n    import open3d",
    "viewers/pictures/overlay.py": "from fusion import open_dataset",
    "sample_data/street/generator.py": "from fusion.planting import faults\nimport sample_data.street",
    "tests/test_it.py": "import pytest, numpy",
}


def write_project(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_project_keeps_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_project_that_keeps_every_rule_is_left_alone(rule: Callable[[Path], list[str]], tmp_path: Path) -> None:
    assert rule(write_project(tmp_path, GOOD)) == []


@pytest.mark.parametrize(("rule", "file", "source", "complaint"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_noticed(
    rule: Callable[[Path], list[str]], file: str, source: str, complaint: str, tmp_path: Path
) -> None:
    found = rule(write_project(tmp_path, GOOD | {file: source}))
    assert len(found) == 1
    assert found[0].startswith(file)
    assert complaint in found[0]


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {rule for rule, *_ in BROKEN.values()} == set(RULES.values())


def test_every_dependency_is_imported() -> None:
    imported = {distribution_of(found.top) for found in imports_of(ROOT) if is_third_party(found)}
    assert declared_distributions(ROOT, set()) - imported == set()


def test_every_agreed_exception_is_still_needed() -> None:
    used = {(str(found.file), found.module) for found in imports_of(ROOT)}
    assert set(AGREED) <= used


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = f"import sys, viewers.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    run = run_python(code)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


def test_help_is_printed_where_no_heavy_library_can_be_imported() -> None:
    run = run_python(f"""
import sys
sys.modules.update(dict.fromkeys({HEAVY}))
sys.argv = ["boresight", "--help"]
from viewers.cli.main import main
sys.exit(main())
""")
    assert run.returncode == 0, run.stderr
    assert "check" in run.stdout
