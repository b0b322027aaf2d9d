"""Let administrators give others leave to add a way to sign in; accounts and roles themselves are given on the host."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, url_for

from observatory.access.people.account_marks import account_mark
from observatory.access.people.credentials import credentials_of, offer
from observatory.access.people.forgery import our_origin
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.people.forms import ProofAgainForm
from observatory.desk.people.proving_again import page_that_asks, proved_again
from observatory.errors import NotFound, NotSignedIn, phrase
from observatory.model.sign_in_ways import ENROLMENT_CODE_GOOD_FOR
from observatory.model.staff import StaffMember
from observatory.web.context import parts

bp = Blueprint("inviting", __name__, url_prefix=ADDRESS)
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(()))


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account, and in how many ways it can sign in."""

    member: StaffMember
    ways: int


@bp.get("/accounts")
def accounts() -> str:
    """List the accounts that have not ended."""
    with parts().register.look() as books:
        members = [member for member in books.staff.members() if member.disabled_at is None]
        rows = [AccountRow(member, sum(way.revoked_at is None for way in credentials_of(books, member.id))) for member in members]
    return render_template("desk/people/accounts.html", rows=rows)


@bp.get("/accounts/<staff_id>/invite")
def ask(staff_id: str) -> Response:
    """Ask for a proof before a code is given."""
    return page_that_asks("desk/people/invite.html", ProofAgainForm(formdata=None), _purpose(staff_id), member=_member(staff_id))


@bp.post("/accounts/<staff_id>/invite")
def invite(staff_id: str) -> Response:
    """Give an enrolment code, and show it this once."""
    form, member, found = ProofAgainForm(), _member(staff_id), parts()
    if not proved_again(form, _purpose(staff_id)):
        return page_that_asks("desk/people/invite.html", form, _purpose(staff_id), member=member)
    now = found.now()
    code = offer(found.register, found.keys, staff_id, account_mark(found.keys, staff().member.id), now)
    address = f"{our_origin()}{url_for('enrolling.ask')}#{code}"
    until = now + ENROLMENT_CODE_GOOD_FOR
    return page_with_form("desk/people/invited.html", form, member=member, code=code, address=address, until=until)


def _member(staff_id: str) -> StaffMember:
    """Return who is to be invited. Raises NotFound if nobody can sign in by that id."""
    with parts().register.look() as books:
        member = books.staff.member(staff_id)
    if member is None or member.disabled_at is not None:
        raise NotFound(phrase("cannot find staff member %(id)r"), phrase("choose one of those who can sign in"), id=staff_id)
    return member


def _purpose(staff_id: str) -> str:
    return f"invite {staff_id}"
