"""Answer the pipelines that asked the gate by a webhook: the same answer everybody gets, sent to where they ask for it."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException

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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token goes to nobody else."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


def send(sending: Sending) -> object:
    """Send one request by POST and return its JSON answer, None if there is none. Raises OSError or ValueError."""
    body = b"" if sending.body is None else json.dumps(sending.body).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "observatory-gate", **sending.headers}
    request = urllib.request.Request(sending.url, body, headers, method="POST")  # noqa: S310 - to addresses an operator named
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS_MAX) as response:
            told = response.read(ANSWER_BYTES_MAX)
            return json.loads(told) if told else None
    except urllib.error.HTTPError as error:
        with error:
            raise OSError(f"{sending.url} answers {error.code}") from None
