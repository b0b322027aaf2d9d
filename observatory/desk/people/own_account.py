"""Show people how they sign in and where they are signed in, and let them end either."""

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people import credentials
from observatory.access.people.account_marks import account_mark
from observatory.access.people.credentials import Credential, credentials_of
from observatory.access.people.forgery import ProtectedForm
from observatory.access.people.staff_sessions import lasts
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door
from observatory.desk.people.forms import ProofAgainForm
from observatory.desk.people.proving_again import page_that_asks, proved_again
from observatory.errors import BadInput, NotFound, NotSignedIn, phrase
from observatory.web.context import parts

SEE_OTHER = 303

bp = Blueprint("account", __name__, url_prefix=ADDRESS)
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(()))


@bp.get("/account")
def show() -> str:
    """Show the account of who is signed in."""
    member, keys, now = staff().member, parts().keys, parts().now()
    with parts().register.look() as books:
        ways, members = credentials_of(books, member.id), books.staff.members()
        sessions = [session for session in books.sessions.sessions_of(member.id) if lasts(session, now)]
    names = {account_mark(keys, each.id): each.name for each in members}
    mark, form = account_mark(keys, member.id), ProtectedForm(formdata=None)
    return render_template("desk/people/account.html", ways=ways, sessions=sessions, names=names, mark=mark, form=form)


@bp.post("/account/end-others")
def end_others() -> AnyResponse:
    """End the sessions of all other browsers."""
    if not ProtectedForm().validate():
        raise BadInput(phrase("cannot take this form: it is from an earlier session"), phrase("reload the page and press it again"))
    with parts().register.change() as books:
        books.sessions.end_all_of(staff().member.id, staff().session.id_hash)
    return redirect(url_for(".show"), SEE_OTHER)


@bp.get("/account/revoke/<credential_id>")
def revoke_page(credential_id: str) -> Response:
    """Ask for a proof before a way to sign in is revoked."""
    return _revoke_page(credential_id, ProofAgainForm(formdata=None))


@bp.post("/account/revoke/<credential_id>")
def revoke(credential_id: str) -> AnyResponse:
    """Revoke a way to sign in of who is signed in."""
    form, found, member = ProofAgainForm(), parts(), staff().member
    session = proved_again(form, _purpose(credential_id))
    if session is None:
        return _revoke_page(credential_id, form)
    mark = account_mark(found.keys, member.id)
    credentials.revoke(found.register, found.keys, member.id, credential_id, mark, found.now(), session.id_hash)
    return redirect(url_for(".show"), SEE_OTHER)


def _revoke_page(credential_id: str, form: ProofAgainForm) -> Response:
    ways = _live_ways()
    way = next((way for way in ways if way.id == credential_id), None)
    if way is None:
        raise NotFound(phrase("cannot find this way to sign in: it is not yours, or has ended"), phrase("choose one of those listed"))
    return page_that_asks("desk/people/revoke.html", form, _purpose(credential_id), way=way, last=len(ways) == 1)


def _live_ways() -> list[Credential]:
    with parts().register.look() as books:
        return [way for way in credentials_of(books, staff().member.id) if way.revoked_at is None]


def _purpose(credential_id: str) -> str:
    return f"revoke {credential_id}"
