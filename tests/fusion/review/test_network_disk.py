from __future__ import annotations

from pathlib import Path

import pytest

from fusion.errors import ReviewStoreError
from fusion.review.network_disk import network_type
from fusion.review.store import ReviewStore


def mounts(tmp_path: Path, *places: tuple[str, str]) -> Path:
    file = tmp_path / "mountinfo"
    lines = [f"{n} 1 0:{n} / {place} rw,relatime - {kind} source rw" for n, (place, kind) in enumerate(places, 20)]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([("/", "ext4")], None),
        ([("/", "ext4"), ("/srv", "nfs4")], "nfs4"),
        ([("/", "nfs"), ("/srv", "xfs")], None),
        ([("/", "ext4"), ("/srv", "nfs4"), ("/srv", "ext4")], None),
        ([("/", "ext4"), ("/srv/label\\040team", "fuse.sshfs")], "fuse.sshfs"),
        ([("/", "ext4"), ("/sr", "cifs")], None),
        ([("/", "fuse.mergerfs")], None),
        ([], None),
    ],
    ids=[
        "local",
        "below nfs",
        "local below nfs",
        "hidden by local",
        "a blank",
        "a name's start",
        "fuse",
        "empty",
    ],
)
def test_the_innermost_mount_decides(tmp_path: Path, places: list[tuple[str, str]], found: str | None) -> None:
    assert network_type(Path("/srv/label team/reviews.sqlite"), mounts(tmp_path, *places)) == found


def test_a_system_that_does_not_tell_is_taken_for_local(tmp_path: Path) -> None:
    assert network_type(tmp_path, tmp_path / "nothing here") is None


def test_a_store_on_a_network_disk_is_refused_and_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fusion.review.database.network_type", lambda path: "nfs4")
    with pytest.raises(ReviewStoreError, match=r"\(nfs4\).*per reviewer.*boresight review merge"):
        ReviewStore.open(tmp_path / "reviews.sqlite", create=True)
    assert list(tmp_path.iterdir()) == []
