"""Answer errors: the one place that knows which HTTP status an error has.

People get a plain page in their language, programs get problem+json (RFC 9457) in English. The OTLP doors put the same
`Problem` into their own encodings.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from apiflask.exceptions import HTTPError
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from observatory.errors import (
    BadInput,
    BadSettings,
    CannotDecide,
    Conflict,
    LengthRequired,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ObservatoryError,
    Overloaded,
    QuotaSpent,
    TooLarge,
    TooSlow,
    UnsupportedMedia,
    phrase,
)
from observatory.model.text import Text
from observatory.store.lost import StoreLost
from observatory.web.language import address_language, gettext, language
from observatory.web.own_traces import span_of

STATUS_OF_ERROR: Mapping[type[ObservatoryError], int] = {
    BadInput: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    TooSlow: 408,
    Conflict: 409,
    LengthRequired: 411,
    TooLarge: 413,
    UnsupportedMedia: 415,
    BadSettings: 500,
    Overloaded: 503,
    CannotDecide: 503,
    QuotaSpent: 503,
}
OUR_BUG = 500
TRY_AGAIN = 503
"""What our bug is on intake: exporters drop their data on a 500, and resend on this."""
RETRY_AFTER_BUG_SECONDS = 5

INTAKE_PATHS = ("/v1/", "/otlp/v1/")
PROGRAM_PATHS = (*INTAKE_PATHS, "/api/", "/metrics", "/openapi", "/livez", "/readyz")

TITLES = {
    400: Text("요청을 이해할 수 없습니다", "The request cannot be understood"),
    401: Text("로그인이 필요합니다", "You need to sign in"),
    403: Text("권한이 없습니다", "You may not do this"),
    404: Text("찾을 수 없습니다", "Not found"),
    405: Text("이 방법으로는 요청할 수 없습니다", "This method is not allowed here"),
    408: Text("보내는 데 너무 오래 걸렸습니다", "It took too long to arrive"),
    409: Text("지금 상태에서는 할 수 없습니다", "Not possible in the present state"),
    411: Text("보낸 내용의 길이를 알 수 없습니다", "The length must be known"),
    413: Text("보낸 내용이 너무 큽니다", "Too large"),
    415: Text("지원하지 않는 형식입니다", "This type is not supported"),
    500: Text("관측소에 문제가 생겼습니다", "Something went wrong in the observatory"),
    503: Text("잠시 후 다시 시도해 주십시오", "Please try again in a moment"),
}
OTHER_TITLE = Text("요청을 처리할 수 없습니다", "The request cannot be served")
REFUSED_BY_FRAMEWORK = {
    400: (phrase("the request cannot be read"), phrase("go back, reload the page and try again")),
    404: (phrase("there is no page at this address"), phrase("check the address, or begin at the front page")),
    405: (phrase("this address does not take such a request"), phrase("begin at the front page")),
    413: (phrase("more was sent than the observatory takes at once"), phrase("send less at once")),
}
OTHERWISE_REFUSED = (phrase("the observatory does not serve this request"), phrase("go back and try again, or begin at the front page"))
"""What people are told instead of the framework's own description, which is English and meant for programmers."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error means to whoever asked."""

    status: int
    error: ObservatoryError
    """What to say: to programs in English, to people in their language."""
    told: ObservatoryError | None = None
    """What people are told instead, if they are."""
    trace_id: str = ""
    """Of our own bugs: under this the traceback stands in the log."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> Text:
        """A short name of the problem."""
        return TITLES.get(self.status, OTHER_TITLE)

    @property
    def detail(self) -> str:
        """The message with its hint, for programs."""
        return str(self.error)


def status_of(error: BaseException) -> int:
    """Return the HTTP status of an error; our own bugs are 500."""
    if isinstance(error, HTTPException):
        return error.code or OUR_BUG
    if isinstance(error, HTTPError):
        return error.status_code
    return next((STATUS_OF_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_OF_ERROR), OUR_BUG)


def problem_of(error: Exception) -> Problem:
    """Return what an error means to the maker of this request; whatever is our own bug is logged with its traceback."""
    status = status_of(error)
    if isinstance(error, StoreLost):
        return _lost(error)
    if isinstance(error, Overloaded | QuotaSpent):
        return Problem(status, error, headers={"Retry-After": str(error.retry_after_seconds)})
    if isinstance(error, ObservatoryError) and status != OUR_BUG:
        return Problem(status, error, headers={"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn) else {})
    if isinstance(error, HTTPException) and status != OUR_BUG:
        headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        return _refused_by_framework(status, error.description or error.name, headers)
    if isinstance(error, HTTPError) and status != OUR_BUG:
        return _refused_by_framework(status, _validation_text(error), {})
    return _bug(error)


def _refused_by_framework(status: int, description: str, headers: Mapping[str, str]) -> Problem:
    told = ObservatoryError(*REFUSED_BY_FRAMEWORK.get(status, OTHERWISE_REFUSED))
    return Problem(status, ObservatoryError(description), told, headers=headers)


def _lost(error: StoreLost) -> Problem:
    """The process is about to end; the same request is served by the next one."""
    log.critical("request failed", route=request.url_rule.rule if request.url_rule else "", reason=str(error))
    meaning = ObservatoryError(phrase("the disk failed and the observatory restarts"), phrase("try again in a moment"))
    return Problem(TRY_AGAIN, meaning, headers={"Retry-After": str(RETRY_AFTER_BUG_SECONDS)})


def _validation_text(error: HTTPError) -> str:
    message = error.message or "the request is not valid"
    return f"{message}: {json.dumps(error.detail, ensure_ascii=False)}" if error.detail else message


def _bug(error: Exception) -> Problem:
    trace_id = _trace_id()
    log.error("request failed", route=request.url_rule.rule if request.url_rule else "", trace_id=trace_id, exc_info=error)
    if request.path.startswith(INTAKE_PATHS):
        headers = {"Retry-After": str(RETRY_AFTER_BUG_SECONDS)}
        meaning = ObservatoryError(phrase("cannot take telemetry now: nothing was stored"), phrase("send it again"))
        return Problem(TRY_AGAIN, meaning, trace_id=trace_id, headers=headers)
    meaning = ObservatoryError(phrase("the observatory could not answer"), phrase("the operator finds the cause under the trace id"))
    return Problem(OUR_BUG, meaning, trace_id=trace_id)


def _trace_id() -> str:
    span = span_of(request.environ)
    return f"{span.get_span_context().trace_id:032x}" if span is not None else secrets.token_hex(16)


def error_response(error: Exception) -> Response:
    """Return the answer to this request for an error: problem+json for programs, a page for people."""
    if isinstance(error, HTTPException) and isinstance(error.response, Response):
        return error.response
    problem = problem_of(error)
    return _as_json(problem) if _asked_by_program() else _as_page(problem)


def _asked_by_program() -> bool:
    if request.path.startswith(PROGRAM_PATHS):
        return True
    return request.accept_mimetypes.best_match(("text/html", "application/problem+json", "application/json")) not in ("text/html", None)


def _as_json(problem: Problem) -> Response:
    body = {"type": "about:blank", "title": problem.title.en, "status": problem.status, "detail": problem.error.message}
    body |= {name: value for name, value in (("hint", problem.error.hint), ("trace_id", problem.trace_id)) if value}
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, problem.status, dict(problem.headers), content_type="application/problem+json")


def _as_page(problem: Problem) -> Response:
    """Render without the shared layout and its context: this page must stand when the store does not."""
    told = problem.told or problem.error
    page = current_app.jinja_env.get_template("web/error.html").render(
        language=language(),
        title=problem.title.in_language(language()),
        sentences=[gettext(key, **told.values) for key in (told.message_key, told.hint_key) if key],
        trace_id=problem.trace_id,
    )
    headers = {name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}
    response = Response(page, problem.status, headers, content_type="text/html; charset=utf-8")
    if address_language() is None:
        response.vary.add("Accept-Language")
    return response


def register_error_pages(app: Flask) -> None:
    """Let every error of an application be answered by this map; a blueprint's own handler goes first."""
    app.after_request(_lead_without_host)
    for kind in (ObservatoryError, HTTPException, HTTPError, Exception):
        app.register_error_handler(kind, error_response)


def _lead_without_host(response: Response) -> Response:
    """Lead to an address as it is meant to be written without naming a host: the framework names what the client called us."""
    error = request.routing_exception
    if isinstance(error, RequestRedirect) and response.status_code == error.code:
        url = urlsplit(error.new_url)
        path = "/" + url.path.lstrip("/")
        response.headers["Location"] = f"{path}?{url.query}" if url.query else path
        response.set_data(b"")
    return response
