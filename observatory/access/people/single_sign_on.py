"""Sign people in by the provider that is set: who they are there decides, by issuer and subject, never by an address."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex

import structlog

from observatory.access.people import credentials
from observatory.access.people.account_marks import account_mark
from observatory.access.people.devices import device_value, new_device_value, remember_device
from observatory.access.people.errands import Carried
from observatory.access.people.forgery import our_origin
from observatory.access.people.places import origin_here
from observatory.access.people.provider import Provider
from observatory.access.people.proving import Proof, places
from observatory.model.sign_in_ways import SignInWay
from observatory.web.context import parts

ASSURANCE_SINGLE_SIGN_ON = "oidc"
ANSWER_PATH = "/desk/single-sign-on"
"""Where the provider sends people back to: what it has to be told, behind the public address."""

log = structlog.get_logger(__name__)


def redirect_uri() -> str:
    """Return the address that the provider sends people back to."""
    return our_origin() + ANSWER_PATH


def prove_by_provider(provider: Provider, carried: Carried, answer: Mapping[str, str], now: datetime) -> Proof | None:
    """Return the member who came back from the provider, None if it names nobody who has an account.

    Raises ProviderDown, ProviderRefused.
    """
    subject = provider.subject_of(answer, carried.errand, redirect_uri(), now)
    found, device = parts(), device_value() or new_device_value()
    with found.register.change() as books:
        way = books.ways.linked(provider.issuer, subject)
        member = books.staff.member(way.staff_id) if way is not None else None
        if way is None or member is None or member.disabled_at is not None:
            return None
        failures_before, last_failure_at = books.staff.sign_in_failures(member.id)
        books.ways.note_use(way.id, now)
        books.staff.note_sign_in(member.id, places(origin_here(device)), now, succeeded=True)
    remember_device(device)
    log.info("signed in", account=account_mark(found.keys, member.id), assurance=ASSURANCE_SINGLE_SIGN_ON, failures_before=failures_before)
    return Proof(member, ASSURANCE_SINGLE_SIGN_ON, failures_before, last_failure_at)


def link_by_provider(provider: Provider, carried: Carried, answer: Mapping[str, str], now: datetime) -> bool:
    """Use an enrolment code up for the person who came back from the provider; False if it is no longer good.

    Raises ProviderDown, ProviderRefused, and Conflict for a person who is linked to an account.
    """
    subject, found = provider.subject_of(answer, carried.errand, redirect_uri(), now), parts()
    with found.register.look() as books:
        invited = credentials.invitation(books, carried.code, now)
    if invited is None:
        return False
    way = SignInWay(token_hex(16), invited.member.id, "oidc", now, invited.code.given_by, provider.issuer, subject)
    credentials.link(found.register, found.keys, carried.code, way)
    return True
