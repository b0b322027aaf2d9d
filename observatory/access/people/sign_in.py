"""Prove who fills in this request's form, and write a line of the process's log about it."""

import time

import structlog
from flask import request

from observatory.access.failed_attempts import ATTEMPTS_MAX, FailedAttempts
from observatory.access.people.account_marks import account_mark
from observatory.access.people.devices import device_value, new_device_value, remember_device
from observatory.access.people.places import origin_here
from observatory.access.people.proving import Origin, Proof, has_to_wait, knows_device, prove
from observatory.errors import Overloaded, phrase
from observatory.parts import Parts
from observatory.web.context import part, parts

log = structlog.get_logger(__name__)


class SignInAttempts(FailedAttempts):
    """Attempts to sign in that failed, by address."""


def prove_here(staff_id: str, password: str, code: str) -> Proof | None:
    """Return who these prove, None if nobody. Raises Overloaded after too many failures from this address.

    A browser in which this member signed in before is not asked to wait for what others do behind the same address.
    """
    attempts, address, at_seconds, found = part(SignInAttempts), request.remote_addr or "", time.monotonic(), parts()
    device = device_value()
    origin = origin_here(device)
    wait = attempts.wait_seconds(address, at_seconds)
    if wait and not _knows_device(found, staff_id, origin):
        raise Overloaded(
            phrase("cannot sign in: too many wrong attempts came from this address"), phrase("wait a minute, then try again"), wait
        )
    if device is None:
        device = new_device_value()
        origin = origin_here(device)
    proof = prove(found.register, found.keys, staff_id, password, code, origin, found.now())
    if proof is None:
        if attempts.note(address, at_seconds):
            log.warning("sign-ins from one network are turned away for a minute", failures=ATTEMPTS_MAX)
        _tell_failure(found, staff_id, origin)
        return None
    remember_device(device)
    log.info("signed in", account=account_mark(found.keys, staff_id), assurance=proof.assurance, failures_before=proof.failures_before)
    return proof


def _knows_device(found: Parts, staff_id: str, origin: Origin) -> bool:
    with found.register.look() as books:
        return knows_device(books.staff, staff_id, origin)


def _tell_failure(found: Parts, staff_id: str, origin: Origin) -> None:
    """Write down that somebody failed: the account as a mark, nothing of what was typed, no address."""
    with found.register.look() as books:
        member = books.staff.member(staff_id)
        waits = member is not None and has_to_wait(books.staff, staff_id, origin, found.now())
    account = account_mark(found.keys, staff_id) if member is not None else None
    log.warning("sign-in closed for a while" if waits else "sign-in failed", account=account)
