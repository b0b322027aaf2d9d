"""Of a template only words are kept that the catalogue names or that all sites have; names look like words and are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatory.decode.redaction import template_of
from observatory.rollup.kept_templates import NO_WORDS, WORDS, kept_template, words_of

CATALOGUE_WORDS = words_of(["/jobs", "/jobs/*", "/민원/신청", "GET*", "/docs/{docName}/*", "/form-*.html"])


@pytest.mark.parametrize(
    "template",
    [
        *("", "/", "/jobs", "/jobs/", "/민원/신청", "/docs/{docName}", "/jobs/{id}", "/{id}/{rest}", "/api/v1/search", "/v12/users/{id}"),
        *("/index.html", "/static/css/style.css", "/assets/logo.png", "/selectBoardArticleList.do", "/docs/<int:id>", "/docs/:id?"),
        *("/docs/{id:[0-9]+}", "/files/{*path}", "/files/**", "/*", "/^articles/(?P<year>[0-9]+)/$", "/[...slug]", "/terms-of-service"),
    ],
)
def test_what_the_catalogue_or_every_site_has_stays(template: str) -> None:
    assert kept_template(template, CATALOGUE_WORDS) == template


@pytest.mark.parametrize(
    ("template", "kept"),
    [
        ("/mypage/홍길동", "/mypage/{text}"),
        ("/users/honggildong", "/users/{text}"),
        ("/users/hong-gil-dong/edit", "/users/{text}/edit"),
        ("/users/Hong.Gildong", "/users/{text}"),
        ("/users/hong.do", "/users/{text}"),
        ("/address/서울시-종로구-세종대로", "/address/{text}"),
        ("/session/qwertyuiopasdfgh", "/session/{text}"),
        ("/users/user7", "/users/{text}"),
        ("/users/{honggildong}", "/users/{text}"),
        ("/users/:honggildong", "/users/{text}"),
        ("/users/<str:홍길동>", "/users/{text}"),
        ("/users/{홍}{길}{동}", "/users/{text}"),
        ("/민원/길동", "/민원/{text}"),
        ("/GET", "/GET"),
        ("/jobs-honggildong", "/{text}"),
        ("/form-honggildong.html", "/{text}"),
        ("/h/o/n/g", "/{text}/{text}/{text}/{text}"),
    ],
)
def test_whatever_else_looks_like_a_word_does_not_stay(template: str, kept: str) -> None:
    assert kept_template(template, CATALOGUE_WORDS) == kept


def test_each_service_has_its_own_words() -> None:
    assert kept_template("/jobs/민원", CATALOGUE_WORDS) == "/jobs/민원"
    assert kept_template("/pensions/민원", NO_WORDS) == "/{text}/{text}"


def test_words_are_spelled_as_they_are_looked_up() -> None:
    assert all(word.isascii() and word == word.lower() for word in WORDS)


names = st.lists(
    st.sampled_from(["hong", "gil", "dong", "kim", "min", "joon", "lee", "seo", "yeon", "choi", "park", "jung"]), min_size=2, max_size=4
)


@settings(deadline=None)  # the first call load_times what is compiled
@given(
    names,
    st.sampled_from(["", "-", ".", "_", "~"]),
    st.sampled_from(["/mypage/{}", "/{}/edit", "/u-{}.html", "/{{{}}}", "/:{}"]),
    st.booleans(),
)
def test_no_name_is_kept_whatever_holds_it_together(syllables: list[str], joint: str, place: str, is_route: bool) -> None:
    kept = kept_template(template_of(place.format(joint.join(syllables)).encode(), is_route=is_route), NO_WORDS)
    assert not any(syllable in kept for syllable in syllables)


@settings(deadline=None)
@given(st.text(), st.booleans())
def test_what_is_kept_is_kept_again(text: str, is_route: bool) -> None:
    kept = kept_template(template_of(text.encode("utf-8", "surrogatepass"), is_route=is_route), NO_WORDS)
    assert kept_template(kept, NO_WORDS) == kept
