"""Whether a nudged camera fits better: the score of the calibration audit on the frame that is looked at."""

from __future__ import annotations

from calibration.errors import BoresightError
from viewers.desktop.state.camera_nudging import AlignmentEvidence, CameraDraft
from viewers.desktop.state.frame_content import FramePlace
from viewers.desktop.state.session import Session


class Alignment:
    """The evidence of one frame and camera, gathered once and kept while a person drags."""

    def __init__(self) -> None:
        self._of: tuple[FramePlace, str] | None = None
        self._evidence: AlignmentEvidence | None = None

    def told(self, session: Session) -> str:
        """The score now, and with the camera as the files have it; or why there is none."""
        content, camera = session.content, session.camera
        if content is None or camera is None or camera not in content.views:
            return "choose a camera: click it, or c"
        draft = session.camera_drafts.get(camera) or CameraDraft.none(camera)
        if draft.clock_ns:
            return "the score is of the camera's place; a clock shows in fast objects and in turns"
        try:
            evidence = self._gathered(session, camera)
            if evidence is None:
                return "no lidar in this frame to hold the camera against"
            now, before = evidence.score(draft), evidence.score(CameraDraft.none(camera))
        except BoresightError as error:
            return f"no score: {error}"
        return f"{camera}: outlines on edges {now:.3f}, as the files have it {before:.3f}; ctrl+s writes a rig file"

    def _gathered(self, session: Session, camera: str) -> AlignmentEvidence | None:
        if self._of != (session.place, camera):
            content = session.shown()
            lidar = next(iter(content.frame.lidars), None)
            view = content.views[camera]
            self._evidence = None if lidar is None else AlignmentEvidence.of(content.frame, view, lidar)
            self._of = (session.place, camera)
        return self._evidence
