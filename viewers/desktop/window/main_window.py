"""The window: panes laid out, events passed to the session, and what the session says has changed drawn anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from calibration.errors import BoresightError
from viewers.desktop.panes.camera_pane import camera_pane, draw_ahead
from viewers.desktop.panes.finding_pane import detail_pane, list_pane
from viewers.desktop.panes.help_pane import help_pane
from viewers.desktop.panes.object_pane import object_pane
from viewers.desktop.panes.pane import THEMES, Pane, Theme
from viewers.desktop.panes.time_pane import time_pane
from viewers.desktop.state.alignment import Alignment
from viewers.desktop.state.box_nudging import measure_surfaces
from viewers.desktop.state.commands import perform
from viewers.desktop.state.eye import eye_of
from viewers.desktop.state.finding_list import filter_of
from viewers.desktop.state.frame_content import FrameContent, nearest_on_ray
from viewers.desktop.state.painter import Painter
from viewers.desktop.state.scene_picture import PointPicture, lines_shown, own_points, points_shown
from viewers.desktop.state.session import Change, Session
from viewers.desktop.state.shortcuts import REPEATABLE, command_of
from viewers.desktop.state.sliders import slide, sliders_of
from viewers.desktop.window.keys import Keyboard
from viewers.desktop.window.picture_widget import PictureWidget
from viewers.desktop.window.scene_pane import ScenePane
from viewers.desktop.window.slider_panel import SliderPanel
from viewers.pictures.panel import message_card

LEFT_PX, RIGHT_PX, TIME_PX, STATUS_PX, FILTER_PX, SLIDERS_PX = 390, 460, 230, 26, 34, 110
LIST_SHARE, CAMERA_SHARE = 0.47, 0.46
LINE_PX = {"selected": 4.0, "proposed": 3.0, "boxes": 2.0, "compared": 2.0, "trails": 2.0}
REFRESH_S = 2.0
# With what the window does itself this stays below a tenth of a second.
PATIENCE_S = 0.05

Report = Callable[[str], None]


class MainWindow:
    """One open window.

    Args:
        title: of the window.
        report: told in a word or two what has happened, for logs and tests: "ready", "finding ID", "closed".
    """

    def __init__(self, session: Session, title: str, report: Report = lambda line: None) -> None:
        from open3d.visualization import gui

        self._gui, self.session, self._report = gui, session, report
        self.app = gui.Application.instance
        self.app.initialize()
        self.window = self.app.create_window(title, *session.preferences.window)
        self.painter = Painter(self._post)
        session.loader.on_ready(lambda place: self._post())
        session.loader.on_loaded_ahead(self._draw_ahead)
        session.loader.on_loaded(measure_surfaces)
        self._keyboard = Keyboard()
        self._key_names = {int(value): name.lower() for name, value in vars(gui.KeyName).items() if name.isupper()}
        self._list_top, self._follow = 0, True
        self._next_refresh = self._next_frame = 0.0
        self._typing = False
        self._note = ""
        self.alignment = Alignment()
        self._sizes: dict[str, tuple[int, int]] = {}
        self.closed = False
        try:
            self._build()
        except BaseException:  # a window left open would take the interpreter down with it
            self.close()
            raise

    # Building.

    def _build(self) -> None:
        gui = self._gui
        self.scene = ScenePane(self.window, self._clicked_scene)
        self.panes = {
            "list": PictureWidget(self._scroll),
            "detail": PictureWidget(),
            "cameras": PictureWidget(),
            "object": PictureWidget(),
            "time": PictureWidget(),
            "help": PictureWidget(),
        }
        self.filter = gui.TextEdit()
        self.filter.placeholder_text = "/ filter: BOX error undecided class:car scene:0061 words"
        self.filter.set_on_text_changed(self._filtered)
        self.comment = gui.TextEdit()
        self.comment.placeholder_text = "comment, kept with the verdict that follows; enter when done"
        self.comment.set_on_text_changed(self._commented)
        self.status = gui.Label("")
        self.sliders = SliderPanel(self._slid)
        for child in (
            self.scene.widget,
            self.filter,
            self.comment,
            self.status,
            self.sliders.widget,
            *(pane.widget for pane in self.panes.values()),
        ):
            self.window.add_child(child)
        self.panes["help"].widget.visible = self.comment.visible = False
        self.window.set_on_layout(self._layout)
        self.window.set_on_key(self._key)
        self.window.set_on_close(self._closing)
        self.window.set_on_tick_event(self._tick)

    def _layout(self, context: Any) -> None:
        gui, scale = self._gui, self.window.scaling
        area = self.window.content_rect
        left, right = round(LEFT_PX * scale), round(RIGHT_PX * scale)
        down, status, bar = round(TIME_PX * scale), round(STATUS_PX * scale), round(FILTER_PX * scale)
        height = area.height - status
        middle = max(area.width - left - right, 64)
        sliding = round(SLIDERS_PX * scale) if self.session.sliders_shown else 0
        listed, cameras = int((height - bar) * LIST_SHARE), int(height * CAMERA_SHARE)
        frames = {
            "list": (0, bar, left, listed),
            "detail": (0, bar + listed, left, height - bar - listed),
            "time": (left, height - down, middle, down),
            "cameras": (left + middle, 0, right, cameras),
            "object": (left + middle, cameras, right, height - cameras),
            "help": (left, 0, middle, height - down),
        }
        if self.session.enlarged:
            frames["cameras"] = (left, 0, middle, height - down - sliding)
            frames["object"] = (left + middle, 0, right, height)
        for name, (x, y, across, tall) in frames.items():
            self.panes[name].widget.frame = gui.Rect(area.x + x, area.y + y, across, tall)
        self.filter.frame = self.comment.frame = gui.Rect(area.x, area.y, left, bar)
        self.scene.widget.frame = gui.Rect(area.x + left, area.y, middle, height - down - sliding)
        self.sliders.widget.frame = gui.Rect(area.x + left, area.y + height - down - sliding, middle, sliding)
        self.sliders.widget.visible = self.session.sliders_shown
        self.scene.widget.visible = not self.session.enlarged
        self.status.frame = gui.Rect(area.x + 8, area.y + height, area.width - 16, status)
        sizes = {name: pane.size for name, pane in self.panes.items()}
        if sizes != self._sizes:  # open3d lays out more often than anything moves
            self._sizes = sizes
            self.session.touch(Change.FINDINGS | Change.OVERLAYS | Change.SELECTION | Change.THEME)
            self._post()

    # Events.

    def _key(self, event: Any) -> bool:
        if self.closed:  # the key that closed it is let go
            return True
        pressed = self._keyboard.pressed(
            self._key_names.get(int(event.key), ""), event.type == self._gui.KeyEvent.Type.DOWN
        )
        if pressed is None:
            return False
        name, shift, ctrl = pressed
        if self.comment.visible and not ctrl and name not in ("escape", "enter"):
            self._spell(name, shift)
            return True
        if self._typing and not ctrl:
            if name in ("escape", "enter"):
                self._typed(kept=name == "enter")
                return True
            return False
        command = command_of(name, shift, ctrl)
        if name == "/" and not shift:
            self._typing = True
            self.window.set_focus_widget(self.filter)
            return True
        if command is None:
            return False
        if event.is_repeat and command not in REPEATABLE:  # a key held down decides once
            return True
        self._follow = True
        perform(self.session, command)
        self._report(f"did {command.value}")
        self.update()
        return True

    def _typed(self, kept: bool) -> None:
        """What was typed is complete; escape drops a comment."""
        self._typing = False
        if self.comment.visible:
            self.comment.visible, self.filter.visible = False, True
            self.session.comment = self.session.comment if kept else ""
            self.session.tell(f"comment: {self.session.comment}" if self.session.comment else "no comment")
            self._report("commented")
        self.window.set_focus_widget(self.scene.widget)
        self.session.touch(Change.FINDINGS)
        self.update()

    def _spell(self, name: str, shift: bool) -> None:
        """A letter of the comment; a field that has just appeared gets no keys from open3d yet."""
        letter = " " if name == "space" else name
        if name == "backspace":
            self.session.comment = self.session.comment[:-1]
        elif len(letter) == 1:
            self.session.comment += letter.upper() if shift else letter
        self.comment.text_value = self.session.comment
        self.window.post_redraw()

    def _commented(self, text: str) -> None:
        self.session.comment = text

    def _filtered(self, text: str) -> None:
        self.session.set_filter(filter_of(text))
        self._list_top = 0
        self.update()

    def _slid(self, name: str, value: float) -> None:
        try:
            slide(self.session, name, value)
        except BoresightError as error:
            self.session.tell(str(error))
        self.update()

    def _scroll(self, turns: float) -> None:
        self._list_top, self._follow = self._list_top - round(turns * 3 if abs(turns) < 10 else turns / 10), False
        self.session.touch(Change.FINDINGS)
        self.update()

    def _clicked_scene(self, eye: Any, direction: Any) -> None:
        self._typing = False
        row = nearest_on_ray(eye, direction, self.session.boxes)
        if row is not None:
            self.session.select(row)
            self._report(f"selected {row}")
            self.update()

    def _tick(self) -> bool:
        """Called often; draws only when something has changed."""
        if self.closed:
            return False
        now = time.monotonic()
        if self.session.playing and now >= self._next_frame:
            self._next_frame = now + 1 / self.session.preferences.frames_per_second
            self.session.tick()
        if now >= self._next_refresh:
            self._next_refresh = now + REFRESH_S
            self.session.look_for_others()
        return self.update()

    def _closing(self) -> bool:
        self.closed = True
        return True

    def _post(self) -> None:
        """From any thread: look what is new, soon, in the window's own."""
        if not self.closed:
            self.app.post_to_main_thread(self.window, self._arrived)

    def _arrived(self) -> None:
        if not self.closed:  # posted before it was, run after
            self.session.frame_ready()
            self.update()

    # Drawing.

    @property
    def theme(self) -> Theme:
        """Colours of the window."""
        return THEMES[self.session.preferences.theme]

    def update(self) -> bool:
        """Draw what has changed; whether anything has."""
        session = self.session
        changes = session.take_changes()
        drawn = self._take_pictures()
        if changes & Change.CLOSE:
            self.closed = True
            self.window.close()
            return True
        if not changes:
            if drawn:
                self.window.post_redraw()
            return drawn
        if changes & Change.THEME:
            self.scene.set_background(self.theme.surface)
        if changes & Change.COMMENT:
            self.comment.visible, self.filter.visible = True, False
            self.comment.text_value = session.comment
            self._typing = True
            self.window.set_focus_widget(self.comment)
        if changes & Change.HELP:
            self.panes["help"].widget.visible = session.help_shown
            self.scene.widget.visible = not session.help_shown and not session.enlarged
            self._ask("help", help_pane)
        if changes & (Change.FINDINGS | Change.SELECTION | Change.FRAME | Change.THEME):
            self._show_list()
            self.panes["detail"].show(detail_pane(session, self.theme, self.panes["detail"].size))
            self._ask("time", time_pane)
        if changes & Change.LAYOUT:
            self.window.set_needs_layout()
        if changes & (Change.FRAME | Change.SELECTION | Change.OVERLAYS):
            self._ask("cameras", camera_pane)
            self._ask("object", object_pane)
            for name, lines in lines_shown(session).items():
                self.scene.show_lines(name, lines, LINE_PX.get(name, 1.0))
            own = own_points(session)
            self.scene.show_points("own points", own.points, own.colours, session.preferences.point_size + 2)
        if changes & (Change.FRAME | Change.POINTS) and session.content is not None:
            self.painter.ask("points", partial(points_shown, session.content, session.snapshot()))
        if session.sliders_shown:
            self.sliders.show(sliders_of(session), self._note)
            if session.nudge_target != "box" and changes & (Change.OVERLAYS | Change.LAYOUT | Change.FRAME):
                self.painter.ask("score", partial(self.alignment.told, session.snapshot()))
        if changes & Change.VIEW:
            self._look()
        self.status.text = session.status
        # Panes that were drawn ahead come at once: then the screen is drawn once, and not again a moment later.
        if self.painter.wait(PATIENCE_S):
            self._take_pictures()
        self.scene.redraw()
        self.window.post_redraw()
        return True

    def _draw_ahead(self, content: FrameContent) -> None:
        """In the loader's thread, which may outlive the widgets: it must not ask them anything."""
        ahead, sizes = self.session.as_if_at(content), self._sizes
        if sizes and not self.closed:
            draw_ahead(ahead, content, sizes["cameras"])
            object_pane(ahead, self.theme, sizes["object"])

    def _ask(self, name: str, draw: Callable[[Session, Theme, tuple[int, int]], Pane]) -> None:
        self.painter.ask(name, partial(draw, self.session.snapshot(), self.theme, self.panes[name].size))

    def _show_list(self) -> None:
        shown = list_pane(self.session, self.theme, self.panes["list"].size, self._list_top, self._follow)
        self._list_top = shown.top
        self.panes["list"].show(shown.pane)
        self._report(f"finding {self.session.finding.id if self.session.finding else 'none'}")

    def _take_pictures(self) -> bool:
        pictures = self.painter.take()
        for name, picture in pictures.items():
            if name == "score":
                self._note = str(picture)
                self.sliders.show(sliders_of(self.session), self._note)
                continue
            if isinstance(picture, BoresightError):
                picture = Pane(message_card(*self.panes[name].size, str(picture)))
            if isinstance(picture, PointPicture):
                self.scene.show_points("points", picture.points, picture.colours, self.session.preferences.point_size)
                self.scene.redraw()
            else:
                self.panes[name].show(picture)
        if pictures and self.painter.idle and self.session.settled:
            self._report("ready")
        return bool(pictures)

    def _look(self) -> None:
        session = self.session
        focus = session.boxes.take([session.selected] if session.selected is not None else [])
        if not len(focus):
            focus = session.proposed.take(slice(0, 1))
        eye = eye_of(session.preferences.view, focus)
        self.scene.free(session.preferences.view == "free")
        self.scene.look(eye.centre, eye.place, eye.up)

    def close(self) -> None:
        """Let go of everything in the order that open3d survives: window, some ticks, threads, application."""
        if not self.closed:
            self.window.close()
        for _ in range(5):
            self.app.run_one_tick()
        self.painter.close()
        self.session.loader.close()
        self.app.quit()
