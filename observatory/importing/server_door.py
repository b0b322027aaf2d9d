"""Send pieces of files through the doors of whichever server owns the data folder just now.

Needs neither a decoder nor a store of its own, so a follower stays small.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import requests

from observatory.errors import BadInput, BadTelemetry, Overloaded, TooLarge
from observatory.importing.pieces import Piece
from observatory.model.delivery import FILE_HEADER, OFFSET_HEADER
from observatory.receive.import_report import LinesAnswer
from observatory.store.opening import FolderKeys, FolderOwner, folder_owner

ANSWER_SECONDS_MAX = 30.0
BUSY_SECONDS_MAX = 120.0
"""How long a busy or restarting server is asked again before an import gives up; run again, it goes on from there."""
AWAY_SECONDS = 1
"""When to look again for a server that is not there."""
DETAIL_LENGTH_MAX = 500
REFUSALS: Mapping[int, type[BadInput]] = {400: BadTelemetry, 413: TooLarge}
"""What of a piece itself a status complains about."""


class ServerDoor:
    """Sends pieces with the folder's own key. One thread; the server may end and come back elsewhere in between."""

    def __init__(self, data: Path, keys: FolderKeys, session: requests.Session) -> None:
        self._data = data
        self._keys = keys
        self._session = session

    def take(self, piece: Piece) -> LinesAnswer:
        """Send a piece until it is stored. Raises Overloaded after `BUSY_SECONDS_MAX`, BadInput if the server refuses it."""
        give_up_at = time.monotonic() + BUSY_SECONDS_MAX
        while True:
            try:
                return self.try_once(piece)
            except Overloaded as error:
                if time.monotonic() > give_up_at:
                    raise Overloaded(error.message, "run it again to go on") from None
                time.sleep(error.retry_after_seconds)

    def try_once(self, piece: Piece) -> LinesAnswer:
        """Send a piece. Raises Overloaded if it may not be stored and shall be sent again: its position makes that harmless.

        Raises BadTelemetry if it cannot be read, BadInput if it is refused for another reason.
        """
        url, request = self._url(), piece.request
        headers = {
            "Authorization": f"Bearer {self._keys.admin}",
            "Content-Type": request.media_type,
            # A connection that was idle for long may be gone, which would look as if the server were.
            "Connection": "close",
            FILE_HEADER: piece.position.file_id.hex(),
            OFFSET_HEADER: str(piece.position.offset),
        }
        try:
            answer = self._session.post(
                url + request.path, params=dict(request.question), data=piece.body, headers=headers, timeout=ANSWER_SECONDS_MAX
            )
        except requests.RequestException as error:
            raise Overloaded(f"cannot store lines: the server at {url} went away ({type(error).__name__})", "", AWAY_SECONDS) from None
        if answer.status_code == requests.codes.service_unavailable:
            wait = answer.headers.get("Retry-After", "")
            raise Overloaded(f"cannot store lines: the server at {url} is busy", "", int(wait) if wait.isdecimal() else AWAY_SECONDS)
        if answer.status_code != requests.codes.ok:
            refusal = REFUSALS.get(answer.status_code, BadInput)
            raise refusal(f"cannot import: the server at {url} answered {answer.status_code}", _told(answer))
        return msgspec.json.decode(answer.content, type=LinesAnswer)

    def _url(self) -> str:
        """Return where the owner of the folder listens. Raises Overloaded while nobody does."""
        url = url_of(folder_owner(self._data))
        if url is None:
            raise Overloaded(f"cannot store lines: no observatory serves {self._data}", "start it: observatory run", AWAY_SECONDS)
        return url


def _told(answer: requests.Response) -> str:
    return "".join(c for c in answer.text[:DETAIL_LENGTH_MAX] if c.isprintable())


def url_of(owner: FolderOwner | None) -> str | None:
    """Return where an owner listens, None if it does not."""
    if owner is None or owner.host is None or owner.port is None:
        return None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(owner.host, owner.host)  # noqa: S104  # everywhere is here too
    return f"http://[{host}]:{owner.port}" if ":" in host else f"http://{host}:{owner.port}"


@contextmanager
def open_server_door(data: Path, keys: FolderKeys) -> Iterator[ServerDoor]:
    """Open the way to the servers of a folder, whether one runs already or not."""
    with requests.Session() as session:
        session.trust_env = False
        yield ServerDoor(data, keys, session)
