"""What users import from `fusion`, tried as its first lines say."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import fusion


@contextmanager
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as here:
        here.chdir(folder)
        yield


def test_the_first_lines_of_the_library_run_as_they_stand(
    crossing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {"path/to/data": "v1.0-planted", "delivery_a": "v1.0-clean", "delivery_b": "v1.0-planted"}
    few = fusion.check_dataset(fusion.open_dataset(crossing / "v1.0-clean"), fusion.Settings(select=("ONT601",)))
    few.save(tmp_path / "yesterday")
    (text,) = (case for case in doctest.DocTestFinder().find(fusion, "fusion") if case.name == "fusion")
    values: dict[str, object] = {}
    with inside(tmp_path, monkeypatch):
        for example in text.examples:
            source = example.source
            for name, held in tables.items():
                source = source.replace(f'"{name}"', repr(str(crossing / held)))
            exec(source, values)
    assert values["run"].findings  # type: ignore[attr-defined]
    assert values["changes"].new  # type: ignore[attr-defined]
    assert values["verdicts"] == {}
    assert len(values["agreement"].document.sets) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", fusion.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    told = inspect.getdoc(getattr(fusion, name)) or ""
    assert told.partition("\n")[0].endswith((".", ";", ":", ","))


def test_names_are_listed_and_others_refused() -> None:
    assert dir(fusion) == sorted(fusion.__all__)
    with pytest.raises(AttributeError, match="no attribute 'pandas'"):
        _ = fusion.pandas


def test_importing_the_library_imports_nothing_else() -> None:
    loaded = "import sys, fusion; print(sorted({name.partition('.')[0] for name in sys.modules} & HEAVY))"
    code = f"HEAVY = {{'numpy', 'scipy', 'pydantic', 'cv2', 'pyarrow', 'sqlite3'}}; {loaded}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"
