"""A growing access log in, its new lines to the observatory's door: whole lines only, each sent until it is stored."""

import threading
from pathlib import Path

import requests

FOLLOW_SECONDS = 2.0
ANSWER_TIMEOUT_S = 20


def follow(path: Path, door_url: str, token: str, stop: threading.Event) -> None:
    """Send what is appended to a file from now on, until `stop`."""
    sent_bytes = path.stat().st_size if path.exists() else 0
    with requests.Session() as session:
        session.trust_env = False
        while not stop.wait(FOLLOW_SECONDS):
            lines = _whole_lines(path, sent_bytes)
            if lines and _is_stored(session, door_url, token, lines):
                sent_bytes += len(lines)


def _whole_lines(path: Path, offset: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(offset)
        lines, newline, _ = file.read().rpartition(b"\n")
    return lines + newline


def _is_stored(session: requests.Session, door_url: str, token: str, lines: bytes) -> bool:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    try:
        return session.post(door_url, data=lines, headers=headers, timeout=ANSWER_TIMEOUT_S).ok
    except requests.RequestException:
        # Not answered is not stored; the duplicate check makes sending the same lines again harmless.
        return False
