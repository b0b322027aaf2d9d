"""Answer the pipelines that asked the gate by a webhook: the same answer everybody gets, sent to where they ask for it."""

import json
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from urllib.parse import urlsplit

import structlog

from observatory.errors import CannotDecide, Overloaded
from observatory.flows.gate import answer_from
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory
from observatory.parts import Parts
from observatory.publish.gate.hooks import AskedByHook, Sending, WaitingHooks, digest_meant
from observatory.signoff.gate import GateAnswer, GateQuestion

SECONDS_MAX = 5.0
"""For each request; a step that waits longer would keep the others waiting."""
ANSWER_BYTES_MAX = 1 << 16

log = structlog.get_logger(__name__)


def step(parts: Parts) -> bool:
    """Answer one question; True while more wait. What cannot be decided or sent stays shut, and is asked again by whoever deploys."""
    asked = parts.get(WaitingHooks).take()
    if asked is None:
        return False
    try:
        answer = _answer(asked, parts)
        asked.answer(answer, send, parts.now())
        log.info("pipeline answered", service=asked.service, decision="deny" if answer is None else answer.decision)
    except (OSError, ValueError, RecursionError, HTTPException, CannotDecide, Overloaded) as error:
        log.warning("pipeline not answered", service=asked.service, reason=str(error))
    return True


def _answer(asked: AskedByHook, parts: Parts) -> GateAnswer | None:
    """Return the gate's answer, None if no release is frozen for what is asked about."""
    known = parts.get(KnownHistory)
    digest = digest_meant(asked, known.look())
    if digest is None:
        return None
    return answer_from(known, parts.get(SignedLog), GateQuestion(asked.service, digest, asked.environment), parts.now()).answer


def send(sending: Sending) -> object:
    """Send one request by POST, to an address an operator named, and return its JSON answer, None if there is none.

    Nothing is followed: a token goes to nobody else. Raises OSError, ValueError or HTTPException, at the latest after SECONDS_MAX.
    """
    url = urlsplit(sending.url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    body = b"" if sending.body is None else json.dumps(sending.body).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "observatory-gate", **sending.headers}
    with closing(kind(url.hostname or "", url.port, timeout=SECONDS_MAX)) as connection:
        connection.connect()
        # ! The time-out of a socket is one for each read: who sends a byte now and then would never be through.
        late = Event()
        end = Timer(SECONDS_MAX, _give_up, [connection.sock, late])
        end.start()
        try:
            connection.request("POST", url._replace(scheme="", netloc="").geturl(), body, headers)
            response = connection.getresponse()
            told = response.read(ANSWER_BYTES_MAX)
        finally:
            end.cancel()
    if late.is_set():
        raise TimeoutError(f"{sending.url} did not answer within {SECONDS_MAX:g} s")
    if not 200 <= response.status < 300:
        raise OSError(f"{sending.url} answers {response.status}")
    return json.loads(told) if told else None


def _give_up(connection: socket, late: Event) -> None:
    """End a connection from outside: whoever waits for its next byte gets an end instead."""
    late.set()
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)
