"""What cannot be seen is found and can be looked up; what people write can stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.model.visible_text import character_name, hidden_character, refuse_hidden

HIDDEN = {
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "right-to-left override": "\u202e",
    "right-to-left isolate": "\u2067",
    "right-to-left mark": "\u200f",
    "tag letter": "\U000e0041",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "combining grapheme joiner": "\u034f",
    "variation selector": "\ufe0f",
    "ideographic variation selector": "\U000e0100",
    "empty Braille pattern": "\u2800",
    "NUL": "\x00",
    "bell": "\x07",
    "carriage return": "\r",
    "line separator": "\u2028",
    "private use": "\ue000",
    "unassigned": "\U0003fffd",
    "half a surrogate pair": "\ud800",
}


@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN)
def test_what_cannot_be_seen_is_found(character: str) -> None:
    for text in (character, f"합격{character}", f"{character}pass", f"불{character}합격"):
        assert hidden_character(text) == character


@pytest.mark.parametrize(
    "text", ["", "직접 사용했습니다.\n\tIt works.", "Ærø — “naïve” … 漢字 かな", "⛰️🚪 산", "👩‍💻 ❤️‍🔥", "100\u00a0%", "일\u3000이"]
)
def test_what_people_write_stays(text: str) -> None:
    assert hidden_character(text) == ""


def test_a_character_is_named_so_that_it_can_be_looked_up() -> None:
    assert character_name("\u200b") == "U+200B ZERO WIDTH SPACE"
    assert character_name("\x00") == "U+0000"
    with pytest.raises(BadInput, match=r"cannot use this office: it holds U\+00AD SOFT HYPHEN, which cannot be seen. type it"):
        refuse_hidden("office", "장\u00ad관")


@given(st.text("가나다abc \n"), st.sampled_from(list(HIDDEN.values())), st.text("가나다abc \n"))
def test_it_is_found_wherever_it_stands(before: str, character: str, after: str) -> None:
    assert hidden_character(before + character + after) == character
