"""Do what a form asks for, in the name of who is signed in, and say in the form why it could not be done."""

from collections.abc import Callable

from flask_babel import gettext

from observatory.access.people.account_marks import account_mark
from observatory.access.people.forgery import ProtectedForm
from observatory.access.rules import staff
from observatory.desk.operations.once import OnceRegister, SentBefore, sent_form
from observatory.errors import BadInput, Conflict
from observatory.model.sent_form import SentForm
from observatory.store.register import RegisterStore
from observatory.web.context import parts


def done(form: ProtectedForm, act: Callable[[RegisterStore], object]) -> bool:
    """Do what a valid form asks for, once, or say in the form why it could not be done; True also if it was done before.

    `act` makes one change of the register it is given.
    """
    if not form.validate():
        return False
    sent = sent_form(form, parts().now())
    try:
        act(OnceRegister(parts().register, sent))
    except SentBefore:
        return True
    except (BadInput, Conflict) as error:
        if _was_done(sent):
            return True
        form.form_errors.append(". ".join(gettext(key, **error.values) for key in (error.message_key, error.hint_key) if key))
        return False
    return True


def _was_done(sent: SentForm) -> bool:
    with parts().register.look() as books:
        return books.sent_forms.was_taken(sent)


def mark() -> str:
    """Return how the log names who is signed in."""
    return account_mark(parts().keys, staff().member.id)
