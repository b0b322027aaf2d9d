"""Whoever is refused reads why: pages in both languages, programs in English."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from observatory import errors
from observatory.readmodel.sending_report import WAYS_OUT
from observatory.rollup.attribution import REASONS
from observatory.signoff.signers import REFUSALS, Refusal
from observatory.web.error_pages import OTHER_TITLE, STATUS_OF_ERROR, TITLES
from tests.promises.test_house_style import MODULES, PACKAGE, name_of
from tests.promises.test_translations import PO

HANGUL = re.compile("[가-힣]")
PLACE = re.compile(r"%\((\w+)\)[rsd]")
POLITE_ENDINGS = ("니다", "시오")

NEVER_ON_A_PAGE = (
    # Whoever runs the observatory reads these: at a terminal, or as it starts.
    *("cli", "importing", "server", "demo", "prober/agent", "prober/wanted.py", "settings.py", "store/backup.py", "store/file_systems.py"),
    *("store/head_note.py", "store/log_folder.py", "store/log_policy_file.py", "store/sqlite/register/log_tables.py"),
    # Formats that programs write and read; whoever is shown a page of them is told by the surface.
    *("transparency", "witness", "workers/ask_witnesses.py"),
    *("store/key_file.py", "store/opening.py", "store/ownership.py", "store/sqlite/copying.py", "store/sqlite/migrating.py"),
    *("store/sqlite/register/staff.py", "store/sqlite/register/tokens.py"),
    # Whoever writes a catalogue: it is applied at a terminal.
    *("model/catalogue.py", "model/catalogue_file.py", "model/catalogue_rules.py", "model/service_hours.py"),
    # Programs that send telemetry, scrape, or ask for open data: they are told in English.
    *("decode", "receive", "access/programs", "flows/token_use.py", "store/sqlite/register/probes.py"),
    *("publish/api", "publish/metrics", "judge/windows.py", "store/sqlite/register/incidents.py"),
    # Values that refuse nonsense, which nobody outside can make.
    *("model/columns.py", "model/day.py", "model/exemplar.py", "model/incident.py", "model/minute.py"),
)
"""Where errors may be raised in English only; everything else can reach a page."""

SHOWN = [file for file in MODULES if not any(file.is_relative_to(PACKAGE / place) for place in NEVER_ON_A_PAGE)]
KINDS = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ObservatoryError)}


@cache
def korean() -> dict[str, str]:
    """Return the Korean of every sentence."""
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="ko")}


@cache
def calls(file: Path) -> list[ast.Call]:
    """Return the calls in a module."""
    return [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """Return the name of what is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def phrases(file: Path) -> Iterator[str]:
    """Yield what a module has marked as a phrase."""
    for call in calls(file):
        if called(call) == "phrase":
            assert isinstance(call.args[0], ast.Constant), f"{ast.unparse(call)}: only what is written there can be looked for"
            yield str(call.args[0].value)


PHRASES = sorted({each for file in MODULES for each in phrases(file)})


@pytest.mark.parametrize("place", NEVER_ON_A_PAGE)
def test_what_is_left_out_is_there(place: str) -> None:
    assert (PACKAGE / place).exists()


@pytest.mark.parametrize("file", SHOWN, ids=name_of)
def test_an_error_that_can_reach_a_page_is_raised_with_phrases(file: Path) -> None:
    """No finished sentence, no f-string: a key that is looked up, or the name of one."""
    for call in calls(file):
        if called(call) in KINDS:
            texts = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg in ("message", "hint"))]
            finished = [text for text in texts if isinstance(text, ast.JoinedStr | ast.BinOp | ast.Constant)]
            assert not finished, f"{ast.unparse(call)}: put its sentences into phrase(...), and what changes into values"


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_every_place_in_a_phrase_is_filled(file: Path) -> None:
    for call in calls(file):
        if called(call) in KINDS and all(isinstance(text, ast.Call) and called(text) == "phrase" for text in call.args[:2]):
            given = {keyword.arg for keyword in call.keywords}
            texts = [str(ast.literal_eval(text.args[0])) for text in call.args[:2] if isinstance(text, ast.Call)]
            assert {name for text in texts for name in PLACE.findall(text)} == given - {"retry_after_seconds"}, ast.unparse(call)


@pytest.mark.parametrize("text", PHRASES)
def test_every_phrase_is_a_sentence_in_both_languages(text: str) -> None:
    translated = korean()[text]
    assert HANGUL.search(translated)
    assert translated.endswith(POLITE_ENDINGS)
    assert text.isascii()
    assert not text.endswith(".")
    assert "%" not in PLACE.sub("", text + translated), "with values, a % alone is no text"


@pytest.mark.parametrize("refusal", get_args(Refusal))
def test_whoever_may_not_sign_is_told_why_and_what_to_do(refusal: Refusal) -> None:
    assert all(text in PHRASES for text in REFUSALS[refusal])


@pytest.mark.parametrize("status", sorted({*STATUS_OF_ERROR.values(), *TITLES}))
def test_every_refusal_has_a_title_in_both_languages(status: int) -> None:
    korean, english = TITLES.get(status, OTHER_TITLE)
    assert status in TITLES
    assert HANGUL.search(korean)
    assert english.isascii()


@pytest.mark.parametrize("reason", REASONS)
def test_whoever_sends_what_nobody_may_count_is_told_why_and_what_to_do(reason: str) -> None:
    assert WAYS_OUT[reason]
    assert reason in told_to_senders()


def told_to_senders() -> set[str]:
    """Return the reasons a sender is told in words, from wherever the doors keep those."""
    for file in MODULES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "REASON_TEXT":
                assert isinstance(node.value, ast.Dict)
                return {str(ast.literal_eval(key)) for key in node.value.keys if key is not None}
    raise AssertionError("no door says why it refuses")
