"""Answer those who ask a witness: a request comes as bytes, an answer goes back as a status, a type and bytes."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import structlog

from observatory.errors import BadInput
from observatory.transparency.cosignature import Cosigner
from observatory.transparency.note import Note, NoteKey, NoteSignature
from observatory.transparency.witnessing import SIZE_TYPE, WitnessRequest, decide, origin_of
from observatory.witness.signed_before import SignedBefore

NAME = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)
TEXT = "text/plain; charset=utf-8"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What is sent back."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT


class WitnessDesk:
    """One witness. Any number of threads at once; one checkpoint is decided about at a time."""

    def __init__(self, cosigner: Cosigner, logs: Sequence[NoteKey], before: SignedBefore, now: Callable[[], datetime]) -> None:
        self._cosigner = cosigner
        self._logs = {key.name: [each for each in logs if each.name == key.name] for key in logs}
        self._before = before
        self._now = now
        self._lock = threading.Lock()

    def add_checkpoint(self, content: bytes) -> WitnessAnswer:
        """Sign a checkpoint that continues the last one, written down before it is told."""
        try:
            asked = WitnessRequest.parse(content)
            origin = origin_of(asked)
        except BadInput as error:
            return WitnessAnswer(HTTPStatus.BAD_REQUEST, f"{error.message}\n".encode())
        with self._lock:
            decision = decide(asked, self._logs, self._before.last(origin) if origin in self._logs else None)
            if decision.signs is None:
                log.warning("not signed", origin=origin, status=decision.status.value)
                conflict = decision.status == HTTPStatus.CONFLICT
                return WitnessAnswer(decision.status, decision.body.encode(), SIZE_TYPE if conflict else TEXT)
            line = self._cosigner.cosign(decision.signs.text, int(self._now().timestamp()))
            of_log = [signature for key in self._logs[origin] if (signature := asked.note.signed_by(key)) is not None]
            own = NoteSignature.parse(line.removesuffix("\n"))
            self._before.keep(origin, Note(asked.note.text, (*of_log, own)).content)
        log.info("signed", origin=origin, size=decision.signs.size)
        return WitnessAnswer(HTTPStatus.OK, line.encode())

    def read(self, path: str) -> WitnessAnswer:
        """Return the last checkpoint of the log that an address names."""
        match = NAME.fullmatch(path)
        content = self._before.content(match[1]) if match is not None else None
        if content is None:
            return WitnessAnswer(HTTPStatus.NOT_FOUND, b"there is no such checkpoint here\n")
        return WitnessAnswer(HTTPStatus.OK, content)
