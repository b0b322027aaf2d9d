"""Find the first character of a typed text that cannot be seen.

A text could be read as something else than it says: by characters without a width (U+200B, U+00AD, U+3164), by some that turn the
direction of writing (U+202E), by tags, which hide whole sentences (U+E0020). What draws one picture out of several may stay.
"""

import re
import unicodedata
from collections.abc import Iterable

from observatory.errors import BadInput, phrase

_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
# Letters and marks without a shape of their own (Default_Ignorable_Code_Point, and the empty pattern of Braille).
_SHAPELESS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
_ODD = re.compile(r"[^\t\n -~가-힣]")
_PICTURE_VARIANT, _JOINER = "\ufe0f", "\u200d"
_PICTURES = frozenset(("So", "Sm", "Sk"))


def hidden_character(text: str) -> str:
    """Return the first character that cannot be seen, empty if all can; the end of a line, and a tab, can."""
    return next((found[0] for found in _ODD.finditer(text) if _is_hidden(text, found.start())), "")


def _is_hidden(text: str, at: int) -> bool:
    character, before = text[at], unicodedata.category(text[at - 1]) if at else ""
    if character == _PICTURE_VARIANT:
        return before not in _PICTURES
    if character == _JOINER:
        after = unicodedata.category(text[at + 1]) if at + 1 < len(text) else ""
        return after not in _PICTURES or not (before in _PICTURES or text[at - 1] == _PICTURE_VARIANT)
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or _SHAPELESS.fullmatch(character) is not None


def character_name(character: str) -> str:
    """Return how a character can be looked up, such as `U+200B ZERO WIDTH SPACE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def refuse_hidden(noun: str, text: str) -> None:
    """Raise BadInput if a text holds a character that cannot be seen; `noun` says what the text is."""
    if found := hidden_character(text):
        raise BadInput(
            phrase("cannot use this %(noun)s: it holds %(character)s, which cannot be seen"),
            phrase("type it instead of pasting it"),
            noun=noun,
            character=character_name(found),
        )


def refuse_longer(noun: str, text: Iterable[str], length_max: int) -> None:
    """Raise BadInput if a text, in any of its languages, has more than so many characters."""
    if (length := max(map(len, text))) > length_max:
        raise BadInput(
            phrase("cannot use a %(noun)s of %(length)d characters"),
            phrase("shorten it to %(max)d characters"),
            noun=noun,
            length=length,
            max=length_max,
        )


def refuse_all_but_a_line(noun: str, text: str) -> None:
    """Raise BadInput for the same, and for a text of several lines: in a list it could pass for another entry."""
    refuse_hidden(noun, text)
    if len(text.splitlines()) > 1:
        raise BadInput(phrase("cannot use this %(noun)s: it has several lines"), phrase("write it as one line"), noun=noun)
