"""The 3D pane: points, lines and a camera. What they mean was decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calibration.arrays import Float32Array, FloatArray
from viewers.desktop.drawables.lines import Lines
from viewers.pictures.palette import Colour

FIELD_OF_VIEW_DEG = 60.0
NEAR_M, FAR_M = 0.1, 400.0
# A press and release this close together is a click, anything else turns the camera.
CLICK_PX = 5


class ScenePane:
    """An open3d scene widget.

    Args:
        clicked: told of a click: where the eye is (3,) and which way it looks (3,), in ego.
    """

    def __init__(self, window: Any, clicked: Callable[[FloatArray, FloatArray], None]) -> None:
        import open3d as o3d
        from open3d.visualization import gui, rendering

        self._o3d, self._gui, self._rendering, self._clicked = o3d, gui, rendering, clicked
        self._scaling = float(window.scaling)
        self.widget = gui.SceneWidget()
        self.widget.scene = rendering.Open3DScene(window.renderer)
        # Tone mapping would turn the colours of findings into others.
        self.widget.scene.view.set_post_processing(False)
        self.widget.set_on_mouse(self._mouse)
        self._pressed: tuple[int, int] | None = None
        self._labels: list[Any] = []
        self._bounds = o3d.geometry.AxisAlignedBoundingBox([-60, -60, -5], [60, 60, 15])

    def set_background(self, colour: Colour) -> None:
        """The colour behind everything; open3d takes it for linear light."""
        red, green, blue = (float(part) ** (1 / 2.2) for part in colour.unit)
        self.widget.scene.set_background(np.array([red, green, blue, 1.0]))

    def show_points(self, name: str, points: Float32Array, colours: Float32Array, size_px: float) -> None:
        """(N, 3) metres and (N, 3) red, green, blue 0..1 in place of those of that name."""
        scene = self.widget.scene
        if scene.has_geometry(name):
            scene.remove_geometry(name)
        if not len(points):
            return
        core = self._o3d.core
        cloud = self._o3d.t.geometry.PointCloud(core.Tensor(points))
        cloud.point.colors = core.Tensor(np.ascontiguousarray(colours))
        scene.add_geometry(name, cloud, self._material("defaultUnlit", size_px))

    def show_lines(self, name: str, lines: Lines, width_px: float) -> None:
        """Lines in place of those of that name."""
        scene = self.widget.scene
        if scene.has_geometry(name):
            scene.remove_geometry(name)
        if not len(lines):
            return
        drawn = self._o3d.geometry.LineSet()
        drawn.points = self._o3d.utility.Vector3dVector(lines.points)
        drawn.lines = self._o3d.utility.Vector2iVector(lines.segments)
        drawn.colors = self._o3d.utility.Vector3dVector(lines.colours)
        scene.add_geometry(name, drawn, self._material("unlitLine", width_px))

    def show_labels(self, places: FloatArray, texts: list[str], colour: Colour) -> None:
        """Words in the scene in place of those before."""
        for label in self._labels:
            self.widget.remove_3d_label(label)
        self._labels = []
        for place, text in zip(places, texts, strict=True):
            label = self.widget.add_3d_label(place, text)
            label.color = self._gui.Color(*colour.unit)
            self._labels.append(label)

    def look(self, centre: FloatArray, eye: FloatArray, up: FloatArray) -> None:
        """Where the eye is, and where it looks; all (3,) in ego."""
        self.widget.setup_camera(FIELD_OF_VIEW_DEG, self._bounds, np.asarray(centre, dtype=np.float32))
        self.widget.look_at(
            np.asarray(centre, dtype=np.float32), np.asarray(eye, dtype=np.float32), np.asarray(up, dtype=np.float32)
        )
        self.widget.center_of_rotation = np.asarray(centre, dtype=np.float32)

    def free(self, free: bool) -> None:
        """Fly with the mouse and keys, or turn about a point."""
        controls = self._gui.SceneWidget.Controls
        self.widget.set_view_controls(controls.FLY if free else controls.ROTATE_CAMERA)

    def redraw(self) -> None:
        """Draw once."""
        self.widget.force_redraw()

    def _material(self, shader: str, size_px: float) -> Any:
        material = self._rendering.MaterialRecord()
        material.shader = shader
        material.point_size = size_px * self._scaling
        material.line_width = size_px * self._scaling
        return material

    def _mouse(self, event: Any) -> Any:
        kind, result = self._gui.MouseEvent.Type, self._gui.SceneWidget.EventCallbackResult
        if event.type == kind.BUTTON_DOWN:
            self._pressed = (event.x, event.y)
        elif event.type == kind.BUTTON_UP and self._pressed is not None:
            moved = np.hypot(event.x - self._pressed[0], event.y - self._pressed[1])
            self._pressed = None
            if moved <= CLICK_PX:
                self._clicked(*self._ray(event.x, event.y))
        return result.IGNORED

    def _ray(self, x: int, y: int) -> tuple[FloatArray, FloatArray]:
        """Where the eye is, and which way a pixel lies."""
        frame, camera = self.widget.frame, self.widget.scene.camera
        view = np.asarray(camera.get_view_matrix(), dtype=np.float64)
        eye: FloatArray = -view[:3, :3].T @ view[:3, 3]
        far = camera.unproject(x - frame.x + 0.5, y - frame.y + 0.5, 0.5, frame.width, frame.height)
        return eye, np.asarray(far, dtype=np.float64) - eye
