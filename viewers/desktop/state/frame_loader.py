"""Frames made ready in the background: the one on the screen first, then its neighbours; memory stays bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Condition, Thread

from calibration.errors import BoresightError
from viewers.desktop.state.frame_content import FrameContent, FramePlace

# Seven frames of 120k points with six decoded images of 1600 x 900, more or less.
CAPACITY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Unavailable:
    """A frame that can't be shown, and why."""

    place: FramePlace
    reason: str


Loaded = FrameContent | Unavailable


class FrameLoader:
    """One thread that reads, measures and decodes, so that the window never waits.

    Args:
        load: makes a frame ready; called in the loader's thread alone.
        ready: told after each frame, in the loader's thread; `on_ready` sets it later.
        capacity_bytes: of the frames kept; the one on the screen is kept however large.
    """

    def __init__(
        self,
        load: Callable[[FramePlace], FrameContent],
        ready: Callable[[FramePlace], None] = lambda place: None,
        capacity_bytes: int = CAPACITY_BYTES,
    ) -> None:
        self._load, self._ready, self._capacity_bytes = load, ready, capacity_bytes
        self._prepare: Callable[[FrameContent], None] = lambda content: None
        self._afterwards: Callable[[FrameContent], None] = lambda content: None
        self._kept: OrderedDict[FramePlace, Loaded] = OrderedDict()
        self._wanted: list[FramePlace] = []
        self._unprepared: list[FramePlace] = []
        self._preparing: FramePlace | None = None
        self._shown: FramePlace | None = None
        self._changed = Condition()
        self._closed = False
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._work, name="frame loader", daemon=True)
        self._thread.start()

    def on_ready(self, ready: Callable[[FramePlace], None]) -> None:
        """Whom to tell of frames from now on, in the loader's thread: the window posts it to its own."""
        self._ready = ready

    def on_loaded_ahead(self, prepare: Callable[[FrameContent], None]) -> None:
        """What else to make ready of a neighbour, in the loader's thread: the pictures it will be shown with."""
        self._prepare = prepare

    def on_loaded(self, afterwards: Callable[[FrameContent], None]) -> None:
        """What else to do with every frame once it can be shown, in the loader's thread."""
        self._afterwards = afterwards

    def want(self, place: FramePlace, neighbours: Iterable[FramePlace] = ()) -> Loaded | None:
        """A frame if it is ready; else None, and it is made ready before its neighbours and before all asked earlier.

        Raises:
            Exception: a defect of ours that the loader's thread met; it is not to be lost there.
        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            self._shown = place
            if place in self._kept:
                self._kept.move_to_end(place)
            wanted = dict.fromkeys([place, *neighbours])
            self._wanted = [one for one in wanted if one not in self._kept]
            self._unprepared = [one for one in wanted if one != place]
            self._changed.notify_all()
            return self._kept.get(place)

    def wait(self, place: FramePlace, timeout_s: float = 60.0) -> Loaded | None:
        """As `want`, but waits; None if it is not ready in time."""
        self.want(place)
        with self._changed:
            self._changed.wait_for(lambda: place in self._kept or self._failure is not None, timeout_s)
            if self._failure is not None:
                raise self._failure
            return self._kept.get(place)

    def forget(self, place: FramePlace | None = None) -> None:
        """Make a frame ready anew when it is wanted next; all of them if none is named."""
        with self._changed:
            if place is None:
                self._kept.clear()
            else:
                self._kept.pop(place, None)

    @property
    def pending(self) -> tuple[FramePlace, ...]:
        """What is still being made ready, for the status line."""
        with self._changed:
            preparing = () if self._preparing is None else (self._preparing,)
            return tuple(dict.fromkeys((*preparing, *self._wanted, *self._unprepared)))

    @property
    def size_bytes(self) -> int:
        """Memory of the frames kept."""
        with self._changed:
            return sum(_size(one) for one in self._kept.values())

    def close(self) -> None:
        """End the thread; a frame it is at is finished first."""
        with self._changed:
            self._closed = True
            self._wanted, self._unprepared = [], []
            self._changed.notify_all()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanted or self._unprepared)
                if self._closed:
                    return
                # Off the list before it is prepared: asked for once more meanwhile, it is prepared once more.
                loads = bool(self._wanted)
                place = self._wanted[0] if loads else self._unprepared.pop(0)
                kept, self._preparing = self._kept.get(place), None if loads else place
            try:
                if loads:
                    self._make_ready(place)
                elif isinstance(kept, FrameContent):
                    self._prepare(kept)
            except Exception as defect:  # noqa: BLE001  (handed to the window, which raises it)
                with self._changed:
                    self._failure = defect
                    self._wanted, self._unprepared = [], []
                    self._changed.notify_all()
                self._ready(place)
                return
            self._preparing = None

    def _make_ready(self, place: FramePlace) -> None:
        try:
            loaded: Loaded = self._load(place)
        except BoresightError as error:
            loaded = Unavailable(place, str(error))
        self._keep(place, loaded)
        self._ready(place)
        if isinstance(loaded, FrameContent):
            self._afterwards(loaded)

    def _keep(self, place: FramePlace, loaded: Loaded) -> None:
        with self._changed:
            self._kept[place] = loaded
            self._wanted = [one for one in self._wanted if one != place]
            total = sum(_size(one) for one in self._kept.values())
            for oldest in list(self._kept):
                if total <= self._capacity_bytes:
                    break
                if oldest not in (place, self._shown):
                    total -= _size(self._kept.pop(oldest))
            self._changed.notify_all()


def _size(loaded: Loaded) -> int:
    return loaded.size_bytes if isinstance(loaded, FrameContent) else 0
