"""Name every access rule: `server/app.py` registers each blueprint with one of them, on one line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from flask import g

from observatory.access.people.forgery import check_same_origin
from observatory.access.people.staff_sessions import SignedIn, signed_in
from observatory.access.programs import scrapers, senders
from observatory.errors import NotAllowed, phrase


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a blueprint; called before each of its views."""

    name: str
    check: Callable[[], None]
    """Raises NotSignedIn or NotAllowed."""

    def __call__(self) -> None:
        """Let the request through, or raise."""
        self.check()


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The rule of every blueprint of an application."""

    by_blueprint: dict[str, Rule] = field(default_factory=dict)


def _pass() -> None:
    """Let everybody through."""


def _recognise_staff() -> None:
    g.signed_in = signed_in()
    check_same_origin()


def _recognise_administrator() -> None:
    _recognise_staff()
    if not any(grant.role == "admin" for grant in staff().member.grants):
        raise NotAllowed(phrase("cannot show this page: only administrators give accounts"), phrase("ask an administrator"))


def staff() -> SignedIn:
    """Return who makes this request, once `only_staff` let it through."""
    return cast(SignedIn, g.signed_in)


everyone = Rule("everyone", _pass)
only_staff = Rule("only_staff", _recognise_staff)
only_administrators = Rule("only_administrators", _recognise_administrator)
only_senders = Rule("only_senders", senders.only_senders)
only_scrapers = Rule("only_scrapers", scrapers.only_scrapers)
