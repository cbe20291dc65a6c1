from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.sensors import SensorKind
from fusion.checks.dataset.identical_sweeps import IdenticalSweepsLimits, identical_sweeps
from fusion.checks.finding import Finding, findings_of
from fusion.errors import NotMeasurableError
from fusion.scene.scene import Scene
from fusion.scene.scene_builder import scene_from_arrays
from fusion.scene.stream import Stream

SIZE = 4096


def recorded(root: Path, contents: list[bytes | None], kind: SensorKind = SensorKind.LIDAR) -> Scene:
    """A sensor with a file for each content, made long enough; None stays unwritten."""
    for number, content in enumerate(contents):
        if content is not None:
            (root / f"{number}.bin").write_bytes(content * (SIZE if len(content) < SIZE else 1))
    stamps = np.arange(len(contents)) * 100_000_000
    stream = Stream("one", kind, stamps, lambda index: None, tuple(f"{number}.bin" for number in range(len(contents))))
    return replace(scene_from_arrays(timestamps_ns=stamps, time_base="utc"), root=root, streams={"one": stream})


def findings(scene: Scene, limits: IdenticalSweepsLimits | None = None) -> list[Finding]:
    (assessment,) = identical_sweeps.assess(scene, limits)
    return findings_of(identical_sweeps, assessment, ("arrays", "scene"), lambda severity, excess: 0.5)


def test_reports_sweeps_that_are_the_one_before(tmp_path: Path) -> None:
    (finding,) = findings(recorded(tmp_path, [b"abc", b"abd", b"abd", b"abd", b"abc"]))
    assert finding.message == "2 of 5 sweeps are byte for byte the one before, first 2.bin"
    assert (finding.severity, finding.sensor, finding.measured, finding.limit) == ("warning", "one", 2, 0)


def test_is_quiet_where_each_is_another_and_at_its_limit(tmp_path: Path) -> None:
    assert findings(recorded(tmp_path, [b"abc", b"abd", b"abc", b"abcd"])) == []
    assert findings(recorded(tmp_path, [b"abc", b"abc"]), IdenticalSweepsLimits(max_repeated=1)) == []


def test_files_that_differ_only_far_from_their_middle_are_not_the_same(tmp_path: Path) -> None:
    long = bytes(20_000)
    assert findings(recorded(tmp_path, [b"a" + long, b"b" + long])) == []
    assert len(findings(recorded(tmp_path, [b"a" + long, b"a" + long]))) == 1


def test_missing_and_empty_files_are_left_to_other_checks(tmp_path: Path) -> None:
    assert findings(recorded(tmp_path, [b"", b"", None, None, b"a"])) == []
    assert len(findings(recorded(tmp_path, [b"a", None, b"a"]))) == 1


def test_what_is_in_memory_or_not_there_can_not_be_judged(tmp_path: Path) -> None:
    with pytest.raises(NotMeasurableError, match="in memory"):
        identical_sweeps(replace(recorded(tmp_path, [b"a"]), root=None))
    with pytest.raises(NotMeasurableError, match="no sweep"):
        identical_sweeps(recorded(tmp_path, [b"a"], SensorKind.RADAR))
    with pytest.raises(NotMeasurableError, match="no real times"):
        identical_sweeps(replace(recorded(tmp_path, [b"a"]), time_base="synthetic"))
    assert not identical_sweeps(recorded(tmp_path, [b"a"])).assessed.any()
