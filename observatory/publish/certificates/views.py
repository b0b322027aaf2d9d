"""Serve the certificate of a sign-off in both languages, as text, as JSON, and as a bundle that is checked without us."""

import re

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory
from observatory.flows.signing_keys import SigningKeys
from observatory.publish.certificates.code import qr_code
from observatory.publish.certificates.shapes import CertificateShape
from observatory.publish.snapshots import CACHE_CONTROL, answer, freeze
from observatory.readmodel.bundles import bundle_of
from observatory.readmodel.certificates import Certificate, CertificateSources, certificate
from observatory.readmodel.few_at_once import FewAtOnce
from observatory.signoff.gate_reasons import REASONS
from observatory.web.context import part, parts, parts_of
from observatory.web.language import LANGUAGES, preferred_language

bp = Blueprint("certificates", __name__)


class CertificateLimit(FewAtOnce):
    """How many certificates are made at once."""

    def __init__(self) -> None:
        super().__init__(2, waiting_max=64, wait_seconds_max=10.0)


@bp.record_once
def _limit(state: BlueprintSetupState) -> None:
    """Give an application its limit."""
    assert isinstance(state.app, Flask)
    parts_of(state.app).add(CertificateLimit())


@bp.get("/c/<number>")
def choose_language(number: str) -> AnyResponse:
    """Send a reader to the language the browser asks for."""
    response = redirect(url_for(".page", language=preferred_language(), number=number))
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.vary.add("Accept-Language")
    return response


@bp.get("/<any(ko, en):language>/c/<number>")
def page(number: str, **_: str) -> Response:
    """What was decided, how it stands now, and how to check it."""
    found = _find(number)
    alternates = {code: url_for(".page", language=code, number=found.number) for code in LANGUAGES}
    code = qr_code(_public_address(found.number))
    return _sent(render_template("certificates/page.html", **_told(found), code=code, alternates=alternates), "text/html")


@bp.get("/<any(ko, en):language>/c/<number>.txt")
def text(number: str, **_: str) -> Response:
    """The same as plain text."""
    lines = render_template("certificates/page.txt", **_told(_find(number)))
    return _sent(re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n", "text/plain")


@bp.get("/c/<number>.json")
def document(number: str) -> Response:
    """The same for programs."""
    return _sent(CertificateShape.of(_find(number)).model_dump_json(by_alias=True), "application/json")


@bp.get("/c/<number>/bundle.json")
def bundle(number: str) -> Response:
    """Everything that proves it in one file: `observatory gate check --offline` and others check it without us."""
    found = _find(number)
    response = _sent(bundle_of(_sources(), found, parts().now()).decode(), "application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{found.number}.json"'
    return response


def _find(number: str) -> Certificate:
    """Return a certificate, a few at once: nobody makes the numbers up, but anybody can ask."""
    with part(CertificateLimit).turn():
        return certificate(_sources(), number, parts().now())


def _sources() -> CertificateSources:
    return CertificateSources(parts().register, part(KnownHistory), part(SignedLog), part(SigningKeys))


def _told(found: Certificate) -> dict[str, object]:
    service = parts().register.catalogue().service(found.signed.signoff.release.service_id)
    return {
        "found": found,
        "signoff": found.signed.signoff,
        "service": service,
        "reasons": REASONS,
        "address": _public_address(found.number),
        "now": parts().now(),
    }


def _public_address(number: str) -> str:
    """Return the address people are given, as short as it can be typed."""
    base = parts().settings.public_url.rstrip("/") or request.host_url.rstrip("/")
    return base + url_for(".choose_language", number=number)


def _sent(body: str, mimetype: str) -> Response:
    return answer(freeze("", body.encode()), mimetype)
