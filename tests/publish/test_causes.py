"""Causes that incidents of several services share, on their page, in the API, and linked from each incident."""

from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.catalogue import apply_catalogue
from observatory.flows.shared_causes import share, untie
from observatory.model.shared_cause import SharedCause
from observatory.model.text import Text
from observatory.web.context import parts_of
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_change
from tests.summaries import an_incident

IDS = ("job-portal-20261118T0004", "library-20261118T0004")


@pytest.fixture
def cause(app: APIFlask) -> SharedCause:
    register = parts_of(app).register
    apply_catalogue(register, a_catalogue(a_service(), a_service("library")), NOW - timedelta(days=30))
    in_change(register).incidents.keep([replace(an_incident(each), service_id=each.rpartition("-")[0]) for each in IDS])
    return share(register, Text("전산센터 화재", "Fire in the data centre"), IDS, "operator", NOW)


def test_a_cause_lists_its_effects_and_each_incident_leads_to_it(client: FlaskClient, cause: SharedCause) -> None:
    page = client.get(f"/en/causes/{cause.id}").text
    assert "Fire in the data centre" in page
    for incident_id in IDS:
        assert f"/en/incidents/{incident_id}" in page
        assert f"/en/causes/{cause.id}" in client.get(f"/en/incidents/{incident_id}").text
        assert client.get(f"/api/v1/incidents/{incident_id}").json["cause_id"] == cause.id
    assert "원인은 하나, 서비스는 여럿" in client.get(f"/ko/causes/{cause.id}").text
    told = client.get(f"/api/v1/causes/{cause.id}").json
    assert [(each["incident_id"], each["untied_at"]) for each in told["effects"]] == [(each, None) for each in IDS]
    assert told["effects"][0]["down_minutes"] == an_incident(IDS[0]).down_minutes
    assert client.get("/api/v1/causes").json == {"causes": [told], "next": None}


def test_what_was_undone_stays_readable(app: APIFlask, client: FlaskClient, cause: SharedCause) -> None:
    assert client.get(f"/en/causes/{cause.id}").status_code == 200
    untie(parts_of(app).register, cause.id, [], "operator", NOW)
    page = client.get(f"/en/causes/{cause.id}").text
    assert "none is tied to it any more" in page
    assert "Not tied to it any more" in page
    assert client.get(f"/api/v1/incidents/{IDS[0]}").json["cause_id"] is None
    assert len(client.get(f"/api/v1/causes/{cause.id}").json["effects"]) == len(IDS)


def test_what_does_not_exist_is_not_found(client: FlaskClient) -> None:
    assert client.get("/ko/causes/nothing").status_code == 404
    assert client.get("/api/v1/causes/nothing").status_code == 404
    assert client.get("/api/v1/causes?cursor=nothing").status_code == 400
    assert client.get("/causes/nothing").status_code == 302


def test_a_list_of_causes_comes_in_pages(app: APIFlask, client: FlaskClient, cause: SharedCause) -> None:
    register = parts_of(app).register
    untie(register, cause.id, [], "operator", NOW)
    newer = share(register, Text("통신망 고장", "Network failure"), IDS, "operator", NOW + timedelta(minutes=1))
    first = client.get("/api/v1/causes?limit=1").json
    assert [each["id"] for each in first["causes"]] == [newer.id]
    second = client.get("/api/v1/causes", query_string={"limit": 1, "cursor": first["next"]}).json
    assert ([each["id"] for each in second["causes"]], second["next"]) == ([cause.id], None)
