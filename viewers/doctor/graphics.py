"""What the desktop viewer needs, looked at without ever loading it here: open3d, a Vulkan driver, a display.

open3d ends the whole process where Vulkan has no driver, and takes seconds to import; a driver that is there but
broken can end the process as well. So each is tried in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys

from viewers.doctor.name_clashes import ROOT
from viewers.doctor.records import Examined, Health

WAIT_S = 60
OPEN3D = "import open3d; print(open3d.__version__)"
DEVICES = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import viewers.doctor.vulkan as v; print(v.device_count())"
# XOpenDisplay answers with a null pointer where DISPLAY names a server that isn't there.
X_ANSWERS = (
    "import ctypes; x = ctypes.CDLL('libX11.so.6'); x.XOpenDisplay.restype = ctypes.c_void_p; "
    "print(int(bool(x.XOpenDisplay(None))))"
)
OPEN3D_LIBRARIES = "apt-get install --no-install-recommends libegl1 libgl1 libusb-1.0-0 libglib2.0-0"
VULKAN_LIBRARIES = "apt-get install --no-install-recommends libvulkan1 mesa-vulkan-drivers"


def examine_graphics() -> list[Examined]:
    """Everything that `boresight view` needs beyond what checking needs."""
    return [examine_open3d(), examine_vulkan(), examine_display()]


def examine_open3d() -> Examined:
    """Whether it can be imported."""
    advice = f"only `boresight view` needs it: pip install open3d; where a library is missing: {OPEN3D_LIBRARIES}"
    if "open3d" in sys.modules and sys.modules["open3d"] is None:  # somebody forbade it for this process
        return Examined("open3d", Health.LIMITED, "import is blocked", advice)
    answer, fault = in_child(OPEN3D)
    if fault:
        return Examined("open3d", Health.LIMITED, f"can't be imported: {fault}", advice)
    return Examined("open3d", Health.OK, answer)


def examine_vulkan() -> Examined:
    """How many devices can draw."""
    answer, fault = in_child(DEVICES)
    count = int(answer) if answer.isdecimal() else 0
    found = f"{count} {'device' if count == 1 else 'devices'}{f': {fault}' if fault else ''}"
    advice = f"only `boresight view` needs it: {VULKAN_LIBRARIES}, or the graphics card's own driver"
    return Examined("vulkan", Health.OK, found) if count else Examined("vulkan", Health.LIMITED, found, advice)


def examine_display() -> Examined:
    """Where windows would open."""
    if not sys.platform.startswith("linux"):
        return Examined("display", Health.OK, f"{sys.platform}'s own")
    found = next((f"{name}={os.environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)), "")
    advice = "only `boresight view` needs it: log in at a desktop, or xvfb-run -a boresight view ..."
    if not found:
        return Examined("display", Health.LIMITED, "none", advice)
    if found.startswith("DISPLAY") and in_child(X_ANSWERS)[0] != "1":
        return Examined("display", Health.LIMITED, f"{found} does not answer", advice)
    return Examined("display", Health.OK, found)


def in_child(code: str) -> tuple[str, str]:
    """The last line that some Python printed in a process of its own, and what went wrong there, "" if nothing."""
    try:
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, errors="replace", timeout=WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    answer = (run.stdout.strip().splitlines() or [""])[-1]
    if run.returncode == 0:
        return answer, ""
    complaint = (run.stderr.strip().splitlines() or [""])[-1]
    return answer, f"{complaint} (exit code {run.returncode})".strip()
