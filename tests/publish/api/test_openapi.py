"""The description of open data is true: every address is in it, and real answers are what it says."""

import json
import re
from datetime import datetime

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from tests.observed import CAUSE, OUTAGE_START

Schema = dict[str, object]
JSON_TYPES = {"string": str, "integer": int, "number": int | float, "object": dict, "array": list, "null": type(None), "boolean": bool}
PARAMETERS = {"service_id": "job-portal", "month": "2026-11", "cause_id": CAUSE.id, "minute": "2026-11-17T01:03Z"}
QUESTIONS = {"/api/v1/gate": {"service": "job-portal", "digest": "sha256:" + "ab" * 32}}
"""What has to be asked at an address that answers nothing else."""
NOTHING = {"service_id": "none", "incident_id": "none", "month": "none", "cause_id": "none", "minute": "none"}


@pytest.fixture
def spec(api: FlaskClient) -> Schema:
    answer = api.get("/openapi.json")
    assert answer.status_code == 200
    described: Schema = json.loads(answer.data)
    return described


class Checker:
    """Holds values against the schemas of a description: as much of JSON Schema as pydantic writes for our shapes."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas

    def check(self, value: object, schema: Schema, place: str) -> None:
        """Fail where a value is not what its schema says, or a schema says something this does not know."""
        rest = dict(schema)
        rest.pop("description", None)
        rest.pop("title", None)
        if "$ref" in rest:
            name = str(rest.pop("$ref")).removeprefix("#/components/schemas/")
            self.check(value, self.schemas[name], place)
        if "anyOf" in rest:
            self._check_any(value, rest.pop("anyOf"), place)
        if "enum" in rest:
            choices = rest.pop("enum")
            assert isinstance(choices, list)
            assert value in choices, place
        self._check_type(value, rest, place)
        assert not rest, f"{place}: {rest} is not checked"

    def _check_any(self, value: object, options: object, place: str) -> None:
        assert isinstance(options, list)
        kind = "null" if value is None else "not null"
        fitting = [option for option in options if (option.get("type") == "null") == (kind == "null")]
        assert fitting, f"{place} is {kind}"
        self.check(value, fitting[0], place)

    def _check_type(self, value: object, rest: Schema, place: str) -> None:
        kind = rest.pop("type", None)
        if kind is not None:
            assert isinstance(value, JSON_TYPES[str(kind)]), f"{place} is {value!r}"
            assert kind == "boolean" or not isinstance(value, bool), place
        if (text_format := rest.pop("format", None)) is not None:
            assert isinstance(value, str)
            assert datetime.fromisoformat(value), place
            assert text_format != "date-time" or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), place
        if "properties" in rest:
            properties, required = rest.pop("properties"), rest.pop("required")
            assert isinstance(value, dict)
            assert isinstance(properties, dict)
            assert set(value) == set(properties) == set(required), place  # type: ignore[call-overload]
            for name, inner in properties.items():
                self.check(value[name], inner, f"{place}.{name}")
        if "items" in rest:
            items = rest.pop("items")
            assert isinstance(value, list)
            assert isinstance(items, dict)
            for index, inner in enumerate(value):
                self.check(inner, items, f"{place}[{index}]")


def test_the_version_is_3_1_and_the_names_are_plain(spec: Schema) -> None:
    assert str(spec["openapi"]).startswith("3.1")
    assert spec["servers"] == [{"url": "/"}]
    components = spec["components"]
    assert isinstance(components, dict)
    assert {"Services", "Service", "Figures", "LoadTime", "Incidents", "SignOffs", "Method", "Problem"} <= set(components["schemas"])
    assert not [name for name in components["schemas"] if "." in name or name.endswith("Shape")]
    references = set(re.findall(r"#/components/schemas/(\w+)", str(spec)))
    assert references <= set(components["schemas"])


def test_every_address_of_the_api_is_described_and_no_other(spec: Schema, town: APIFlask) -> None:
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in town.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert isinstance(spec["paths"], dict)
    assert set(spec["paths"]) == served


def test_every_answer_is_what_the_description_says(spec: Schema, api: FlaskClient) -> None:
    incident = api.get("/api/v1/incidents").json["incidents"][0]
    assert isinstance(spec["paths"], dict)
    assert isinstance(spec["components"], dict)
    checker = Checker(spec["components"]["schemas"])
    for path, operations in spec["paths"].items():
        content = operations["get"]["responses"]["200"]["content"]
        answer = api.get(path.format(**PARAMETERS, incident_id=incident["id"]), query_string=QUESTIONS.get(path, {}))
        ((media_type, described),) = content.items()
        assert (answer.status_code, answer.mimetype) == (200, media_type), path
        if media_type == "application/json":
            checker.check(answer.json, described["schema"], path)


def test_every_problem_is_what_the_description_says(spec: Schema, api: FlaskClient) -> None:
    assert isinstance(spec["paths"], dict)
    for path, operations in spec["paths"].items():
        responses = operations["get"]["responses"]
        refused = api.get(path.format(**NOTHING) + "?no-such-parameter=1")
        assert refused.status_code == 400
        assert refused.mimetype in responses["400"]["content"]
        assert {"type", "title", "status", "detail", "hint"} <= set(json.loads(refused.data))
        if "{" in path:
            missing = api.get(path.format(**NOTHING))
            assert missing.status_code == 404, path
            assert missing.mimetype in responses["404"]["content"]


def test_every_parameter_that_is_described_is_understood(spec: Schema, api: FlaskClient) -> None:
    examples = {"limit": "5", "service": "job-portal", "menu": "search", "window": "7d", "from": f"{OUTAGE_START:%Y-%m-%dT%H:%M:%SZ}"}
    assert isinstance(spec["paths"], dict)
    for path, operations in spec["paths"].items():
        asked = [each for each in operations["get"]["parameters"] if each["in"] == "query"]
        assert all(each["schema"]["description"] for each in asked)
        assert {each["name"] for each in asked if each["required"]} == set(QUESTIONS.get(path, {}))
        for name in {each["name"] for each in asked} & {"limit", "service", "window"}:
            answer = api.get(path.format(**PARAMETERS), query_string=QUESTIONS.get(path, {}) | {name: examples[name]})
            assert answer.status_code == 200, (path, name)


def test_a_description_is_the_same_for_whoever_asks_first(town: APIFlask) -> None:
    client = town.test_client()
    assert client.get("/openapi.json", headers={"Host": "evil.example"}).data == client.get("/openapi.json").data
