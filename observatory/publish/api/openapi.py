"""Describe the open data of an application truly: what `/openapi.json` says, in OpenAPI 3.1."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from apiflask import APIFlask
from flask import Response, current_app, make_response, request
from pydantic import BaseModel, ConfigDict

from observatory import __version__
from observatory.publish.snapshots import CACHE_CONTROL

SCHEMAS = "#/components/schemas/"
LICENCE = {"name": "KOGL type 1 (attribution)", "url": "https://www.kogl.or.kr/info/licenseType1.do"}
PROBLEM_TYPE = "application/problem+json"
PROBLEMS: Mapping[int, str] = {
    400: "A parameter is unknown or cannot be used; `hint` says what can.",
    404: "There is no such service, menu or incident.",
    503: "The store cannot be read just now; the same request will succeed later.",
}


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""


Responses = dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]


def problem_responses(*statuses: int) -> Responses:
    """Return the error answers of an operation, as OpenAPI writes them."""
    content: dict[str, dict[str, Any]] = {PROBLEM_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
    return {status: {"description": PROBLEMS[status], "content": content} for status in statuses}


def describe(app: APIFlask) -> None:
    """Set what the description says of the application as a whole."""
    app.title = "Public Service Observatory: open data"
    app.version = __version__
    app.description = (
        "Load time, failures and downtime of public services, and the sign-offs of their usability tests. "
        "Everything here is public, needs no key and may be read by scripts of any origin. Times are UTC; unknown numbers are null."
    )
    app.license = LICENCE
    # The address of whoever asks first would stay in the description: let clients resolve it against their own.
    app.servers = [{"url": "/"}]
    app.config.update(
        AUTO_404_RESPONSE=False, AUTO_VALIDATION_ERROR_RESPONSE=False, SPEC_DECORATORS=[_as_open_data], AUTO_OPERATION_ID=True
    )
    app.spec_processor(_tidied)


def description() -> Mapping[str, Any]:
    """Return what `/openapi.json` says, as plain values."""
    _leave_out_the_rest()
    return cast(Mapping[str, Any], cast(APIFlask, current_app).spec)


def _leave_out_the_rest() -> None:
    """! APIFlask asks every blueprint whether it is described, also those of plain Flask, which have no such attribute."""
    for blueprint in current_app.blueprints.values():
        if not hasattr(blueprint, "enable_openapi"):
            blueprint.enable_openapi = False  # type: ignore[attr-defined]


def _tidied(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Return the description with the shape of problems, one plain name for each shape, and no titles made of names."""
    tidied: dict[str, Any] = json.loads(json.dumps(spec), object_hook=_tidied_schema)
    schemas = {_plain(name): schema for name, schema in tidied["components"]["schemas"].items()}
    tidied["components"]["schemas"] = schemas | {"Problem": _tidied_schema(Problem.model_json_schema())}
    return tidied


def _tidied_schema(value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in value:
        value["$ref"] = SCHEMAS + _plain(value["$ref"].removeprefix(SCHEMAS))
    if isinstance(value.get("title"), str) and ("type" in value or "anyOf" in value):
        del value["title"]
    if value.get("additionalProperties") is False:
        # What we answer has no other keys today; clients must not break when it gets one.
        del value["additionalProperties"]
    return value


def _plain(name: str) -> str:
    """Return `LoadTime` for `FiguresShape.LoadTimeShape`: a shape is the same wherever it is used."""
    return name.rsplit(".", 1)[-1].removesuffix("Shape")


def _as_open_data(view: Callable[[], Response]) -> Callable[[], Response]:
    @wraps(view)
    def tagged() -> Response:
        _leave_out_the_rest()
        response = make_response(view())
        response.headers["Cache-Control"] = CACHE_CONTROL
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.add_etag()
        response.make_conditional(request)
        return response

    return tagged
