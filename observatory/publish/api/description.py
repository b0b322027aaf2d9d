"""Read from the OpenAPI description what a person wants to know: addresses, parameters, and how an answer looks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCHEMAS = "#/components/schemas/"
INDENT = "  "
NESTED_MAX = 8
CSV_TYPE = "text/csv"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """What can be fetched: as JSON, and where there is one, as a file."""

    path: str
    """As in the description, such as /api/v1/services/{service_id}."""
    csv_path: str
    """Empty: there is no file."""
    parameters: tuple[str, ...]
    must_be_asked: bool
    """Whether it answers only a question: there is nothing to try without one."""
    answer: str
    """The shape of the answer: JSON with the kind of each value in its place. Empty: it is a file."""


def addresses_of(spec: Schema) -> tuple[Address, ...]:
    """Return every address, in the order of the description; a file that tells what another address does stands beside that."""
    paths: Mapping[str, Schema] = spec["paths"]
    found = []
    for path, operations in paths.items():
        content = operations["get"]["responses"]["200"]["content"]
        asked = [each for each in operations["get"]["parameters"] if each["in"] == "query"]
        names, must_be_asked = tuple(each["name"] for each in asked), any(each["required"] for each in asked)
        if CSV_TYPE in content and path.removesuffix(".csv") not in paths:
            found.append(Address(path, "", names, must_be_asked, ""))
        elif CSV_TYPE not in content:
            shape = _shape(content["application/json"]["schema"], spec["components"]["schemas"], 0)
            found.append(Address(path, f"{path}.csv" if f"{path}.csv" in paths else "", names, must_be_asked, shape))
    return tuple(found)


def _shape(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> str:
    if "$ref" in schema and depth < NESTED_MAX:
        return _shape(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas, depth)
    if "anyOf" in schema:
        return " | ".join(_shape(option, schemas, depth) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(choice) for choice in schema["enum"])
    if schema["type"] == "array":
        return f"[{_shape(schema['items'], schemas, depth)}, …]"
    if schema["type"] == "object" and "properties" in schema:
        inner = INDENT * (depth + 1)
        lines = [f"{inner}{json.dumps(name)}: {_shape(value, schemas, depth + 1)}" for name, value in schema["properties"].items()]
        return "{\n" + ",\n".join(lines) + "\n" + INDENT * depth + "}"
    return str(schema.get("format", schema["type"]))
