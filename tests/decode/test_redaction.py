"""What citizens put into paths does not come out of them; what the site put there does."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observatory.decode.redaction import TEMPLATE_BYTES_MAX, template_of

FULL_WIDTH = {ord(c): ord(c) - 0x20 + 0xFF00 for c in map(chr, range(0x21, 0x7F))}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("", ""),
        ("/", "/"),
        ("/jobs", "/jobs"),
        ("/jobs/", "/jobs/"),
        ("//jobs///list", "/jobs/list"),
        ("/docs/12345", "/docs/{id}"),
        ("/docs/7", "/docs/{id}"),
        ("/docs/12345?name=hong#part", "/docs/{id}"),
        ("/docs#hong", "/docs"),
        ("/v1/users/42/orders", "/v1/users/{id}/orders"),
        ("/민원/신청", "/민원/신청"),
        ("/%EB%AF%BC%EC%9B%90", "/민원"),
        ("/file/550e8400-e29b-41d4-a716-446655440000", "/file/{id}"),
        ("/commit/deadbeefcafe", "/commit/{id}"),
        ("/watch/dQw4w9WgXcQ", "/watch/{id}"),
        ("/token/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJob25nIn0.c2lnbmF0dXJl", "/token/{id}"),
        ("/selectBoardArticleList.do;jsessionid=A1B2", "/selectBoardArticleList.do"),
        ("/a;x=1/b;y", "/a/b"),
        ("/terms-and-conditions-of-service", "/terms-and-conditions-of-service"),
        ("/images/apache-icon.gif", "/images/apache-icon.gif"),
        ("/images/12.png", "/images/{id}"),
        ("/step-1", "/step-1"),
        ("/item-12", "/{id}"),
        ("/user/홍 길동", "/user/{id}"),
        ("/search%3Fname=hong", "/search"),
        ("/a%252Fb", "/a/b"),
        ("/%", "/{id}"),
        ("/%zz", "/{id}"),
        ("/%ff%fe", "/{id}"),
        ("/{id}", "/{id}"),
        ("/<b>", "/{id}"),
        ("https://user:secret@jobs.example.go.kr/jobs?x", "/jobs"),
        ("http://jobs.example.go.kr", ""),
    ],
)
def test_a_path_becomes_its_template(path: str, template: str) -> None:
    assert template_of(path.encode(), is_route=False) == template


@pytest.mark.parametrize(
    ("route", "template"),
    [
        ("", ""),
        ("/docs/{id}", "/docs/{id}"),
        ("/docs/<int:id>", "/docs/<int:id>"),
        ("/docs/:id", "/docs/:id"),
        ("/docs/:id?", "/docs/:id?"),
        ("/docs/{id?}/edit", "/docs/{id?}/edit"),
        ("/docs/{id:[0-9]+}", "/docs/{id:[0-9]+}"),
        ("/docs/:id(\\d+)", "/docs/:id(\\d+)"),
        ("/files/{*path}", "/files/{*path}"),
        ("/files/**", "/files/**"),
        ("/[...slug]", "/[...slug]"),
        ("*", "/*"),
        ("articles/<int:year>/", "/articles/<int:year>/"),
        ("^articles/(?P<year>[0-9]+)/$", "/^articles/(?P<year>[0-9]+)/$"),
        ("GET /items/{id}", "/items/{id}"),
        ("/docs/12345", "/docs/{id}"),
        ("/docs/12345?name=hong", "/docs/{id}"),
        ("/search?q=hong", "/search"),
        ("/users/{hong@example.com}", "/users/{id}"),
        ("/users/{900101-1234567}", "/users/{id}"),
        ("/{controller=Home}", "/{id}"),
    ],
)
def test_a_route_keeps_its_placeholders_and_nothing_personal(route: str, template: str) -> None:
    assert template_of(route.encode(), is_route=True) == template


resident_numbers = st.from_regex(r"\d{6}-?[1-8]\d{6}", fullmatch=True)
phones = st.from_regex(r"(\+82-?10|010|02|031)[-. ]?\d{4}[-. ]?\d{4}", fullmatch=True)
cards = st.from_regex(r"\d{4}([- ]?)\d{4}\1\d{4}\1\d{4}", fullmatch=True)
emails = st.from_regex(r"[a-z]{2,8}@[a-z]{2,8}\.(com|kr)", fullmatch=True)
uuids = st.uuids().map(str)
personal = st.one_of(resident_numbers, phones, cards, emails, uuids)


def twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="")


ENCODINGS = (str, str.upper, twice, lambda text: quote(text, safe=""), lambda text: text.translate(FULL_WIDTH))
PLACES = ("/user/{}", "/user/{}/edit", "/u-{}.html", "/{}", "{}", "/a?q={}", "/a#{}", "/a;b={}/c", "https://{}/a", "/a%3F{}")


@given(personal, st.sampled_from(ENCODINGS), st.sampled_from(PLACES), st.booleans())
def test_personal_values_never_come_out(value: str, encode: Callable[[str], str], place: str, is_route: bool) -> None:
    template = template_of(place.format(encode(value)).encode(), is_route=is_route).casefold()
    assert value.casefold() not in template
    digits = "".join(c for c in value if c.isascii() and c.isdigit())
    assert len(digits) < 4 or digits not in "".join(c for c in template if c.isdigit())


@given(text=st.one_of(st.text(), st.text("/aB0%?#;:{}<>[]@-. \uff11", max_size=400)), is_route=st.booleans())
@example(text="/a" * 5000, is_route=False)
@example(text="0</?0", is_route=True)
@example(text="/" + "a" * 5000, is_route=True)
@example(text="/가" * 500, is_route=True)
def test_templates_are_short_rooted_and_stable(text: str, is_route: bool) -> None:
    template = template_of(text.encode("utf-8", "surrogatepass"), is_route=is_route)
    assert len(template.encode()) <= TEMPLATE_BYTES_MAX
    assert template == "" or template.startswith("/")
    assert template_of(template.encode(), is_route=True) == template


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_make_a_template(raw: bytes, is_route: bool) -> None:
    template = template_of(raw, is_route=is_route)
    assert template == "" or template.startswith("/")


@given(st.from_regex(r"(/[a-z]{1,12}){1,4}", fullmatch=True), st.text(max_size=30))
def test_queries_leave_no_trace(path: str, query: str) -> None:
    plain = template_of(path.encode(), is_route=False)
    assert template_of(f"{path}?{query}".encode(), is_route=False) == plain
