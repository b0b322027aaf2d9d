"""Rendered pages: made once per version, bounded, and still there when nothing else is."""

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

import pytest
from flask import Flask

from observatory.errors import NotFound, Overloaded
from observatory.publish.snapshots import CACHE_CONTROL, Snapshots, answer, freeze

T = TypeVar("T")


def renders(rendered: list[T], page: str) -> Callable[[T], str]:
    """Return a way to render that notes what it was given."""

    def render(value: T) -> str:
        rendered.append(value)
        return page.format(value)

    return render


def test_a_page_is_rendered_once_per_version() -> None:
    rendered: list[str] = []
    snapshots = Snapshots()

    def page(version: str) -> bytes:
        return snapshots.get("/ko/", lambda: version, lambda: version, renders(rendered, "page {}")).body

    assert [page("1"), page("1"), page("2")] == [b"page 1", b"page 1", b"page 2"]
    assert rendered == ["1", "2"]


def test_many_readers_at_once_cost_one_rendering() -> None:
    rendered: list[int] = []
    snapshots, together = Snapshots(), Barrier(16)

    def read(_: int) -> bytes:
        together.wait()
        return snapshots.get("/ko/", lambda: "1", lambda: 1, renders(rendered, "page")).body

    with ThreadPoolExecutor(16) as readers:
        assert set(readers.map(read, range(16))) == {b"page"}
    assert rendered == [1]


def test_while_somebody_renders_the_next_version_others_get_the_one_before() -> None:
    snapshots, begun, go_on = Snapshots(), Event(), Event()
    snapshots.get("/ko/", lambda: "1", lambda: 1, lambda _: "old")

    def slowly(_: int) -> str:
        begun.set()
        go_on.wait(10)
        return "new"

    with ThreadPoolExecutor(1) as renderer:
        new = renderer.submit(snapshots.get, "/ko/", lambda: "2", lambda: 2, slowly)
        begun.wait(10)
        other = snapshots.get("/ko/", lambda: "2", lambda: 2, lambda _: "never")
        go_on.set()
        assert (other.body, other.outdated, new.result().body) == (b"old", False, b"new")


def unreachable() -> str:
    """Fail as a store does that is locked."""
    raise Overloaded("cannot read: the store is locked")


@pytest.mark.parametrize("part", ["version", "read"])
def test_when_the_read_model_fails_the_last_page_stays_up_and_is_marked(part: str) -> None:
    snapshots = Snapshots()
    snapshots.get("/ko/", lambda: "1", lambda: "", lambda _: "last known")
    version, read = (unreachable, lambda: "") if part == "version" else (lambda: "2", unreachable)
    found = snapshots.get("/ko/", version, read, lambda _: "never")
    assert (found.body, found.outdated) == (b"last known", True)


def test_after_a_failure_the_read_model_is_left_alone_for_a_moment() -> None:
    snapshots, asked = Snapshots(), []
    snapshots.get("/ko/", lambda: "1", lambda: "", lambda _: "last known")

    def version() -> str:
        asked.append(1)
        return unreachable()

    assert all(snapshots.get("/ko/", version, unreachable, str).outdated for _ in range(5))
    assert len(asked) == 1


def test_a_failure_without_a_page_to_show_is_the_readers_to_see() -> None:
    with pytest.raises(Overloaded):
        Snapshots().get("/ko/", unreachable, unreachable, str)


def test_what_does_not_exist_any_more_is_not_shown_from_memory() -> None:
    snapshots = Snapshots()
    snapshots.get("/x", lambda: "1", lambda: "", lambda _: "page")

    def gone() -> str:
        raise NotFound("cannot find it")

    with pytest.raises(NotFound):
        snapshots.get("/x", lambda: "2", gone, str)


def test_a_mistake_in_rendering_is_not_hidden() -> None:
    snapshots = Snapshots()
    snapshots.get("/x", lambda: "1", lambda: 1, lambda _: "page")
    with pytest.raises(ZeroDivisionError):
        snapshots.get("/x", lambda: "2", lambda: 0, lambda value: str(1 / value))


def test_memory_is_bounded_and_what_was_asked_for_longest_ago_goes_first() -> None:
    rendered: list[str] = []
    snapshots = Snapshots(bytes_max=3 * freeze("1", b"x" * 1000).size_bytes)

    def read(key: str) -> None:
        snapshots.get(key, lambda: "1", lambda: key, renders(rendered, "x" * 1000))

    for key in ("a", "b", "c", "a", "d"):
        read(key)
    read("a")
    assert rendered == ["a", "b", "c", "d"]
    read("b")
    assert rendered[-1] == "b"


def test_an_answer_is_compressed_where_that_is_welcome_and_short_where_it_is_known() -> None:
    app, snapshot = Flask(__name__), freeze("1", b"page" * 100)
    with app.test_request_context(headers={"Accept-Encoding": "gzip, br"}):
        compressed = answer(snapshot, "text/html")
    with app.test_request_context():
        plain = answer(snapshot, "text/html")
    assert gzip.decompress(compressed.get_data()) == plain.get_data() == b"page" * 100
    assert compressed.content_encoding == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Cache-Control"] == CACHE_CONTROL
    assert compressed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert compressed.headers["ETag"] != plain.headers["ETag"]
    with app.test_request_context(headers={"Accept-Encoding": "gzip", "If-None-Match": compressed.headers["ETag"]}):
        known = answer(snapshot, "text/html")
    assert known.status_code == 304
