"""Say a thing in both languages of the site."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple


class Text(NamedTuple):
    """A name or sentence in Korean and in English; an empty one is not written yet."""

    ko: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in "ko" or "en"; the other language's where this one's is empty."""
        return (self.ko or self.en) if language == "ko" else (self.en or self.ko)


NOT_WRITTEN = Text("", "")


def paired(ko: Sequence[str], en: Sequence[str]) -> tuple[Text, ...]:
    """Return a list kept in each language as one list of texts, by position; the shorter one is filled up with empty ones."""
    return tuple(Text(*both) for both in zip_longest(ko, en, fillvalue=""))


def unpaired(texts: Sequence[Text]) -> tuple[list[str], list[str]]:
    """Return the list in Korean and the one in English, without the empty ones at their ends: what `paired` was given."""
    ko, en = [text.ko for text in texts], [text.en for text in texts]
    for written in (ko, en):
        while written and not written[-1]:
            written.pop()
    return ko, en
