"""Ask the server what is to be checked, and send it what was seen."""

import gzip
import ipaddress
from urllib.parse import SplitResult, urlsplit

import msgspec
import requests

from observatory.errors import BadInput, BadTelemetry, NotAllowed, Overloaded
from observatory.model.delivery import FILE_HEADER, OFFSET_HEADER
from observatory.prober.agent.spool import Batch

ANSWER_SECONDS_MAX = 30.0
BUSY_SECONDS = 1
TOLD_LENGTH_MAX = 300


class Taken(msgspec.Struct, frozen=True):
    """What became of a batch, as far as an agent cares."""

    accepted: int
    rejected: dict[str, int]
    refused: dict[str, int]
    clamped: int = 0
    duplicate: bool = False


class _Problem(msgspec.Struct):
    """Why a request was refused (RFC 9457)."""

    detail: str


class AgentServer:
    """The observatory that an agent works for. One thread."""

    def __init__(self, url: str, token: str, session: requests.Session) -> None:
        self._url = url.rstrip("/") + "/v1/probes"
        self._session = session
        self._tag = ""
        # ! Not by the session's headers: a password in ~/.netrc would take their place.
        session.auth = _Bearer(token)

    def wanted(self) -> bytes | None:
        """Return what is to be checked, None if it is what was told last. Raises Overloaded while that cannot be said, NotAllowed."""
        answer = self._ask("GET", {"If-None-Match": self._tag} if self._tag else {})
        if answer.status_code == requests.codes.not_modified:
            return None
        self._tag = answer.headers.get("ETag", "")
        return answer.content

    def send(self, batch: Batch) -> Taken:
        """Send a batch: stored once however often it is sent. Raises Overloaded while it may not be, NotAllowed, BadTelemetry."""
        headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            FILE_HEADER: batch.series,
            OFFSET_HEADER: str(batch.number),
        }
        answer = self._ask("POST", headers, gzip.compress(batch.body, mtime=0))
        try:
            return msgspec.json.decode(answer.content, type=Taken)
        except msgspec.DecodeError as error:
            raise Overloaded(f"cannot send checks: {self._url} gave no answer of an observatory ({error})", "", BUSY_SECONDS) from None

    def _ask(self, method: str, headers: dict[str, str], body: bytes | None = None) -> requests.Response:
        try:
            answer = self._session.request(method, self._url, data=body, headers=headers, timeout=ANSWER_SECONDS_MAX, allow_redirects=False)
        except requests.RequestException as error:
            raise Overloaded(f"cannot reach {self._url} ({type(error).__name__})", "", BUSY_SECONDS) from None
        if answer.status_code in (requests.codes.ok, requests.codes.not_modified):
            return answer
        told = f"{self._url} answered {answer.status_code}: {_told(answer)}"
        if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden, requests.codes.conflict):
            raise NotAllowed(told, "use a token made by: observatory token create --vantage NAME")
        if answer.status_code in (requests.codes.bad_request, requests.codes.request_entity_too_large):
            raise BadTelemetry(told)
        wait = answer.headers.get("Retry-After", "")
        raise Overloaded(told, "", int(wait) if wait.isascii() and wait.isdecimal() and len(wait) <= 4 else BUSY_SECONDS)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def require_private(url: str) -> None:
    """Raise BadInput for an address that would show the token to whoever listens on the way."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.username is None and (parts.scheme == "https" or _is_this_host(parts))
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(f"cannot use server {url!r}", "give its https address; http only to this host itself")


def _is_this_host(parts: SplitResult) -> bool:
    return parts.scheme == "http" and (parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback)


def _told(answer: requests.Response) -> str:
    """Return why a request was refused: the detail of an observatory's answer, or how another one begins."""
    try:
        text = msgspec.json.decode(answer.content, type=_Problem).detail
    except (msgspec.DecodeError, RecursionError):
        text = answer.text
    return "".join(c for c in text[:TOLD_LENGTH_MAX] if c.isprintable())
