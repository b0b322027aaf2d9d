"""How pages travel: size, caching, what they may load, and what happens when the store is gone."""

import gzip
import re
from dataclasses import replace

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.judge.method import IN_FORCE
from observatory.parts import Parts
from observatory.publish.snapshots import PageSnapshots
from observatory.web.context import parts_of
from observatory.web.security_headers import CONTENT_SECURITY_POLICY
from tests.builders import a_catalogue, a_menu, a_service, a_signoff
from tests.publish.page_reading import Page
from tests.summaries import FixedSummary, a_summary, an_incident

FRONT_BYTES_MAX = 60_000
SERVICE_BYTES_MAX = 30_000
STYLESHEET_BYTES_MAX = 15_000
PAGES = ("/ko/", "/en/", "/ko/services/job-portal", "/en/services/job-portal", "/ko/services/job-portal/chart", "/ko/method", "/en/data")


def compressed_size(client: FlaskClient, path: str) -> int:
    """Return the bytes on the wire of a page and its stylesheet and scripts that load with it."""
    page = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert page.content_encoding == "gzip"
    sources = Page(gzip.decompress(page.data).decode()).sources
    return len(page.data) + sum(len(client.get(source, headers={"Accept-Encoding": "gzip"}, buffered=True).data) for source in sources)


def test_a_front_page_of_a_thousand_menus_is_small(client: FlaskClient, known: FixedSummary) -> None:
    known.services = tuple(
        a_summary(a_service(f"service-{number}", menus=tuple(a_menu(f"menu-{each}", index=each) for each in range(5))))
        for number in range(200)
    )
    for language in ("ko", "en"):
        assert compressed_size(client, f"/{language}/") <= FRONT_BYTES_MAX


def test_a_service_page_with_everything_on_it_is_small(client: FlaskClient, known: FixedSummary) -> None:
    service = a_service(menus=tuple(a_menu(f"menu-{each}", index=each) for each in range(20)))
    incidents = tuple(an_incident(f"incident-{number}", menu_ids=("menu-1", "menu-2")) for number in range(60))
    known.services = (a_summary(service, state="down", incidents=incidents, signoffs=(a_signoff(),) * 5),)
    for language in ("ko", "en"):
        assert compressed_size(client, f"/{language}/services/job-portal") <= SERVICE_BYTES_MAX


def test_the_one_stylesheet_is_small_and_loads_nothing(client: FlaskClient, known: FixedSummary) -> None:
    sources = Page(client.get("/ko/").text).sources
    sheet = client.get(next(source for source in sources if ".css" in source), buffered=True)
    assert len(sheet.data) <= STYLESHEET_BYTES_MAX
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_for_anything(client: FlaskClient, known: FixedSummary, path: str) -> None:
    known.services = (a_summary(),)
    page = Page(client.get(path).text)
    assert page.sources
    assert all(source.startswith("/static/") for source in page.sources)
    for source in page.sources:
        assert client.get(source, buffered=True).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_public_cacheable_and_sets_no_cookie(client: FlaskClient, known: FixedSummary, path: str) -> None:
    known.services = (a_summary(),)
    answer = client.get(path, headers={"Cookie": "session=whatever"})
    assert answer.headers["Cache-Control"] == "public, max-age=30, stale-while-revalidate=300, stale-if-error=86400"
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["ETag"].startswith('"')
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_is_read_once_per_version(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    for _ in range(3):
        client.get("/ko/services/job-portal")
    assert known.reads == 1
    known.services, known.revision = (a_summary(state="down"),), 2
    assert "장애입니다." in client.get("/ko/services/job-portal").text
    assert known.reads == 2


def test_searches_do_not_fill_the_memory(app: APIFlask, client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    for number in range(20):
        client.get(f"/ko/?q=word{number}")
        client.get(f"/ko/?agency=agency{number}")
    assert len(parts_of(app).get(PageSnapshots)) == 0


def test_when_the_store_is_gone_the_last_pages_stay_up_with_a_banner(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    before = {path: client.get(path).text for path in ("/ko/", "/en/services/job-portal")}
    known.failing = True
    for path, html in before.items():
        answer = client.get(path)
        assert answer.status_code == 200
        assert 'role="status"' in answer.text
        assert re.sub(r'<p class="banner outdated".*?</p>', "<!-- notice -->", answer.text, flags=re.DOTALL) == html
    assert "마지막으로 알고 있던" in client.get("/ko/").text
    known.failing = False


def test_when_the_store_is_gone_a_page_nobody_saw_is_an_error_without_inside_words(
    app: APIFlask, client: FlaskClient, known: FixedSummary
) -> None:
    known.failing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/ko/", headers={"Accept": "text/html"})
    assert answer.status_code in (500, 503)
    assert "disk" not in answer.text


def test_a_demonstration_says_on_every_page_that_it_is_one(app: APIFlask, client: FlaskClient, known: FixedSummary) -> None:
    parts: Parts = app.extensions["observatory"]
    app.extensions["observatory"] = replace(parts, settings=parts.settings.model_copy(update={"demonstration": True}))
    known.services = (a_summary(),)
    for path in PAGES:
        assert ("시연용 자료입니다" if path.startswith("/ko") else "Demonstration data") in client.get(path).text


def test_real_data_carry_no_such_banner(client: FlaskClient, known: FixedSummary) -> None:
    assert "시연용" not in client.get("/ko/").text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_method_page_prints_every_constant_with_its_meaning(client: FlaskClient, known: FixedSummary, language: str) -> None:
    html = client.get(f"/{language}/method").text
    for constant in IN_FORCE.constants:
        row = re.search(rf'<tr><th scope="row">([^<]*)</th><td class="number">([^<]*)</td><td><code>{constant.key}</code>', html)
        assert row, constant.key
        assert row[1].strip(), f"{constant.key} has no meaning in templates/status/constants.html"
        assert re.search(r"\d", row[2])
    assert IN_FORCE.version in html


def test_no_link_on_any_page_is_dead(app: APIFlask, client: FlaskClient) -> None:
    parts: Parts = app.extensions["observatory"]
    apply_catalogue(parts.register, a_catalogue(a_service(), a_service("other")), parts.now())
    waiting, seen = ["/ko/"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.get(path, follow_redirects=True, buffered=True)
        assert answer.status_code == 200, path
        if answer.mimetype == "text/html":
            links = [link.split("#")[0] for link in Page(answer.text).links]
            waiting += sorted({link for link in links if link.startswith("/")} - seen - set(waiting))
    assert len(seen) > 15
