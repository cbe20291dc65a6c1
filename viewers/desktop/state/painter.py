"""Pictures drawn in the background, of each pane only the latest: who steps on does not wait for the last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from calibration.errors import BoresightError


class Painter:
    """One thread that draws; a newer request for a pane replaces the one that waits.

    Args:
        ready: told in the painter's thread that `take` has something.
    """

    def __init__(self, ready: Callable[[], None] = lambda: None) -> None:
        self._ready = ready
        self._waiting: OrderedDict[str, Callable[[], Any]] = OrderedDict()
        self._drawn: OrderedDict[str, Any] = OrderedDict()
        self._busy: str | None = None
        self._changed = Condition()
        self._closed = False
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._work, name="painter", daemon=True)
        self._thread.start()

    def ask(self, pane: str, draw: Callable[[], Any]) -> None:
        """Draw this for a pane, as soon as those asked before are done."""
        with self._changed:
            self._waiting[pane] = draw
            self._changed.notify_all()

    def take(self) -> dict[str, Any]:
        """What has been drawn since: a picture by pane, or the `BoresightError` that says why there is none.

        Raises:
            Exception: a defect of ours that the painter's thread met.
        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            drawn, self._drawn = dict(self._drawn), OrderedDict()
            return drawn

    @property
    def idle(self) -> bool:
        """Nothing is being drawn or waits."""
        with self._changed:
            return not self._waiting and self._busy is None

    def wait(self, timeout_s: float = 60.0) -> bool:
        """Until everything asked is drawn; whether it was in time."""
        with self._changed:
            done = lambda: self._failure is not None or (not self._waiting and self._busy is None)  # noqa: E731
            return self._changed.wait_for(done, timeout_s)

    def close(self) -> None:
        """End the thread; a picture it is at is finished first."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                pane, draw = self._waiting.popitem(last=False)
                self._busy = pane
            try:
                picture: Any = draw()
            except BoresightError as error:
                picture = error
            except Exception as defect:  # noqa: BLE001  (handed to the window, which raises it)
                with self._changed:
                    self._failure, self._busy = defect, None
                    self._changed.notify_all()
                self._ready()
                return
            with self._changed:
                # What was asked anew meanwhile comes anyway, and the older picture is better than none until then.
                self._drawn[pane] = picture
                self._busy = None
                self._changed.notify_all()
            self._ready()
