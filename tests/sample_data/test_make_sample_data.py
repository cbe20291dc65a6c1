from __future__ import annotations

from pathlib import Path

import pytest

from sample_data.make_sample_data import main, options_from


def test_flags_become_options() -> None:
    flags = "--seconds 4 --beams 32 --cameras 6 --camera-rate 20 --profile straight --scenes 2 --seed 5"
    out, options = options_from(["--out", "here", *flags.split()])
    assert out == Path("here")
    assert (options.seconds, options.beams, options.cameras, options.camera_rate_hz) == (4.0, 32, 6, 20)
    assert (options.profile, options.scenes, options.seed) == ("straight", 2, 5)


def test_a_wrong_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        options_from(["--out", "here", "--camera-rate", "7"])
    assert exit_info.value.code == 2
    assert "camera_rate_hz must divide" in capsys.readouterr().err


@pytest.mark.needs("open3d")
@pytest.mark.parametrize(("profile", "scenes"), [("straight", 2), ("stop-and-go", 1)])
def test_every_profile_can_be_driven(profile: str, scenes: int, tmp_path: Path) -> None:
    flags = f"--seconds 0.1 --beams 4 --columns 90 --cameras 0 --scenes {scenes} --profile {profile}"
    assert main(["--out", str(tmp_path), *flags.split()]) == 0
    assert len(list((tmp_path / "samples" / "LIDAR_TOP").iterdir())) == scenes
