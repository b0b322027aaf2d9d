"""Serve the public log as C2SP tlog-tiles has it, and proofs of single entries."""

from flask import Blueprint, Response

from observatory.errors import BadInput, NotFound, phrase
from observatory.flows.log_tiles import tile_content
from observatory.flows.public_log import SignedLog
from observatory.transparency.tiles import TILE_WIDTH, Tile
from observatory.web.context import part, parts

FRESH = "public, max-age=5"
PARTIAL = "public, max-age=3600"
FOR_EVER = "public, max-age=31536000, immutable"
BYTES = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"

bp = Blueprint("log", __name__)


@bp.get("/checkpoint")
def checkpoint() -> Response:
    """Show the newest size and root of the log, signed, with the cosignatures there are."""
    signed_log, now = part(SignedLog), parts().now()
    return _answer(signed_log.note(now), TEXT, FRESH)


@bp.get("/tile/<path:path>")
def tile(path: str) -> Response:
    """Show a tile of the tree, or a bundle of entries."""
    try:
        found = Tile.parse(path)
    except BadInput:
        raise NotFound(phrase("cannot find this tile of the log"), phrase("tiles up to the size of /checkpoint are there")) from None
    size = part(SignedLog).look(parts().now()).size
    return _answer(tile_content(parts().register, found, size), BYTES, FOR_EVER if found.width == TILE_WIDTH else PARTIAL)


@bp.get("/log/proof/<int:index>")
def proof(index: int) -> Response:
    """Show the proof that an entry stands in the log (C2SP tlog-proof)."""
    return _answer(part(SignedLog).proof(index, parts().now()).text.encode(), TEXT, FRESH)


def _answer(content: bytes, mimetype: str, cached: str) -> Response:
    headers = {"Cache-Control": cached, "Access-Control-Allow-Origin": "*"}
    return Response(content, content_type=mimetype, headers=headers)
