"""Refuse forms that another site made a browser send: by a token bound to the session, and by where the request came from.

Each token is another one, so that a form which was sent twice can be told from two forms.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.validators import ValidationError

from observatory.access.people.staff_sessions import browser_value
from observatory.errors import NotAllowed, phrase
from observatory.web.context import parts

RANDOM_BYTES = 16
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BrowserToken(CSRF):  # type: ignore[misc]  # WTForms has no types
    """Tokens that are good for the browser value they were made for, and so end with the session: a random part, and its proof."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:  # noqa: ARG002  # WTForms' signature
        """Return the token of this browser; of one without a cookie, nothing that would be accepted."""
        random = secrets.token_hex(RANDOM_BYTES)
        return random + _proof(random) if browser_value() else ""

    def validate_csrf_token(self, form: FlaskForm, field: CSRFTokenField) -> None:  # noqa: ARG002
        """Raise ValidationError for a token of another browser or an earlier session."""
        if not field.current_token:
            raise ValidationError(gettext("Your browser sent no cookie. Allow cookies for this site and open it over https."))
        random, proof = (field.data or "")[: 2 * RANDOM_BYTES], (field.data or "")[2 * RANDOM_BYTES :]
        if not hmac.compare_digest(_proof(random).encode(), proof.encode()):
            raise ValidationError(gettext("This form is from an earlier session. Check it and send it again."))


def _proof(random: str) -> str:
    return hmac.new(parts().keys.secret, f"form\0{browser_value()}\0{random}".encode(), hashlib.sha256).hexdigest()


class ProtectedForm(FlaskForm):  # type: ignore[misc]
    """A form of the desk; validating it validates its token."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How WTForms protects it."""

        csrf = True
        csrf_class = BrowserToken
        csrf_field_name = "form_token"


def check_same_origin() -> None:
    """Refuse an unsafe request that another site made the browser send.

    Browsers of today say so in Sec-Fetch-Site, older ones in Origin; programs that send neither still need the form's token.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = site == "same-origin" if site is not None else origin is None or origin == our_origin()
    if not ours:
        raise NotAllowed(
            phrase("cannot take this form: another site sent it"), phrase("open the page of the observatory itself and send it from there")
        )


def our_origin() -> str:
    """Return the origin of our own pages as a browser writes it: what is set, else what the client took us for."""
    url = urlsplit(parts().settings.public_url or request.host_url)
    default = {"http": 80, "https": 443}.get(url.scheme)
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return f"{url.scheme}://{host}" if url.port in (None, default) else f"{url.scheme}://{host}:{url.port}"
