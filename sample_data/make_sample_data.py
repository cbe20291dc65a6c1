"""Makes Boresight's sample data: `python sample_data/make_sample_data.py --out DIR`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sample_data.street import StreetOptions, build
from sample_data.street.options import MOTIONS, PROFILES

HELP = {
    "seconds": "length of a drive",
    "seed": "another street for another number",
    "scenes": "how many drives",
    "profile": "how the car drives",
    "beams": "beams of the lidar",
    "columns": "firings in one rotation",
    "spin_rate_hz": "rotations a second",
    "sweep_rate_hz": "rotations kept a second; each is a keyframe",
    "motion": "raw points, or compensated to the end of their sweep",
    "cameras": "how many of the six cameras",
    "camera_rate_hz": "images a second; those between keyframes go to sweeps/",
    "image_width": "pixels",
    "image_height": "pixels",
    "supersampling": "rays along each side of a pixel",
    "jpeg_quality": "1 to 100",
    "max_range_m": "how far away things are labelled",
    "min_points": "how many points a labelled thing shows at least once before and after",
}
CHOICES = {"profile": PROFILES, "motion": MOTIONS}


def options_from(arguments: Sequence[str]) -> tuple[Path, StreetOptions]:
    """The folder and the options a command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to; made if missing")
    for field in fields(StreetOptions):
        flag = "--" + field.name.removesuffix("_hz").removesuffix("_m").replace("_", "-")
        kind = type(field.default)
        parser.add_argument(
            flag,
            dest=field.name,
            type=kind,
            default=field.default,
            choices=CHOICES.get(field.name),
            help=HELP[field.name],
        )
    values = vars(parser.parse_args(arguments))
    out: Path = values.pop("out")
    try:
        return out, StreetOptions(**values)
    except ValueError as problem:
        parser.error(str(problem))


def main(arguments: Sequence[str]) -> int:
    out, options = options_from(arguments)
    started = time.monotonic()
    drives = build(out, options)
    print(f"{out}: {len(drives)} drives of {options.frames} frames in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
