"""Let auditors answer what those who run a service dispute of its failures: what is accepted is corrected, in public."""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField
from wtforms.validators import AnyOf, InputRequired

from observatory.access.people.forgery import ProtectedForm
from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.auditing import AuditedDispute, audited_disputes, dispute_audited_by
from observatory.desk.operations.forms import a_message
from observatory.errors import NotSignedIn
from observatory.flows.disputes import answer_dispute
from observatory.model.dispute import ANSWER_LENGTH_MAX
from observatory.model.text import Text
from observatory.web.context import parts

SEE_OTHER = 303
ACCEPTED, DECLINED = "accepted", "declined"

bp = Blueprint("answering", __name__, url_prefix=f"{ADDRESS}/operations/disputes")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("reason_ko", "reason_en")))


class AnswerForm(ProtectedForm):
    """Yes or no, and why."""

    decision = StringField(_("Your decision"), [AnyOf((ACCEPTED, DECLINED), _("Choose whether it holds."))])
    reason_ko = a_message(_("Why, in Korean"), [InputRequired(_("Give the reason in both languages."))], ANSWER_LENGTH_MAX)
    reason_en = a_message(_("Why, in English"), [InputRequired(_("Give the reason in both languages."))], ANSWER_LENGTH_MAX)

    @property
    def reason(self) -> Text:
        """What was typed."""
        return Text(str(self.reason_ko.data), str(self.reason_en.data))


@bp.get("")
def waiting() -> str:
    """Show what waits for this auditor."""
    return render_template("desk/operations/disputes.html", rows=audited_disputes(parts().register, staff().member))


@bp.get("/<dispute_id>")
def ask_answer(dispute_id: str) -> Response:
    """Show a dispute and the form that answers it."""
    return _page(_found(dispute_id), AnswerForm())


@bp.post("/<dispute_id>")
def take_answer(dispute_id: str) -> AnyResponse:
    """Publish the answer, or say what is wrong with it."""
    found, form, now = _found(dispute_id), AnswerForm(), parts().now()
    accepted = form.decision.data == ACCEPTED
    if done(form, lambda register: answer_dispute(register, found.dispute, form.reason, mark(), now, accepted=accepted)):
        return redirect(url_for(".waiting"), SEE_OTHER)
    return _page(found, form)


def _page(found: AuditedDispute, form: AnswerForm) -> Response:
    return page_with_form("desk/operations/answer.html", form, found=found)


def _found(dispute_id: str) -> AuditedDispute:
    return dispute_audited_by(parts().register, staff().member, dispute_id)
