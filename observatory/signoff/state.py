"""Derive the state that a service's badge shows from its sign-offs."""

from collections.abc import Sequence
from datetime import date

from observatory.model.signoff import SignOff, SignOffState


def signoff_state(signoffs: Sequence[SignOff], today: date) -> SignOffState:
    """Return what the newest sign-off means today; `signoffs` newest first, `today` the local day.

    A pass holds until it ends by itself, a conditional one until its first condition is due; after that the service
    is open to the public without a decision that still counts: overdue. A sign-off holds through its last day.
    """
    if not signoffs:
        return "none"
    newest = signoffs[0]
    if newest.decision == "fail":
        return "failed"
    if today > _last_day(newest):
        return "overdue"
    return "signed" if newest.decision == "pass" else "conditional"


def _last_day(signoff: SignOff) -> date:
    return min([signoff.not_after.date(), *(condition.due for condition in signoff.conditions)])
