"""Whether a path lies on a network file system, where several machines can't safely share an SQLite file.

The write-ahead log needs memory that all writers share, which machines don't; and locks of network file systems are
known to lie. Source: sqlite.org/wal.html, "all processes using a database must be on the same host computer".
"""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
NETWORK_TYPES = frozenset(
    {"9p", "acfs", "afp", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "vmhgfs", "wekafs"}
)
NETWORK_FUSE = re.compile(r"fuse\.(sshfs|s3fs|rclone|gcsfuse|gluster\w*|ceph\w*|curlftpfs|davfs|goofys|juicefs|nfs\w*)")


def network_type(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Name of the network file system that holds a path; None where it is local, or this system doesn't tell."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    wanted, best, found = path.resolve(), -1, ""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        place = Path(_unescaped(before.split(" ")[4])) if before.count(" ") >= 5 else None
        # A later mount hides an earlier one at the same place.
        if place is not None and len(place.parts) >= best and (place == wanted or place in wanted.parents):
            best, found = len(place.parts), after.split(" ")[0]
    return found if found in NETWORK_TYPES or NETWORK_FUSE.fullmatch(found) else None


def _unescaped(name: str) -> str:
    r"""Mountinfo writes blanks and the like as \040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), name)
