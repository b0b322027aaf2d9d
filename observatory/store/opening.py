"""A data folder in, open stores out: the only module that names a backend."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FolderKeys:
    """Random keys of one data folder, mode 0600, made at first opening."""

    secret: bytes
    """32 bytes: MACs of tokens, cookies and forms."""
    admin: str
    """What a command on this host shows the server's doors: may send for every service, of any age."""
