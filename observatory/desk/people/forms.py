"""Check what people type about how they sign in."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from observatory.access.people.credentials import CODE_LENGTH_MAX
from observatory.access.people.forgery import ProtectedForm
from observatory.access.people.passwords import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from observatory.desk.signing.forms import one_line, printable, trimmed

KEY_NAME_LENGTH_MAX = 60
NUMBER_LENGTH_MAX = 10


class CodeForm(ProtectedForm):
    """The enrolment code somebody was given."""

    code = StringField(
        _("Enrolment code"),
        [
            DataRequired(_("Enter the enrolment code you were given.")),
            Length(max=CODE_LENGTH_MAX, message=_("This is too long for a code.")),
        ],
        [trimmed],
    )


class NewPasskeyForm(ProtectedForm):
    """A passkey to be added, and how its owner calls it."""

    code = HiddenField()
    assertion = HiddenField()
    key_name = StringField(
        _("Name of the passkey"),
        [
            DataRequired(_("Give the passkey a name by which you know it again.")),
            printable,
            one_line,
            Length(max=KEY_NAME_LENGTH_MAX, message=_("Shorten the name to %(max)d characters.")),
        ],
        [trimmed],
    )


class NewPasswordForm(ProtectedForm):
    """A password to be added, and the number of the authenticator that goes with it."""

    code = HiddenField()
    sealed = HiddenField()
    password = PasswordField(
        _("New password"),
        [
            InputRequired(_("Enter a password.")),
            Length(PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX, _("Choose %(min)d to %(max)d characters.")),
        ],
    )
    number = StringField(
        _("One-time number"),
        [
            DataRequired(_("Enter the six digits your authenticator shows.")),
            Length(max=NUMBER_LENGTH_MAX, message=_("This is too long for a code.")),
        ],
        [trimmed],
    )


class ProofAgainForm(ProtectedForm):
    """What proves once more who is signed in: a passkey, or a password with a code."""

    assertion = HiddenField()
    password = PasswordField(_("Password"))
    code = StringField(_("One-time number or recovery code"), filters=[trimmed])
