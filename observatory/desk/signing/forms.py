"""Check what people type at the desk, make a `SigningDraft` of it, and say field by field, in their language, what is wrong."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.csrf.core import CSRFTokenField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, ValidationError

from observatory.access.people.forgery import ProtectedForm
from observatory.access.people.passwords import PASSWORD_LENGTH_MAX
from observatory.access.people.proving import CODE_LENGTH_MAX, STAFF_ID_LENGTH_MAX
from observatory.flows.releases import FrozenRelease
from observatory.model.signoff import (
    CONDITION_LENGTH_MAX,
    REASONS_LENGTH_MAX,
    REASONS_LENGTH_MIN,
    Condition,
    Decision,
    SigningDraft,
)
from observatory.model.visible_text import character_name, hidden_character

CONDITION_ROWS = (1, 2, 3)
PLAN_LENGTH_MAX = 300

DECISIONS: tuple[Decision, ...] = ("pass", "conditional", "fail")


def trimmed(text: str | None) -> str:
    """Return a typed text without spaces around it, its lines ended in one way."""
    return (text or "").replace("\r\n", "\n").strip()


def int_or_zero(text: str | None) -> int:
    """Return the number a radio button stands for, 0 for none that we made."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else 0


def printable(_form: ProtectedForm, field: Field) -> None:
    """Refuse characters that cannot be seen: a text could be read as something else."""
    if found := hidden_character(field.data or ""):
        raise ValidationError(
            gettext(
                "%(field)s: it holds a character that cannot be seen, %(character)s. Type the text instead of pasting it.",
                field=field.label.text,
                character=character_name(found),
            )
        )


def one_line(_form: ProtectedForm, field: Field) -> None:
    """Refuse what would not print as one line."""
    if not (field.data or "").isprintable():
        raise ValidationError(gettext("%(field)s: use letters, digits and signs only.", field=field.label.text))


def required(message: str) -> list[Any]:
    """Return the validators of a text that has to be there."""
    return [DataRequired(message), printable]


class SignInForm(ProtectedForm):
    """Who somebody says they are, and what proves it."""

    staff_id = StringField(
        _("ID"),
        [
            DataRequired(_("Enter your ID.")),
            Length(max=STAFF_ID_LENGTH_MAX, message=_("This is too long for an ID.")),
        ],
        [trimmed],
    )
    password = PasswordField(
        _("Password"),
        [
            InputRequired(_("Enter your password.")),
            Length(max=PASSWORD_LENGTH_MAX, message=_("This is too long for a password.")),
        ],
    )
    code = StringField(
        _("One-time number or recovery code"),
        [
            DataRequired(_("Enter the six digits your authenticator shows, or a recovery code.")),
            Length(max=CODE_LENGTH_MAX, message=_("This is too long for a code.")),
        ],
        [trimmed],
    )


class PasskeyForm(ProtectedForm):
    """What an authenticator answered, filled in by our script."""

    assertion = HiddenField()


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """The two fields of one condition."""

    text: Field
    due: Field


class SignOffForm(ProtectedForm):
    """What an executive decides about a release."""

    release = RadioField(_("Release"), coerce=int_or_zero, validate_choice=False)
    plan_reference = StringField(
        _("Test plan and results"),
        [
            *required(_("Name the plan and results of the usability test: a document number or an address.")),
            Length(max=PLAN_LENGTH_MAX, message=_("Shorten the reference to %(max)d characters.")),
        ],
        [trimmed],
    )
    decision = StringField(_("Decision"), [AnyOf(DECISIONS, _("Choose pass, conditional pass or fail."))])
    condition_1 = StringField(_("Condition 1"), [printable], [trimmed])
    condition_2 = StringField(_("Condition 2"), [printable], [trimmed])
    condition_3 = StringField(_("Condition 3"), [printable], [trimmed])
    due_1 = StringField(_("Due date of condition 1"), filters=[trimmed])
    due_2 = StringField(_("Due date of condition 2"), filters=[trimmed])
    due_3 = StringField(_("Due date of condition 3"), filters=[trimmed])
    reasons = TextAreaField(
        _("Reasons"),
        [
            *required(_("Write your reasons in your own words.")),
            Length(
                REASONS_LENGTH_MIN,
                REASONS_LENGTH_MAX,
                _("Write %(min)d to %(max)d characters in your own words."),
            ),
        ],
        [trimmed],
    )

    def __init__(self, today: date, releases: Sequence[FrozenRelease]) -> None:
        super().__init__()
        self._today = today
        self.release.choices = [(each.index, each.version) for each in releases]

    @property
    def rows(self) -> list[ConditionRow]:
        """The fields of the conditions, row by row."""
        return [ConditionRow(self[f"condition_{row}"], self[f"due_{row}"]) for row in CONDITION_ROWS]

    @property
    def content(self) -> list[Field]:
        """Everything that was typed, to be carried by the page that shows it."""
        return [field for field in self if not isinstance(field, CSRFTokenField)]

    def validate_release(self, field: Field) -> None:
        """Refuse what is not in the list."""
        if field.data not in [index for index, _name in field.choices]:
            raise ValidationError(gettext("Choose the release that you used and judge."))

    def validate_decision(self, field: Field) -> None:
        """Hold the decision against the conditions."""
        written = [row for row in self.rows if row.text.data or row.due.data]
        if field.data != "conditional" and written:
            raise ValidationError(gettext("Conditions belong to a conditional pass. Choose that, or empty the conditions."))
        if field.data == "conditional" and not written:
            raise ValidationError(gettext("Name at least one condition with its due date, or choose pass or fail."))

    def validate(self, extra_validators: object = None) -> bool:
        """Tell whether everything is right, each row of conditions included."""
        sound = bool(super().validate(extra_validators))
        for row in self.rows:
            self._check(row)
        return sound and not any(field.errors for row in self.rows for field in (row.text, row.due))

    def _check(self, row: ConditionRow) -> None:
        text, due = row.text.data or "", row.due.data or ""
        if len(text) > CONDITION_LENGTH_MAX:
            row.text.errors = (gettext("Shorten the condition to %(max)d characters.", max=CONDITION_LENGTH_MAX),)
        if due and not text:
            row.text.errors = (gettext("Write what has to be mended by that day, or empty the date."),)
        if text and not due:
            row.due.errors = (gettext("Enter the day by which this has to be mended."),)
        elif due and (day := _day(due)) is None:
            row.due.errors = (gettext("Write the date as year-month-day, such as %(example)s.", example=self._today.isoformat()),)
        elif due and day is not None and day < self._today:
            row.due.errors = (gettext("Choose today (%(today)s) or a later day.", today=self._today.isoformat()),)

    def draft(self, service_id: str) -> SigningDraft:
        """Return what was decided, once the form is valid."""
        return SigningDraft(
            service_id=service_id,
            release_index=int(self.release.data),
            plan_reference=str(self.plan_reference.data),
            decision=cast(Decision, self.decision.data),
            reasons=str(self.reasons.data),
            conditions=tuple(self._conditions()),
        )

    def _conditions(self) -> Iterator[Condition]:
        for row in self.rows:
            day = _day(row.due.data or "")
            if row.text.data and day is not None:
                yield Condition(str(row.text.data), day)


class ShownForm(ProtectedForm):
    """Which statement the signer was shown, and that we showed it."""

    shown_at = HiddenField()
    """Second of its moment, since 1970."""
    challenge = HiddenField()
    """What stands for its bytes, in hexadecimal digits."""
    challenge_proof = HiddenField()


class KeyProofForm(ShownForm):
    """What a security key made of that."""

    assertion = HiddenField(validators=[InputRequired(_("No security key answered. Press the button again, then touch your key."))])


class PasswordProofForm(ShownForm):
    """The signer's password and code."""

    password = SignInForm.password
    code = SignInForm.code


def _day(text: str) -> date | None:
    """Return the day of an ISO date, None for any other text."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None
