"""Check what is typed to freeze a release."""

import re

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Length, Regexp

from observatory.access.people.forgery import ProtectedForm
from observatory.desk.signing.forms import required, trimmed
from observatory.model.release import URL_LENGTH_MAX, ReleaseFrozen
from observatory.model.signoff import DIGEST_PATTERN

VERSION_LENGTH_MAX = 100

_BARE_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def digest_text(text: str | None) -> str:
    """Return a digest as we write it: tools print it with and without its algorithm, in both cases."""
    typed = trimmed(text).lower()
    return f"sha256:{typed}" if _BARE_DIGEST.fullmatch(typed) else typed


class FreezeForm(ProtectedForm):
    """A release, as whoever built it names it."""

    version = StringField(
        _("Release version"),
        [
            *required(_("Enter the version of the release, such as 2.4.1.")),
            Length(max=VERSION_LENGTH_MAX, message=_("Shorten the version to %(max)d characters.")),
        ],
        [trimmed],
    )
    digest = StringField(
        _("Release digest"),
        [
            *required(_("Enter the SHA-256 digest of the release. Who built it can tell you.")),
            Regexp(DIGEST_PATTERN.pattern + r"\Z", message=_("A digest is sha256: and 64 digits from 0 to 9 and a to f. Copy it whole.")),
        ],
        [digest_text],
    )
    environment = StringField(
        _("Environment"),
        [Regexp(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\Z", message=_("Use lower-case letters, digits and hyphens, such as production."))],
        [trimmed],
        default="production",
    )
    url = StringField(
        _("Address where it can be tried"),
        [
            *required(_("Enter the address where the release can be tried.")),
            Length(max=URL_LENGTH_MAX, message=_("Shorten the address to %(max)d characters.")),
            Regexp(r"https?://\S+\Z", message=_("Begin the address with https:// or http://.")),
        ],
        [trimmed],
    )

    def release(self, service_id: str, by: str) -> ReleaseFrozen:
        """Return what was typed, once the form is valid."""
        return ReleaseFrozen(service_id, str(self.version.data), str(self.digest.data), str(self.environment.data), str(self.url.data), by)
