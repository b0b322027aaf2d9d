"""CSV as RFC 4180 wants it, and as a spreadsheet may safely open it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.publish.api.csv_text import csv_text


def test_lines_end_as_the_rfc_wants_and_awkward_text_is_quoted() -> None:
    assert csv_text(["id", "name"], [["a", 'say "hi", all'], ["b", "two\nlines"]]) == 'id,name\r\na,"say ""hi"", all"\r\nb,"two\nlines"\r\n'


def test_unknown_is_empty_and_numbers_stay_numbers() -> None:
    assert csv_text(["a", "b", "c"], [[None, -5, -0.5]]) == "a,b,c\r\n,-5,-0.5\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    ((cell,),) = list(csv.reader(io.StringIO(csv_text(["a"], [[text]]), newline="")))[1:]
    assert cell == "'" + text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=5))
def test_any_harmless_text_reads_back_the_same(rows: list[list[str]]) -> None:
    harmless = [[cell.lstrip("=+-@\t\r") for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(csv_text(["a", "b"], harmless), newline="")))[1:] == harmless
