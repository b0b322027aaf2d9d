"""Write figures as the one sequence of bytes whose hash stands in the public log, in the form of that time."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, cast

from observatory.model.figure import MenuFigures, ServiceFigures
from observatory.signoff.canonical_json import Json, canonical

LOOKED_AT = ("as_of", "revision", "judged_to", "final")
"""What tells of the looking and not of the month."""
FIRST_FORM, SECOND_FORM, FORM = 1, 2, 3
"""A field that comes to be published is another form: months frozen before are hashed by the fields of then, or their hash would say
that a figure changed."""
LATER_FIELDS = ("client_error_requests", "unmatched_requests", "clamped_requests")
THIRD_FIELDS = ("rejected_records", "quarantined_records", "late_records")
FIRST_LOAD_TIME = ("source", "mean_ms", "p75_ms", "p95_ms", "n", "capped", "abandoned")


def canonical_figures(figures: ServiceFigures, form: int = FORM) -> bytes:
    """Return the figures of a service as the one sequence of bytes that is hashed, by the names they have in the open data.

    Numbers that may have a fraction are text without trailing zeros; menus are in the order of their ids, those of which nothing is
    known left out: a menu that came later does not change a month before it.
    """
    told = {name: value for name, value in asdict(figures).items() if name not in LOOKED_AT}
    told["window"] = {"name": figures.window.name, "from": figures.window.start, "to": figures.window.end}
    told["menus"] = sorted((asdict(menu) for menu in figures.menus if _is_known(menu)), key=lambda menu: str(menu["menu_id"]))
    if form <= SECOND_FORM:
        told = {name: value for name, value in _without_untimed(told).items() if name not in THIRD_FIELDS}
        told["menus"] = [_without_untimed(menu) for menu in told["menus"]]
    return canonical(_plain(told if form > FIRST_FORM else _as_first_written(told)))


def hash_of(figures: ServiceFigures, form: int = FORM) -> str:
    """Return the SHA-256 of the canonical figures, in hexadecimal."""
    return sha256(canonical_figures(figures, form)).hexdigest()


def _without_untimed(told: dict[str, Any]) -> dict[str, Any]:
    """Return figures with the load time of the second form."""
    return told | {"load_time": {name: value for name, value in told["load_time"].items() if name != "untimed"}}


def _as_first_written(told: dict[str, Any]) -> dict[str, Any]:
    """Return figures with the fields of the first form, in which minutes that are null now were 0."""
    first = {name: value for name, value in told.items() if name not in LATER_FIELDS} | {"load_time": _first_load_time(told)}
    first |= {name: told[name] or 0 for name in ("isolated_minutes", "partial_minutes", "blip_minutes")}
    first["partial_share_minutes"] = told["partial_share_minutes"] or 0.0
    if told["target"] is not None:
        first["target"] = {name: value for name, value in told["target"].items() if name != "valid_from"}
    first["menus"] = [_first_menu(menu) for menu in told["menus"]]
    return first


def _first_menu(menu: dict[str, Any]) -> dict[str, Any]:
    first = {name: value for name, value in menu.items() if name not in (*LATER_FIELDS, "isolated_minutes")}
    return first | {"partial_minutes": menu["partial_minutes"] or 0, "load_time": _first_load_time(menu)}


def _first_load_time(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told["load_time"][name] for name in FIRST_LOAD_TIME}


def _is_known(menu: MenuFigures) -> bool:
    return bool(menu.coverage or menu.requests or menu.load_time.n)


def _plain(value: object) -> Json:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else cast(Json, value)
