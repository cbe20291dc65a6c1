"""`boresight doctor`: whether this machine has what Boresight needs."""

from __future__ import annotations

import json as encoding

import viewers.cli.options as typed
from viewers.cli.exit_codes import ENVIRONMENT, FINE
from viewers.cli.stdout import write_result
from viewers.cli.terminal import print_lines
from viewers.doctor.examination import as_dict, can_check, examine_machine
from viewers.outputs.health import health_lines


def doctor(json: typed.Json = False) -> int:
    """Versions, OpenCV distributions, name clashes, open3d, Vulkan, display; exit code 5 if `check` can't work."""
    examined = examine_machine()
    if json:
        write_result(encoding.dumps(as_dict(examined), indent=1, ensure_ascii=False) + "\n")
    else:
        print_lines(health_lines(examined))
    return FINE if can_check(examined) else ENVIRONMENT
