"""Whatever a value of the model can say to a reader has words of its own in both languages, none by falling through."""

import re
from types import SimpleNamespace
from typing import get_args

import pytest
from apiflask import APIFlask
from flask_babel import gettext

from observatory.judge.evidence import DecidedBy
from observatory.judge.explanation import MinuteState, UsersRule
from observatory.judge.method import IN_FORCE
from observatory.model.figure import LoadTimeSource
from observatory.model.incident import DetectedBy, EndReason, MinuteClass, Severity, Verdict, WithdrawnReason
from observatory.model.incident_update import STAGES
from observatory.model.signoff import Decision, SignOffState
from observatory.publish.pages.listing import STATES
from observatory.signoff.gate_reasons import REASONS, ReasonCode
from tests.moments import NOW

HANGUL = re.compile("[가-힣]")
IMPORTS, MACROS = re.compile(r"{%-? from .*?%}"), re.compile(r"{%-? macro .*?endmacro -?%}", re.DOTALL)

PROBES_SAY = tuple(verdict for verdict in Verdict if verdict is not Verdict.DEGRADED)
VOCABULARIES: dict[tuple[str, str], tuple[object, ...]] = {
    ("words.html", "state_word"): STATES,
    ("words.html", "signoff_word"): get_args(SignOffState),
    ("words.html", "decision_word"): get_args(Decision),
    ("words.html", "source_word"): get_args(LoadTimeSource),
    ("words.html", "severity_word"): get_args(Severity),
    ("words.html", "detected_by_word"): get_args(DetectedBy),
    ("words.html", "stage_word"): STAGES,
    ("words.html", "withdrawn_word"): get_args(WithdrawnReason),
    ("words.html", "ending"): tuple(SimpleNamespace(ended_at=NOW, end_reason=reason) for reason in get_args(EndReason)),
    ("status/constants.html", "meaning"): tuple(constant.key for constant in IN_FORCE.constants),
    ("minute_words.html", "class_word"): tuple(MinuteClass),
    ("minute_words.html", "decided"): tuple(SimpleNamespace(decided_by=who, own=0, bridged=0, measured=0, verdict=0) for who in DecidedBy),
    ("minute_words.html", "users_say"): get_args(UsersRule),
    ("minute_words.html", "probes_say"): PROBES_SAY,
}
"""Template and macro -> every value it may be asked to say."""


def said(app: APIFlask, language: str, template: str, macro: str, value: object) -> str:
    """Return what a macro of a template says of a value."""
    assert app.jinja_env.loader is not None
    source = app.jinja_env.loader.get_source(app.jinja_env, template)[0]
    alone = "".join([*IMPORTS.findall(source), *MACROS.findall(source), f"{{{{ {macro}(value) }}}}"])
    with app.test_request_context(f"/{language}/"):
        return app.jinja_env.from_string(alone).render(value=value, explained=SimpleNamespace(method=IN_FORCE)).strip()


@pytest.mark.parametrize(("template", "macro"), VOCABULARIES)
def test_every_value_has_words_of_its_own_in_both_languages(app: APIFlask, template: str, macro: str) -> None:
    values = VOCABULARIES[template, macro]
    korean = [said(app, "ko", template, macro, value) for value in values]
    english = [said(app, "en", template, macro, value) for value in values]
    assert all(HANGUL.search(text) for text in korean)
    assert not [text for text in english if HANGUL.search(text) or not text]
    assert len(set(korean)) == len(set(english)) == len(values)


@pytest.mark.parametrize("state", sorted({*get_args(MinuteState)} - {"judged"}))
def test_why_there_is_nothing_final_to_explain_is_said(app: APIFlask, state: str) -> None:
    assert app.jinja_env.loader is not None
    source = app.jinja_env.loader.get_source(app.jinja_env, "desk/minute.html")[0]
    assert f"explained.state == '{state}' %}}<p>{{{{ _(" in source


def test_every_reason_of_a_gate_has_words_of_its_own_in_both_languages(app: APIFlask) -> None:
    assert set(REASONS) == set(get_args(ReasonCode))
    with app.test_request_context("/ko/"):
        korean = {gettext(words) for words in REASONS.values()}
    assert len(korean) == len(set(REASONS.values())) == len(REASONS)
    assert all(HANGUL.search(text) for text in korean)
    assert not [text for text in REASONS.values() if HANGUL.search(text)]
