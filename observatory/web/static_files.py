"""Serve files under static/ at addresses that change with their content, compressed."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

CACHED_FOR_EVER = "public, max-age=31536000, immutable"
CACHED_BRIEFLY = "public, max-age=300"
COMPRESSED_TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def install_static_files(app: Flask) -> None:
    """Give templates `static_url(name)`, and let static files be cached by browsers and sent compressed."""
    app.add_template_global(static_url)
    app.after_request(_deliver)


def static_url(name: str) -> str:
    """Return the address of a static file; it carries a digest, so a changed file is a new address."""
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder or ""), name))


@cache
def _digest(folder: Path, name: str) -> str:
    return sha256((folder / name).read_bytes()).hexdigest()[:12]


@cache
def _compressed(file: Path) -> bytes:
    """Bounded by what is in the folder: only files that were found and sent come here."""
    return gzip.compress(file.read_bytes(), compresslevel=9, mtime=0)


def _deliver(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code not in (200, 304):
        return response
    response.headers["Cache-Control"] = CACHED_FOR_EVER if "v" in request.args else CACHED_BRIEFLY
    if response.mimetype not in COMPRESSED_TYPES:
        return response
    response.vary.add("Accept-Encoding")
    view_args = request.view_args or {}
    if response.status_code == 200 and "Range" not in request.headers and request.accept_encodings["gzip"] > 0:
        response.direct_passthrough = False
        response.close()
        response.set_data(_compressed(Path(current_app.static_folder or "") / view_args["filename"]))
        response.content_encoding = "gzip"
        etag, _ = response.get_etag()
        response.set_etag(f"{etag}-gzip")
        response.make_conditional(request)
    return response
