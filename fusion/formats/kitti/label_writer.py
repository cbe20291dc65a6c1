"""Edited labels back into KITTI label files, of the object and of the tracking set.

we say                                     KITTI says
a label                                    a line; those nobody edited stay as they are
box centre, ego frame                      bottom face centre, rectified camera 0
rotation                                   rotation_y, and alpha with it; roll and pitch have no place
an added box                               a line without a 2D box

Where the frame of the camera lies in ego is taken from a label of the frame: its line, and the box that was read of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.arrays import FloatArray
from calibration.transform import conjugate_quaternions, matrices_from_quaternions, multiply_quaternions
from fusion.errors import LabelEditError
from fusion.formats.kitti.boxes import OBJECT_FROM_BOX
from fusion.formats.kitti.label_file import COLUMNS, NO_EDGE, NOT_TOLD
from fusion.scene.boxes3d import Boxes3D
from fusion.scene.label_edits import LabelEdit, edited
from fusion.scene.scene import Scene

EDGES = ("left", "top", "right", "bottom")
BOX = ("height", "width", "length", "x", "y", "z", "rotation_y")
# Of the camera.
DOWN = np.array([0.0, 1.0, 0.0])
# As the files of the object set have it.
DECIMALS = 2


def rewritten_label_files(scene: Scene, edits: Sequence[LabelEdit], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The label files that differ once a scene's edits are made.

    Raises:
        LabelEditError: a label that is not there, or a track that is no number.
        OSError: a label file can't be read.
    """
    files = _Files(scene, read)
    after = edited(scene.labels, edits).boxes
    row_after = {str(label): row for row, label in enumerate(after.label_ids)}
    for edit in edits:
        if edit.action == "delete":
            files.line_of(edit.label).words = None
        elif edit.action == "set":
            line = files.line_of(edit.label)
            line.words = files.words(line, edit, after.take([row_after[edit.label]]), edit.label)
        else:
            files.add(edit, after.take([row_after[edit.label]]))
    return files.changed()


@dataclass
class _Line:
    """A line: its words, None once deleted, and its text as it was; lines added after it."""

    words: list[str] | None
    text: str
    end: str
    original: list[str]
    added: list[list[str]] = field(default_factory=list)

    def written(self) -> str:
        if self.words == self.original and not self.added:
            return self.text + self.end
        end = self.end or "\n"
        own = "" if self.words is None else (self.text if self.words == self.original else " ".join(self.words)) + end
        return own + "".join(" ".join(words) + end for words in self.added)


class _Files:
    def __init__(self, scene: Scene, read: Callable[[str], bytes]) -> None:
        self.scene, self.read = scene, read
        self.files: dict[str, list[_Line]] = {}
        self.boxes = scene.labels.boxes
        self.row = {str(label): row for row, label in enumerate(self.boxes.label_ids)}
        self.leading = 2 if scene.dataset_format == "kitti-tracking" else 0

    def line_of(self, label: str) -> _Line:
        """The line a label was read from."""
        if label not in self.row or self.boxes.provenance is None:
            raise LabelEditError(f"scene {self.scene.name} has no label '{label}'")
        row, source = self.row[label], self.boxes.provenance
        return self._lines(source.source[row])[int(source.line[row]) - 1]

    def _lines(self, path: str) -> list[_Line]:
        if path not in self.files:
            texts = [text.decode("utf-8") for text in self.read(path).splitlines(keepends=True)]
            bare = [text.rstrip("\r\n") for text in texts]
            self.files[path] = [
                _Line(one.split(), one, text[len(one) :], one.split()) for one, text in zip(bare, texts, strict=True)
            ]
        return self.files[path]

    def add(self, edit: LabelEdit, box: Boxes3D) -> None:
        """After the last label of its frame, like another one."""
        neighbour = self._last_of_frame(edit)
        words = list(self.line_of(str(edit.like)).original)
        if self.leading:
            words[0] = str(int(self.scene.frame_table.keys[edit.frame or 0]))
        for name in EDGES:
            words[self._place(name)] = f"{NO_EDGE:g}"
        for name, value in NOT_TOLD.items():
            words[self._place(name)] = f"{value:g}"
        line = _Line(words, "", "", words)
        self.line_of(neighbour).added.append(self.words(line, edit, box, neighbour))

    def _last_of_frame(self, edit: LabelEdit) -> str:
        rows = self.scene.labels.rows_of_frame(-1 if edit.frame is None else edit.frame)
        if not len(rows):
            raise LabelEditError(f"can't add label '{edit.label}': no label of its frame says where its camera is")
        return str(self.boxes.label_ids[rows[-1]])

    def words(self, line: _Line, edit: LabelEdit, box: Boxes3D, placed_by: str) -> list[str]:
        """The words of a line with an edit made; numbers keep their decimals."""
        words = list(line.words or line.original)
        if edit.category is not None:
            words[self.leading] = edit.category
        if edit.track is not None and self.leading:
            if not edit.track.lstrip("-").isdigit():
                raise LabelEditError(f"a KITTI track is a whole number, got '{edit.track}'")
            words[1] = edit.track
        for name, value in edit.attributes.items():
            self._put(words, name, NOT_TOLD[name] if value is None else float(value))
        if edit.moves_box:
            for name, number in zip(BOX, self._in_camera(box, placed_by), strict=True):
                self._put(words, name, number)
            if float(words[self._place("alpha")]) != NOT_TOLD["alpha"]:
                x, z, turn = (float(words[self._place(name)]) for name in ("x", "z", "rotation_y"))
                self._put(words, "alpha", (turn - np.arctan2(x, z) + np.pi) % (2 * np.pi) - np.pi)
        return words

    def _place(self, name: str) -> int:
        return self.leading + 1 + COLUMNS.index(name)

    def _put(self, words: list[str], name: str, value: float) -> None:
        """A number, unless the one that stands there is the same to its last decimal."""
        word = words[self._place(name)]
        decimals = max(len(word.partition(".")[2]), DECIMALS)
        if name == "rotation_y" and abs(abs(value - float(word)) - 2 * np.pi) < 1e-6:
            return
        if abs(value - float(word)) > 0.5 * 10.0**-decimals:
            words[self._place(name)] = f"{value:.{decimals}f}"

    def _in_camera(self, box: Boxes3D, placed_by: str) -> list[float]:
        """Height, width, length, x, y, z, rotation_y of a box in ego, in the frame of the label that places it."""
        known, numbers = self.boxes.take([self.row[placed_by]]), self._numbers(self.line_of(placed_by).original)
        turn = np.array([[np.cos(numbers[6] / 2), 0.0, np.sin(numbers[6] / 2), 0.0]])
        ego_from_camera = multiply_quaternions(
            known.rotations, conjugate_quaternions(multiply_quaternions(turn, OBJECT_FROM_BOX))
        )
        rotation = matrices_from_quaternions(ego_from_camera)[0]
        known_centre = numbers[3:6] - numbers[0] / 2 * DOWN
        centre = known_centre + rotation.T @ (box.centres_m[0] - known.centres_m[0])
        own_turn = multiply_quaternions(
            multiply_quaternions(conjugate_quaternions(ego_from_camera), box.rotations),
            conjugate_quaternions(OBJECT_FROM_BOX),
        )[0]
        length, width, height = box.sizes_m[0]
        angle = 2 * np.arctan2(own_turn[2], own_turn[0])
        wrapped = (angle + np.pi) % (2 * np.pi) - np.pi
        return [height, width, length, centre[0], centre[1] + height / 2, centre[2], wrapped]

    def _numbers(self, words: list[str]) -> FloatArray:
        return np.array([float(words[self._place(name)]) for name in BOX])

    def changed(self) -> dict[str, bytes]:
        """Files of which a line differs."""
        return {path: "".join(line.written() for line in lines).encode() for path, lines in self.files.items()}
