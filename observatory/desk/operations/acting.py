"""Do what a form asks for, in the name of who is signed in, and say in the form why it could not be done."""

from collections.abc import Callable

from flask_babel import gettext

from observatory.access.people.account_marks import account_mark
from observatory.access.people.forgery import ProtectedForm
from observatory.access.rules import staff
from observatory.errors import BadInput, Conflict
from observatory.web.context import parts


def done(form: ProtectedForm, act: Callable[[], object]) -> bool:
    """Do what a valid form asks for; say in the form why it could not be done."""
    if not form.validate():
        return False
    try:
        act()
    except (BadInput, Conflict) as error:
        form.form_errors.append(". ".join(gettext(key, **error.values) for key in (error.message_key, error.hint_key) if key))
        return False
    return True


def mark() -> str:
    """Return how the log names who is signed in."""
    return account_mark(parts().keys, staff().member.id)
