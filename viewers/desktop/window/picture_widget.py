"""A pane's picture in the window, and clicks back to the pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from viewers.desktop.panes.pane import Pane
from viewers.pictures.drawing import new_canvas


class PictureWidget:
    """An open3d image widget that shows a pane at exactly the size it was drawn for.

    Args:
        wheel: told of turns of the mouse wheel, up is positive.
    """

    def __init__(self, wheel: Callable[[float], None] = lambda turns: None) -> None:
        import open3d as o3d
        from open3d.visualization import gui

        self._image, self._gui, self._wheel = o3d.geometry.Image, gui, wheel
        self.widget = gui.ImageWidget(self._image(new_canvas(8, 8)))
        self.widget.set_on_mouse(self._mouse)
        self._pane: Pane | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the place it has in the window."""
        return max(int(self.widget.frame.width), 16), max(int(self.widget.frame.height), 16)

    def show(self, pane: Pane) -> None:
        """Put a picture into the widget; one that was drawn for another size is cut or padded, never stretched."""
        width, height = self.size
        image = pane.image
        if image.shape[:2] != (height, width):
            canvas = new_canvas(width, height)
            canvas[: min(height, image.shape[0]), : min(width, image.shape[1])] = image[:height, :width]
            image = canvas
        self._pane = pane
        self.widget.update_image(self._image(np.ascontiguousarray(image[:, :, ::-1])))

    def _mouse(self, event: Any) -> Any:
        kind = self._gui.MouseEvent.Type
        if event.type == kind.WHEEL:
            self._wheel(float(event.wheel_dy))
            return self._gui.ImageWidget.EventCallbackResult.CONSUMED
        if event.type == kind.BUTTON_DOWN and self._pane is not None:
            self._pane.click(event.x - self.widget.frame.x, event.y - self.widget.frame.y)
            return self._gui.ImageWidget.EventCallbackResult.CONSUMED
        return self._gui.ImageWidget.EventCallbackResult.IGNORED
