"""The method is a value: complete, with units, and told the same on the page that the docstrings cite."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from observatory.judge import method
from observatory.judge.evidence import Requests, of_users
from observatory.judge.method import IN_FORCE
from observatory.model.incident import Verdict

PAGE = Path(method.__file__).with_name("METHOD.md").read_text(encoding="utf-8")
UNITS = {"requests", "permille", "minutes", "hours", "weeks", "intervals", "times"}


def test_the_page_names_the_version_and_every_constant_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\w+) \|$", PAGE, re.MULTILINE)
    assert [(key, int(value), unit) for key, value, unit in rows] == [(each.key, each.value, each.unit) for each in IN_FORCE.constants]
    assert PAGE.startswith(f"# The method as built: `{IN_FORCE.version}`\n")


def test_the_page_says_what_every_constant_is_for() -> None:
    rules, _, _ = PAGE.partition("## Constants")
    assert not [each.key for each in IN_FORCE.constants if each.key not in rules]


def test_every_constant_has_a_unit() -> None:
    assert {each.unit for each in IN_FORCE.constants} == UNITS


def test_two_versions_judge_side_by_side() -> None:
    stricter = replace(IN_FORCE, version="stricter", down_permille=300)
    requests = Requests(*(np.array([each], np.int64) for each in (100, 40, 0, 0, 0)))
    assert of_users(requests, 1, IN_FORCE)[0] == Verdict.PARTIAL
    assert of_users(requests, 1, stricter)[0] == Verdict.DOWN


def test_the_sections_that_docstrings_cite_are_there() -> None:
    sections = {int(number) for number in re.findall(r"^## (\d)\. ", PAGE, re.MULTILINE)}
    package = Path(method.__file__).parents[1]
    cited = {
        int(number)
        for file in package.rglob("*.py")
        for found in re.findall(r"[Mm]ethod sections? ([\d and,]+)", file.read_text(encoding="utf-8"))
        for number in re.findall(r"\d", found)
    }
    assert cited
    assert cited <= sections
