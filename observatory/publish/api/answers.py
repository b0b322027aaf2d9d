"""Answer with a shape or rows as JSON or CSV: tagged, cacheable, compressed, readable from any origin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel

from observatory.flows.public_log import SignedLog
from observatory.publish.api.csv_text import Cell, csv_text
from observatory.publish.api.questions import Question
from observatory.publish.snapshots import ApiSnapshots, answer, freeze
from observatory.readmodel.few_at_once import FewAtOnce, SearchLimit, known_pages
from observatory.web.context import part, parts, summary

LOG_HEAD_HEADER = "Observatory-Log-Head"
SNAPSHOT_BYTES_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class QuestionLimits:
    """How many questions are worked out at once, by what they cost."""

    windows: FewAtOnce = field(default_factory=SearchLimit)
    pages: FewAtOnce = field(default_factory=SearchLimit)
    known: FewAtOnce = field(default_factory=known_pages)

    def limit_of(self, question: Question) -> FewAtOnce:
        """Return how many questions of this kind are worked out at once."""
        if question.kept_as is not None:
            return self.known
        return self.windows if question.is_dear else self.pages


@dataclass(frozen=True, slots=True)
class Table:
    """What a CSV file is made of."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    next: str | None = None
    """The cursor of the next page."""


def json_answer(asked: Question, make: Callable[[], BaseModel], version: Callable[[], str] | None = None) -> Response:
    """Return what `make` gives as JSON; made once for each address, known question and version of what it says.

    What anybody can think up any number of is made each time, a few at once, so that it pushes nothing else out.
    """
    if asked.kept_as is None:
        with _limit_of(asked).turn():
            return answer(freeze("", _json(make()).encode()), "application/json")
    snapshots = part(ApiSnapshots)
    return answer(snapshots.get(f"{request.path}?{asked.kept_as}", version or summary().version, make, _json), "application/json")


def _json(shape: BaseModel) -> str:
    return shape.model_dump_json(by_alias=True)


def _limit_of(asked: Question) -> FewAtOnce:
    return part(QuestionLimits).limit_of(asked)


def csv_answer(asked: Question, make: Callable[[], Table]) -> Response:
    """Return what `make` gives as a CSV file; the next page, if there is one, is named in the Link header (RFC 8288)."""
    with _limit_of(asked).turn():
        table = make()
        response = answer(freeze("", csv_text(table.columns, table.rows).encode()), "text/csv")
    if table.next is not None:
        following = urlencode({**request.args.to_dict(), "cursor": table.next})
        response.headers["Link"] = f'<{request.path}?{following}>; rel="next"'
    return response


def with_log_head(response: Response) -> Response:
    """Name the newest signed size and root, as `observatory check-log --expect` takes it, in a header."""
    signed = part(SignedLog).look(parts().now()).checkpoint
    if signed is not None:
        response.headers[LOG_HEAD_HEADER] = f"{signed.size}:{signed.root.hex()}"
    return response


def open_to_all(response: Response) -> Response:
    """Let scripts of any origin read an answer: all of this is public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = f"ETag, Link, {LOG_HEAD_HEADER}"
    return response
