"""What a caller may ask of the street."""

from __future__ import annotations

from dataclasses import dataclass

PROFILES = ("straight", "turning", "stop-and-go")
MOTIONS = ("raw", "compensated")
PERIODS_PER_SECOND = 1_000_000


@dataclass(frozen=True)
class StreetOptions:
    """One recording of the crossing; the defaults are those of sample_data/crossing.

    `spin_rate_hz` is how fast the lidar turns and `sweep_rate_hz` how many of its rotations are kept (each one a
    keyframe); cameras are triggered by the rotation, so `camera_rate_hz` divides `spin_rate_hz`.
    """

    seconds: float = 2.0
    seed: int = 7
    scenes: int = 1
    profile: str = "turning"
    beams: int = 24
    columns: int = 900
    spin_rate_hz: int = 20
    sweep_rate_hz: int = 10
    motion: str = "raw"
    cameras: int = 3
    camera_rate_hz: int = 10
    image_width: int = 704
    image_height: int = 448
    supersampling: int = 2
    jpeg_quality: int = 85
    max_range_m: float = 45.0
    min_points: int = 5

    def __post_init__(self) -> None:
        """Refuses what can't be built.

        Raises:
            ValueError: an option is outside its range; the message says which and what it may be.
        """
        if self.profile not in PROFILES:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}, got {self.profile!r}")
        if self.motion not in MOTIONS:
            raise ValueError(f"motion must be one of {', '.join(MOTIONS)}, got {self.motion!r}")
        if not 0 <= self.cameras <= 6:
            raise ValueError(f"cameras must be 0 to 6, got {self.cameras}")
        for name in ("sweep_rate_hz", "camera_rate_hz"):
            if self.spin_rate_hz % getattr(self, name):
                raise ValueError(f"{name} must divide spin_rate_hz ({self.spin_rate_hz}), got {getattr(self, name)}")
        if PERIODS_PER_SECOND % self.spin_rate_hz:
            raise ValueError(f"spin_rate_hz must give whole microseconds, got {self.spin_rate_hz}")
        if self.camera_rate_hz < self.sweep_rate_hz or self.camera_rate_hz % self.sweep_rate_hz:
            raise ValueError("camera_rate_hz must be a multiple of sweep_rate_hz: every keyframe has its images")
        if self.frames < 1 or self.beams < 2 or self.columns < 90:
            raise ValueError("at least one frame, 2 beams and 90 columns are needed")

    @property
    def frames(self) -> int:
        """Keyframes per scene."""
        return round(self.seconds * self.sweep_rate_hz)

    @property
    def spin_us(self) -> int:
        """Duration of one rotation, microseconds."""
        return PERIODS_PER_SECOND // self.spin_rate_hz

    @property
    def sweep_period_us(self) -> int:
        """From one kept rotation to the next, microseconds."""
        return PERIODS_PER_SECOND // self.sweep_rate_hz
