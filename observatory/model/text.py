"""Say a thing in both languages of the site."""

from typing import NamedTuple


class Text(NamedTuple):
    """A name or sentence in Korean and in English; an empty one is not written yet."""

    ko: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in "ko" or "en"; the other language's where this one's is empty."""
        return (self.ko or self.en) if language == "ko" else (self.en or self.ko)
