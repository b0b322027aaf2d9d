"""Whoever is refused reads why: pages in both languages, programs in English."""

import ast
import re

import pytest

from observatory.readmodel.sending_report import WAYS_OUT
from observatory.rollup.attribution import REASONS
from observatory.web.error_pages import OTHER_TITLE, STATUS_OF_ERROR, TITLES
from tests.promises.test_house_style import MODULES

HANGUL = re.compile("[가-힣]")


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
