"""A shape or rows in, the HTTP answer out: JSON or CSV, tagged, cacheable, compressed, readable from any origin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from flask import Response, current_app, request
from pydantic import BaseModel

from observatory.publish.api.csv_text import Cell, csv_text
from observatory.publish.snapshots import Snapshots, answer, freeze
from observatory.publish.summary import summary
from observatory.web.context import parts

SNAPSHOTS = "observatory.api_snapshots"
LOG_HEAD_HEADER = "Observatory-Log-Head"
SNAPSHOT_BYTES_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """What a CSV file is made of."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    next: str | None = None
    """The cursor of the next page."""


def json_answer(make: Callable[[], BaseModel]) -> Response:
    """Return what `make` gives as JSON; made once for each address and version of the read model."""
    snapshots = cast(Snapshots, current_app.extensions[SNAPSHOTS])
    key = f"{request.path}?{request.query_string.decode('ascii', 'replace')}"
    snapshot = snapshots.get(key, summary().version, make, lambda shape: shape.model_dump_json(by_alias=True))
    return answer(snapshot, "application/json")


def csv_answer(table: Table) -> Response:
    """Return a table as a CSV file; the next page, if there is one, is named in the Link header (RFC 8288)."""
    response = answer(freeze("", csv_text(table.columns, table.rows).encode()), "text/csv")
    if table.next is not None:
        following = urlencode({**request.args.to_dict(), "cursor": table.next})
        response.headers["Link"] = f'<{request.path}?{following}>; rel="next"'
    return response


def with_log_head(response: Response) -> Response:
    """Name the newest signed head, as `observatory check-log --expect` takes it, in a header."""
    signed = parts().log.look(parts().now()).signed
    if signed is not None:
        response.headers[LOG_HEAD_HEADER] = f"{signed.size}:{signed.hash.hex()}"
    return response


def open_to_all(response: Response) -> Response:
    """Let scripts of any origin read an answer: all of this is public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = f"ETag, Link, {LOG_HEAD_HEADER}"
    return response
