"""Let those who run a service write reminders of maintenance that publish themselves, and cancel what waits."""

from flask import Blueprint, Response, redirect, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField

from observatory.access.rules import staff
from observatory.desk.frame import ADDRESS, frame, lead_to_the_door, page_with_form
from observatory.desk.operations.acting import done, mark
from observatory.desk.operations.duties import maintenance_run_by, scheduled_run_by
from observatory.desk.operations.forms import CancelForm, TimedForm, a_message, a_time
from observatory.desk.signing.forms import trimmed
from observatory.errors import NotSignedIn
from observatory.flows.scheduling import schedule_reminder, unschedule
from observatory.model.maintenance import Maintenance
from observatory.model.text import Text
from observatory.web.context import parts
from observatory.web.language import site

SEE_OTHER = 303

bp = Blueprint("scheduling", __name__, url_prefix=f"{ADDRESS}/operations")
frame(bp)
bp.register_error_handler(NotSignedIn, lead_to_the_door(("text_ko", "text_en")))


class ReminderForm(TimedForm):
    """What is said, and when."""

    publish_at = StringField(_("When it is published"), [a_time], [trimmed])
    text_ko = a_message(_("Text in Korean"))
    text_en = a_message(_("Text in English"))

    @property
    def text(self) -> Text:
        """What was typed."""
        return Text(str(self.text_ko.data), str(self.text_en.data))


@bp.get("/maintenance/<maintenance_id>/reminders")
def ask_reminder(maintenance_id: str) -> Response:
    """Show the form, and what waits."""
    return _page(maintenance_run_by(parts().register, staff().member, maintenance_id), ReminderForm(site().zone))


@bp.post("/maintenance/<maintenance_id>/reminders")
def take_reminder(maintenance_id: str) -> AnyResponse:
    """Let what was typed wait for its time, or say what is wrong with it."""
    found, form, now = maintenance_run_by(parts().register, staff().member, maintenance_id), ReminderForm(site().zone), parts().now()
    if done(form, lambda register: schedule_reminder(register, found.id, form.text, form.moment(form.publish_at), mark(), now)):
        return redirect(url_for(".ask_reminder", maintenance_id=found.id), SEE_OTHER)
    return _page(found, form)


@bp.post("/scheduled/<int(max=999999999):number>/cancel")
def take_cancellation(number: int) -> AnyResponse:
    """Let a message that waits never be published."""
    found, form = scheduled_run_by(parts().register, staff().member, number), CancelForm()
    if done(form, lambda register: unschedule(register, found.number, parts().now())):
        return redirect(url_for("operations.service", service_id=found.service_id), SEE_OTHER)
    return page_with_form("desk/operations/refused.html", form, service_id=found.service_id)


def _page(maintenance: Maintenance, form: ReminderForm) -> Response:
    with parts().register.look() as books:
        waiting = books.schedule.waiting_of(None, maintenance.id)
        left = books.services.removed_at(maintenance.service_id) is not None
    button = CancelForm(formdata=None)
    return page_with_form("desk/operations/reminders.html", form, maintenance=maintenance, waiting=waiting, left=left, button=button)
