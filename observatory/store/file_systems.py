"""Refuse folders on file systems where a lock or an fsync may not mean what it says."""

from pathlib import Path

from observatory.errors import BadSettings

MOUNTS = Path("/proc/self/mounts")
NETWORK_FILE_SYSTEMS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "ncpfs", "beegfs", "glusterfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.davfs", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs"),
    )
)


def refuse_network(path: Path, mounts: Path) -> None:
    """Raise BadSettings for a folder on a network file system."""
    kind = mounted_as(path.resolve(), mounts.read_text()) if mounts.exists() else ""
    if kind in NETWORK_FILE_SYSTEMS:
        raise BadSettings(
            f"cannot use data folder {path.absolute()}: it is on a network file system ({kind})", "choose a folder on a local disk"
        )


def mounted_as(path: Path, mounts: str) -> str:
    """Return the type of the file system a resolved path is on, from the text of /proc/mounts; empty if none is known."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        mount_point = Path(point.encode().decode("unicode_escape"))  # a space is written \040
        depth = len(mount_point.parts)
        if depth >= best and path.is_relative_to(mount_point):
            best, kind = depth, found
    return kind
