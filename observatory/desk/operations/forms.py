"""Check what those who run a service type, and say field by field, in their language, what is wrong."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length, ValidationError

from observatory.access.people.forgery import ProtectedForm
from observatory.desk.signing.forms import printable, trimmed
from observatory.errors import BadInput
from observatory.model.catalogue import Menu
from observatory.model.incident_update import STAGES, UPDATE_LENGTH_MAX, IncidentUpdate
from observatory.model.maintenance import LASTS_MAX, TITLE_LENGTH_MAX, Announcement, Maintenance
from observatory.model.ready_texts import READY_TEXTS, ready_text
from observatory.model.site_clock import moment_by_clock
from observatory.model.text import Text
from observatory.web.language import in_language

RULES = ("", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY")
"""What can be chosen; the first is once."""
_LOCAL = "%Y-%m-%dT%H:%M"
"""As browsers send a time without a zone (HTML section 2.3.5.5)."""


def local_minute(text: str | None) -> datetime | None:
    """Return the minute, without a zone, that was typed as 2026-12-01T02:00 or with a space; None for anything else."""
    typed = trimmed(text).replace(" ", "T")
    try:
        return datetime.strptime(typed, _LOCAL) if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", typed, re.ASCII) else None  # noqa: DTZ007 - the site's zone is added
    except ValueError:
        return None


class TimedForm(ProtectedForm):
    """A form with times by the clock of a zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        super().__init__()

    def moment(self, field: Field) -> datetime:
        """Return the moment that was typed, once the form is valid."""
        local = local_minute(field.data)
        assert local is not None
        return moment_by_clock(local, self.zone)


def a_time(form: TimedForm, field: Field) -> None:
    """Refuse what is no time, or not one of the clock of the site."""
    local = local_minute(field.data)
    if local is None:
        raise ValidationError(gettext("Enter day and time, such as %(example)s.", example="2026-12-01 02:00"))
    try:
        moment_by_clock(local, form.zone)
    except BadInput as error:
        raise ValidationError(". ".join(gettext(key, **error.values) for key in (error.message_key, error.hint_key)) + ".") from None


def a_time_or_nothing(form: TimedForm, field: Field) -> None:
    """Refuse the same, but take nothing as well."""
    if field.data:
        a_time(form, field)


def a_title(label: str) -> StringField:
    """Return a field for a title in one language."""
    too_long = _("Shorten the title to %(max)d characters.")
    return StringField(label, [printable, Length(max=TITLE_LENGTH_MAX, message=too_long)], [trimmed])


def a_message(label: str, validators: Sequence[Callable[..., None]] = (), length_max: int = UPDATE_LENGTH_MAX) -> TextAreaField:
    """Return a field for a message in one language, which is held against `validators` first."""
    too_long = _("Shorten the text to %(max)d characters.")
    return TextAreaField(label, [*validators, printable, Length(max=length_max, message=too_long)], [trimmed])


def a_choice_of_menus(label: str) -> SelectMultipleField:
    """Return a field for menus of the form's service; the words WTForms has for a wrong one are two sentences in Korean."""
    return SelectMultipleField(label, invalid_choice_message=_("Choose menus of this service."))


class MaintenanceForm(TimedForm):
    """When a service is worked on, and what it is called."""

    title_ko = a_title(_("Title in Korean"))
    title_en = a_title(_("Title in English"))
    start = StringField(_("Start"), [a_time], [trimmed])
    end = StringField(_("End"), [a_time], [trimmed])
    menus = a_choice_of_menus(_("Menus that are worked on"))
    rule = StringField(_("How often"), [AnyOf(RULES, _("Choose how often."))], default="")
    last_day = StringField(_("Last day"), filters=[trimmed])

    def __init__(self, menus: tuple[Menu, ...], zone: ZoneInfo) -> None:
        super().__init__(zone)
        self.menus.choices = [(menu.id, in_language(menu.name)) for menu in menus]

    def show(self, maintenance: Maintenance) -> None:
        """Fill in what was announced."""
        self.title_ko.data, self.title_en.data = maintenance.title
        self.start.data, self.end.data = (f"{moment.astimezone(self.zone):{_LOCAL}}" for moment in (maintenance.start, maintenance.end))
        self.menus.data = list(maintenance.menu_ids)

    def validate_title_ko(self, field: Field) -> None:
        """Ask for a title in one language at least; the other may follow."""
        if not field.data and not self.title_en.data:
            raise ValidationError(gettext("Enter a title, in Korean, English or both."))

    def validate_end(self, field: Field) -> None:
        """Hold the end against the start."""
        start, end = local_minute(self.start.data), local_minute(field.data)
        if start is not None and end is not None and not timedelta() < end - start <= LASTS_MAX:
            raise ValidationError(gettext("Let it end after it starts, and within %(days)d days.", days=LASTS_MAX.days))

    def validate_last_day(self, field: Field) -> None:
        """Take a day, of something that happens again."""
        if field.data and not self.rule.data:
            raise ValidationError(gettext("A last day belongs to maintenance that happens again. Choose how often, or empty the day."))
        if field.data and _day(field.data) is None:
            raise ValidationError(gettext("Write the date as year-month-day, such as %(example)s.", example="2026-12-31"))

    @property
    def recurrence(self) -> str:
        """What was chosen, as RFC 5545 writes it."""
        day = _day(self.last_day.data or "")
        return f"{self.rule.data};UNTIL={day:%Y%m%d}T235959" if self.rule.data and day else str(self.rule.data)

    def announcement(self, now: datetime) -> Announcement:
        """Return what was typed, once the form is valid."""
        start, end = (self.moment(field) for field in (self.start, self.end))
        return Announcement(now, start, end, Text(str(self.title_ko.data), str(self.title_en.data)), tuple(self.menus.data or ()))


class CancelForm(ProtectedForm):
    """A button."""


class UpdateForm(TimedForm):
    """What is said of an incident, now or at a time."""

    stage = StringField(_("How far it is"), [AnyOf(STAGES, _("Choose how far it is."))])
    text_ko = a_message(_("Text in Korean"))
    text_en = a_message(_("Text in English"))
    publish_at = StringField(_("Publish it later"), [a_time_or_nothing], [trimmed])

    def validate_text_ko(self, field: Field) -> None:
        """Ask for a text in one language at least; the other may follow."""
        if not field.data and not self.text_en.data:
            raise ValidationError(gettext("Write a text, in Korean, English or both."))

    @property
    def text(self) -> Text:
        """What was typed."""
        return Text(str(self.text_ko.data), str(self.text_en.data))

    def offer(self, stage: str, service_name: Text) -> None:
        """Fill in the ready text of a stage, if there is one."""
        found = next((each for each in READY_TEXTS if each == stage), None)
        if found is not None and (ready := ready_text(found, service_name)) is not None:
            self.stage.data, (self.text_ko.data, self.text_en.data) = found, ready


class TranslationForm(ProtectedForm):
    """An update in the language it lacks."""

    translation = a_message(_("Translation"))

    def validate_translation(self, field: Field) -> None:
        """Ask for a text."""
        if not field.data:
            raise ValidationError(gettext("Write the translation."))

    def text(self, update: IncidentUpdate) -> Text:
        """Return what was typed, in the language the update lacks."""
        typed = str(self.translation.data)
        return Text(typed, "") if not update.text.ko else Text("", typed)


def _day(text: str) -> date | None:
    """Return the day of an ISO date, None for any other text."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None
