"""Sliders for what is nudged: the selected box, or the chosen camera's place and clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from viewers.desktop.state.sliders import MOST_SLIDERS, Slider


class SliderPanel:
    """A row of open3d sliders, each under its name and value.

    Args:
        slid: told of a name and its new value.
    """

    def __init__(self, slid: Callable[[str, float], None]) -> None:
        from open3d.visualization import gui

        self._gui, self._slid = gui, slid
        self._shown: list[Slider] = []
        self._filling = False
        self.labels = [gui.Label("") for _ in range(MOST_SLIDERS)]
        self.sliders = [gui.Slider(gui.Slider.DOUBLE) for _ in range(MOST_SLIDERS)]
        self.note = gui.Label("")
        for place, slider in enumerate(self.sliders):
            slider.set_on_value_changed(partial(self._moved, place))

        grid = gui.VGrid(MOST_SLIDERS, 6)
        for widget in (*self.labels, *self.sliders):
            grid.add_child(widget)
        self.widget = gui.Vert(4, gui.Margins(8, 4, 8, 4))
        self.widget.add_child(grid)
        self.widget.add_child(self.note)

    def show(self, sliders: list[Slider], note: str) -> None:
        """These values; where there are none, the note says what to do."""
        self._filling = True
        try:
            self._shown = sliders
            for place, (label, widget) in enumerate(zip(self.labels, self.sliders, strict=True)):
                there = place < len(sliders)
                widget.enabled = there
                label.text = _told(sliders[place]) if there else ""
                if there:
                    widget.set_limits(-sliders[place].reach, sliders[place].reach)
                    widget.double_value = sliders[place].value
            self.note.text = note
        finally:
            self._filling = False

    def _moved(self, place: int, value: float) -> None:
        if not self._filling and place < len(self._shown):
            self._slid(self._shown[place].name, float(value))


def _told(slider: Slider) -> str:
    return f"{slider.name} {slider.value:+.2f} {slider.unit}"
