"""A text exists in both languages, or falls back to the one it is written in."""

import pytest

from observatory.model.text import NOT_WRITTEN, Text, paired, unpaired


def test_each_language_has_its_text() -> None:
    text = Text("차관", "Vice Minister")
    assert (text.in_language("ko"), text.in_language("en")) == ("차관", "Vice Minister")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_empty_text_is_that_of_the_other_language(language: str) -> None:
    assert Text("차관", "").in_language(language) == "차관"
    assert Text("", "Vice Minister").in_language(language) == "Vice Minister"
    assert NOT_WRITTEN.in_language(language) == ""


def test_a_name_is_looked_for_in_both_languages_at_once() -> None:
    assert "차관" in Text("차관", "Vice Minister")
    assert "Vice Minister" in Text("차관", "Vice Minister")
    assert "Minister" not in Text("차관", "Vice Minister")


@pytest.mark.parametrize(
    ("ko", "en", "texts"),
    [
        ([], [], ()),
        (["가"], ["A"], (Text("가", "A"),)),
        (["가", "나"], ["A"], (Text("가", "A"), Text("나", ""))),
        ([], ["A", "B"], (Text("", "A"), Text("", "B"))),
        (["", "나"], ["A"], (Text("", "A"), Text("나", ""))),
    ],
)
def test_lists_of_two_languages_become_one_and_two_again(ko: list[str], en: list[str], texts: tuple[Text, ...]) -> None:
    assert paired(ko, en) == texts
    assert unpaired(texts) == (ko, en)


def test_empty_texts_at_the_end_of_a_list_are_not_kept() -> None:
    assert unpaired(paired(["가", "", "다", ""], ["A", ""])) == (["가", "", "다"], ["A"])
