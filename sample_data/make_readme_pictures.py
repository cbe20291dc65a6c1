"""Draws the pictures of the README from the sample scene: `python sample_data/make_readme_pictures.py`."""

from __future__ import annotations

from pathlib import Path

from calibration.image_file import write_image
from fusion import check_dataset, open_dataset
from viewers.pictures.evidence import evidence_picture
from viewers.pictures.overlay import Layers, camera_overlay
from viewers.pictures.viewport import Viewport

HERE = Path(__file__).resolve().parent
FRAME = 10
SHOWN_CODE = "TRK501"


def main() -> None:
    """Write the projected boxes of one frame, and the evidence of one finding."""
    pictures = HERE / "pictures"
    pictures.mkdir(exist_ok=True)
    truth = open_dataset(HERE / "crossing" / "v1.0-truth")
    frame = truth.scene(truth.scene_names[0]).frames[FRAME]
    view = frame.cameras["CAM_FRONT"]
    viewport = Viewport.of_image(view.camera.width, view.camera.height, width=1408)
    write_image(pictures / "crossing.jpg", camera_overlay(view, viewport=viewport, layers=Layers(tags=False)))
    planted = open_dataset(HERE / "crossing" / "v1.0-planted")
    finding = next(found for found in check_dataset(planted).leading if found.code == SHOWN_CODE)
    write_image(pictures / "finding.jpg", evidence_picture(planted.scene(finding.scene), finding))


if __name__ == "__main__":
    main()
