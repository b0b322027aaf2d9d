"""Every word exists in Korean: complete, certain, and compiled from what is in the tree."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import observatory

PACKAGE = Path(observatory.__file__).parent
PO = PACKAGE / "translations" / "ko" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "phrase": None}
MEND = "run `make translations`, then translate what is empty or fuzzy in observatory/translations/ko/LC_MESSAGES/messages.po"


@pytest.fixture(scope="module")
def korean() -> Catalog:
    """Return the Korean catalogue as committed."""
    with PO.open("rb") as file:
        return read_po(file, locale="ko")


def test_every_message_in_code_and_templates_is_in_the_catalogue_and_no_other(korean: Catalog) -> None:
    used = {message for _, _, message, _, _ in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)}
    kept = {message.id for message in korean if message.id}
    assert kept == used, MEND


def test_every_message_is_translated_and_certain(korean: Catalog) -> None:
    for message in korean:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert all(texts), f"{message.id}: {MEND}"
        assert not message.fuzzy or not message.id, f"{message.id}: {MEND}"
    assert not list(korean.check())


def test_the_compiled_catalogue_is_of_this_text(korean: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, korean)
    assert PO.with_suffix(".mo").read_bytes() == compiled.getvalue(), MEND


def test_korean_is_spoken_politely(korean: Catalog) -> None:
    """Whole sentences end in 니다, 요 or 세요: these pages speak to everybody."""
    sentences = [text for message in korean if isinstance(text := message.string, str) and text.endswith((".", "?"))]
    assert len(sentences) > 50
    blunt = [text for text in sentences if text.rstrip(".?)")[-1] not in "다요" and not text.rstrip(".?").endswith(("%(office)s", "%(n)d"))]
    assert not blunt
