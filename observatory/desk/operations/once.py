"""Let a form act once, however often it is sent: that it did is kept in the same transaction as what it did."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import request

from observatory.access.people.forgery import ProtectedForm
from observatory.model.catalogue import Catalogue
from observatory.model.sent_form import SentForm
from observatory.store.register import Books, RegisterStore


class SentBefore(Exception):
    """The form was sent before, and what it asks for is done."""


@dataclass(frozen=True, slots=True)
class OnceRegister:
    """A `RegisterStore` for the one change that a form asks for; raises SentBefore instead of making it a second time."""

    register: RegisterStore
    sent: SentForm

    @contextmanager
    def change(self) -> Iterator[Books]:
        """Lend the books, if the form was not acted upon before. Raises Conflict if it was, and said something else."""
        with self.register.change() as books:
            if not books.sent_forms.take(self.sent):
                raise SentBefore
            yield books

    def look(self) -> AbstractContextManager[Books]:
        """Lend the books for reading."""
        return self.register.look()

    def catalogue(self) -> Catalogue:
        """Return the catalogue."""
        return self.register.catalogue()

    def recent_catalogue(self) -> Catalogue:
        """Return the catalogue of a moment ago."""
        return self.register.recent_catalogue()

    def close(self) -> None:
        """Leave the register open: it is not this form's."""


def sent_form(form: ProtectedForm, now: datetime) -> SentForm:
    """Return what tells this sending from others; the form is valid, so its token is of this session."""
    token = str(form.form_token.data)
    typed = sorted((name, text) for name, text in request.form.items(multi=True) if name != form.form_token.name)
    key = hashlib.sha256(f"{token}\n{request.path}".encode()).digest()
    return SentForm(key, hashlib.sha256(repr(typed).encode()).digest(), now)
