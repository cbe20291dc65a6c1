from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import calibration


@pytest.mark.parametrize("name", sorted(calibration._HOMES))
def test_every_public_name_is_where_it_is_said_to_be(name: str) -> None:
    assert getattr(calibration, name).__name__ == name
    assert name in dir(calibration)


def test_an_unknown_name_is_unknown() -> None:
    with pytest.raises(AttributeError, match="module 'calibration' has no attribute 'Trajektory'"):
        calibration.Trajektory  # noqa: B018


def test_importing_calibration_imports_nothing_heavy(repository: Path) -> None:
    listing = "import calibration, sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", listing], cwd=repository, capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "cv2", "pydantic", "numba", "pyquaternion", "open3d"} & set(done.stdout.split())


def test_the_example_in_the_readme_runs(repository: Path) -> None:
    readme = (repository / "calibration" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    # 20 m ahead of a lidar at (0.9, 0, 1.8), seen 1 m of driving later by a camera at (1.6, 0, 1.5)
    assert names["points_in_camera"] == pytest.approx(np.array([[0, -0.3, 18.3]]))
