"""What this request's form says in, who that proves to be here out: `prove`, with a limit on failures from one address."""

import time

from flask import current_app, request

from observatory.access.failed_attempts import FailedAttempts
from observatory.access.staff import Proof, prove
from observatory.errors import Overloaded
from observatory.web.context import parts

ATTEMPTS_KEY = "observatory.sign_in_attempts"


def prove_here(staff_id: str, password: str, code: str) -> Proof | None:
    """Return who these prove, None if nobody. Raises Overloaded after too many failures from this address."""
    attempts, address, at_seconds = _attempts(), request.remote_addr or "", time.monotonic()
    wait = attempts.wait_seconds(address, at_seconds)
    if wait:
        raise Overloaded("cannot sign in: too many wrong attempts came from this address", "wait a minute, then try again", wait)
    proof = prove(parts().register, staff_id, password, code, parts().now())
    if proof is None:
        attempts.note(address, at_seconds)
    return proof


def _attempts() -> FailedAttempts:
    found = current_app.extensions.setdefault(ATTEMPTS_KEY, FailedAttempts())
    assert isinstance(found, FailedAttempts)
    return found
