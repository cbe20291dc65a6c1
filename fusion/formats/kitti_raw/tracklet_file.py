"""tracklet_labels.xml: boxes by object and frame, as a C++ library (Boost serialization) wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from calibration.errors import FileProblemError
from fusion.formats.kitti.text_numbers import finite_number

TRACKLETS = ("boost_serialization", "tracklets")
TRACKLET = (*TRACKLETS, "item")
POSES = (*TRACKLET, "poses")
POSE = (*POSES, "item")
COUNT = "count"
SIZE = ("l", "w", "h")
# rx and ry are 0 in every file; the development kit doesn't read them either.
PLACE = ("tx", "ty", "tz", "rz")
STATES = ("state", "occlusion", "truncation")


@dataclass(frozen=True)
class Word:
    """The text of an element, and its line."""

    text: str
    line: int


@dataclass
class RawPose:
    """One pose as it stands; line: where it begins."""

    line: int
    words: dict[str, Word] = field(default_factory=dict)


@dataclass
class RawTracklet:
    """One object as it stands: its own words, and its poses from `first_frame` on."""

    line: int
    words: dict[str, Word] = field(default_factory=dict)
    poses: list[RawPose] = field(default_factory=list)
    pose_count: Word | None = None


@dataclass(frozen=True)
class Tracklet:
    """One object: what it is, its length, width and height, and the frame of its first pose."""

    kind: str
    size_m: tuple[float, ...]
    first_frame: int


@dataclass(frozen=True)
class Pose:
    """Centre of the bottom face and yaw, in the lidar's frame; states as the file numbers them."""

    place: tuple[float, ...]
    states: tuple[int, ...]


def parse_tracklets(data: bytes, path: str) -> tuple[list[RawTracklet], list[FileProblemError]]:
    """All tracklets of a file, and what its own counts say of them that isn't so.

    Raises:
        FileProblemError: no XML, entities that would blow it up, or not a file of tracklets.
    """
    handler = _Handler()
    try:
        parseString(data, handler)
    except SAXParseException as error:
        reason = f"is no XML: {error.getMessage()}"
        raise FileProblemError(path, reason, error.getLineNumber()) from error
    except (SAXException, DefusedXmlException, ValueError, LookupError) as error:
        raise FileProblemError(path, f"is no XML that can be read safely: {error}") from error
    if not handler.holds_tracklets:
        raise FileProblemError(path, f"holds no {'/'.join(TRACKLETS)}")
    counted = [(handler.count, len(handler.tracklets), "tracklets")]
    counted += [(tracklet.pose_count, len(tracklet.poses), "poses") for tracklet in handler.tracklets]
    wrong = [
        FileProblemError(path, f"says it holds {told.text} {what}, and holds {found}", told.line)
        for told, found, what in counted
        if told is not None and told.text != str(found)
    ]
    return handler.tracklets, wrong


def tracklet_of(raw: RawTracklet, number: int, path: str) -> Tracklet:
    """What an object is.

    Raises:
        FileProblemError: something is missing or no number.
    """
    what = f"tracklet {number}"
    first_frame = _number(raw.words, "first_frame", what, path, raw.line)
    if first_frame < 0 or first_frame != int(first_frame):
        raise FileProblemError(path, f"{what} 'first_frame' must be a frame number, got {first_frame:g}", raw.line)
    return Tracklet(
        kind=_word(raw.words, "objectType", what, path, raw.line).text,
        size_m=tuple(_number(raw.words, name, what, path, raw.line) for name in SIZE),
        first_frame=int(first_frame),
    )


def pose_of(raw: RawPose, what: str, path: str) -> Pose:
    """Where an object is in one frame; `what` names it in errors.

    Raises:
        FileProblemError: something is missing or no number.
    """
    return Pose(
        place=tuple(_number(raw.words, name, what, path, raw.line) for name in PLACE),
        states=tuple(int(_number(raw.words, name, what, path, raw.line)) for name in STATES),
    )


def _word(words: dict[str, Word], name: str, what: str, path: str, line: int) -> Word:
    word = words.get(name)
    if word is None or not word.text:
        raise FileProblemError(path, f"{what} has no '{name}'", line if word is None else word.line)
    return word


def _number(words: dict[str, Word], name: str, what: str, path: str, line: int) -> float:
    word = _word(words, name, what, path, line)
    return finite_number(word.text, f"{what} '{name}'", path, word.line)


class _Handler(ContentHandler):
    """Keeps what stands in tracklets and poses, and passes over everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.tracklets: list[RawTracklet] = []
        self.count: Word | None = None
        self.holds_tracklets = False
        self._path: list[str] = []
        self._texts: list[str] = []
        self._line = 0
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802  (called by the parser)
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._path.append(name)
        self._texts.clear()
        self._line = 0 if self._locator is None else self._locator.getLineNumber() or 0
        place = tuple(self._path)
        if place == TRACKLETS:
            self.holds_tracklets = True
        elif place == TRACKLET:
            self.tracklets.append(RawTracklet(self._line))
        elif place == POSE:
            self.tracklets[-1].poses.append(RawPose(self._line))

    def characters(self, content: str) -> None:
        self._texts.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        owner = tuple(self._path[:-1])
        word = Word("".join(self._texts).strip(), self._line)
        if owner == TRACKLET:
            self.tracklets[-1].words[name] = word
        elif owner == POSE:
            self.tracklets[-1].poses[-1].words[name] = word
        elif name == COUNT and owner == TRACKLETS:
            self.count = word
        elif name == COUNT and owner == POSES:
            self.tracklets[-1].pose_count = word
        self._path.pop()
        self._texts.clear()
