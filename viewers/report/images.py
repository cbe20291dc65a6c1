"""Evidence pictures of the most urgent findings, small enough to travel inside a page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from calibration.errors import BoresightError
from calibration.image_file import encode_image
from fusion.checks.finding import Finding
from fusion.scene.dataset import Dataset
from fusion.scene.scene import Scene
from viewers.pictures.evidence import evidence_panels
from viewers.pictures.panel import Panel

# Thin lines and small letters still read; half the size of JPEG at that.
QUALITY = 78
SUFFIX, KIND = ".webp", "image/webp"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class EvidenceImage:
    """A picture as a page takes it. source: a data address; width, height: pixels."""

    title: str
    note: str
    source: str
    width: int
    height: int

    @property
    def shape(self) -> str:
        """Its form as a name for styles: pictures of one form share the width of a row in the same way."""
        return f"form-{round(100 * self.width / self.height)}"

    @classmethod
    def of(cls, panel: Panel) -> EvidenceImage:
        height, width = panel.image.shape[:2]
        content = base64.b64encode(encode_image(panel.image, SUFFIX, quality=QUALITY)).decode("ascii")
        return cls(panel.title, panel.note, f"data:{KIND};base64,{content}", width, height)


@dataclass(frozen=True)
class Pictures:
    """images: rows of them by the finding's id; missing: why a finding that should have pictures has none."""

    images: Mapping[str, Sequence[Sequence[EvidenceImage]]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def form_rules(pictures: Pictures) -> str:
    """Styles that give the pictures of a row one height, whatever their forms."""
    shown = [image for rows in pictures.images.values() for row in rows for image in row]
    forms = sorted({image.shape for image in shown})
    return "\n".join(f".{form} {{ flex-grow: {int(form.removeprefix('form-')) / 100:g}; }}" for form in forms)


def draw_pictures(dataset: Dataset, findings: Sequence[Finding], progress: Progress | None = None) -> Pictures:
    """Pictures of these findings; scene by scene, so that each is read once.

    Args:
        progress: told after each finding: its code, how many are drawn, how many there are.
    """
    images: dict[str, list[list[EvidenceImage]]] = {}
    missing: dict[str, str] = {}
    scenes = dict.fromkeys(finding.scene for finding in findings)
    for name in scenes:
        own = [finding for finding in findings if finding.scene == name]
        scene: Scene | None = None
        for finding in own:
            try:
                scene = scene or dataset.scene(name or dataset.scene_names[0])
                rows = evidence_panels(scene, finding)
                images[finding.id] = [[EvidenceImage.of(panel) for panel in row] for row in rows]
            except (BoresightError, IndexError) as error:
                missing[finding.id] = str(error)
            if progress is not None:
                progress(finding.code, len(images) + len(missing), len(findings))
    return Pictures(images, missing)
