"""The page that explains the open data says what the description says, in both languages."""

import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from observatory.publish.api.description import addresses_of

LANGUAGES = ("ko", "en")


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_a_reader_is_sent_to_the_language_of_the_browser(api: FlaskClient) -> None:
    assert api.get("/api", headers={"Accept-Language": "en"}).headers["Location"] == "/en/api"
    assert api.get("/api").headers["Location"] == "/ko/api"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_address_and_parameter_is_explained(api: FlaskClient, language: str) -> None:
    spec = json.loads(api.get("/openapi.json").data)
    answer = api.get(f"/{language}/api")
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert not [path for path in spec["paths"] if path not in text]
    for address in addresses_of(spec):
        assert f"GET {address.path}" in text
        assert "None" not in address.answer


def test_the_languages_differ_and_know_each_other(api: FlaskClient) -> None:
    korean, english = (api.get(f"/{language}/api").text for language in LANGUAGES)
    assert "공개 데이터" in korean
    assert "Open data for programs" in english
    assert 'hreflang="en"' in korean


def test_what_can_be_tried_answers(api: FlaskClient) -> None:
    links = re.findall(r'href="(/api/v1[^"]*)"', api.get("/en/api").text)
    assert len(links) == 12
    assert {api.get(unescape(link)).status_code for link in links} == {200}


def test_the_shape_of_an_answer_has_every_key(api: FlaskClient) -> None:
    shapes = {address.path: address.answer for address in addresses_of(json.loads(api.get("/openapi.json").data))}
    figures = json.loads(api.get("/api/v1/services/job-portal/figures").data)
    shape = shapes["/api/v1/services/{service_id}/figures"]
    for key in (*figures, *figures["load_time"], *figures["menus"][0], *figures["window"]):
        assert f'"{key}": ' in shape
    assert '"availability_percent": number | null' in shape
    assert '"from": date-time' in shape


def test_the_page_of_open_data_leads_here(api: FlaskClient) -> None:
    assert 'href="/en/api"' in api.get("/en/data").text
