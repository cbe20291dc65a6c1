from __future__ import annotations

import os
import sys

import pytest

from viewers.doctor import graphics, vulkan
from viewers.doctor.graphics import examine_display, examine_open3d, examine_vulkan, in_child
from viewers.doctor.records import Health


def test_a_child_answers_with_its_last_line() -> None:
    assert in_child("print('chatter'); print(7)") == ("7", "")


def test_a_child_that_aborts_takes_nobody_with_it() -> None:
    answer, fault = in_child("import os; print('before', flush=True); os.abort()")
    assert answer == "before"
    assert "exit code" in fault


def test_a_child_that_raises_says_why() -> None:
    assert in_child("raise ImportError('libGL.so.1')")[1] == "ImportError: libGL.so.1 (exit code 1)"


def test_a_child_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "WAIT_S", 0.5)
    assert "timed out" in in_child("import time; time.sleep(60)")[1]


@pytest.mark.parametrize(
    ("answer", "health", "found"),
    [
        pytest.param(("1", ""), Health.OK, "1 device", id="one"),
        pytest.param(("0", ""), Health.LIMITED, "0 devices", id="none"),
        pytest.param(("", "broken driver (exit code -6)"), Health.LIMITED, "broken driver", id="abort"),
    ],
)
def test_vulkan_devices_are_counted(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[str, str], health: Health, found: str
) -> None:
    monkeypatch.setattr(graphics, "in_child", lambda code: answer)
    examined = examine_vulkan()
    assert examined.health is health
    assert found in examined.found
    assert ("mesa-vulkan-drivers" in examined.advice) == (health is Health.LIMITED)


def test_without_a_vulkan_library_there_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(vulkan.ctypes, "CDLL", missing)
    assert vulkan.device_count() == 0


def test_devices_are_counted_for_real() -> None:
    assert examine_vulkan().found.split()[0].isdecimal()


def test_hidden_drivers_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", os.devnull + "/nowhere")
    monkeypatch.setenv("VK_DRIVER_FILES", os.devnull + "/nowhere")
    assert examine_vulkan().found.startswith("0 devices")


@pytest.mark.parametrize(
    ("variables", "health", "found"),
    [
        pytest.param({"DISPLAY": ":0"}, Health.OK, "DISPLAY=:0", id="X"),
        pytest.param(
            {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, Health.OK, "WAYLAND_DISPLAY=wayland-0", id="Wayland"
        ),
        pytest.param({"DISPLAY": ""}, Health.LIMITED, "none", id="empty"),
        pytest.param({}, Health.LIMITED, "none", id="none"),
    ],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_a_display_is_named_or_missed(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], health: Health, found: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(graphics, "in_child", lambda code: ("1", ""))
    assert (examine_display().health, examine_display().found) == (health, found)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_a_display_that_nobody_serves_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    assert examine_display().health is Health.LIMITED
    assert examine_display().found == "DISPLAY=:4711 does not answer"


def test_open3d_that_can_not_be_imported_limits_the_viewer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "in_child", lambda code: ("", "ImportError: libGL.so.1"))
    examined = examine_open3d()
    assert examined.health is Health.LIMITED
    assert "libGL.so.1" in examined.found
    assert "only `boresight view` needs it" in examined.advice
