"""Read the text of a catalogue file (TOML); what is wrong is refused with file, line and hint."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from observatory.errors import BadInput
from observatory.model.catalogue import (
    HOME,
    HOURS_DEFAULT,
    SLOW_MS_DEFAULT,
    Agency,
    Catalogue,
    Menu,
    ProbeStep,
    ProbeTarget,
    Service,
    Site,
    TelemetryIdentity,
)
from observatory.model.catalogue_lines import CatalogueLines
from observatory.model.catalogue_rules import Path, find_clashes
from observatory.model.service_hours import parse_holiday
from observatory.model.text import NOT_WRITTEN, Text, paired
from observatory.model.visible_text import character_name, hidden_character

CATALOGUE_LENGTH_MAX = 8 << 20
"""Characters; 10 000 services of 10 menus are about half of that."""

T = TypeVar("T")


def parse_catalogue(text: str, file_name: str) -> Catalogue:
    """Return the catalogue a file describes, without indexes. Raises BadInput that names the line."""
    if len(text) > CATALOGUE_LENGTH_MAX:
        raise BadInput(f"cannot use {file_name}: it has {len(text)} characters", f"split it, the limit is {CATALOGUE_LENGTH_MAX}")
    file = _File(text, file_name)
    root = _Table(file.read(text), (), file)
    root.refuse_unknown("site", "agency", "service")
    site = root.table("site")
    catalogue = Catalogue(
        site=_site(site) if site else Site(),
        agencies=tuple(_agency(table) for table in root.tables("agency")),
        services=tuple(_service(table) for table in root.tables("service")),
    )
    for clash in find_clashes(catalogue):
        file.refuse(clash.path, clash.message, clash.hint)
    return catalogue


def _site(table: "_Table") -> Site:
    table.refuse_unknown("name_ko", "name_en", "time_zone", "holidays")
    default = Site()
    return table.build(
        lambda: Site(
            name=table.both("name", default.name),
            time_zone=table.text("time_zone", default.time_zone),
            holidays=tuple(map(parse_holiday, table.texts("holidays", ()))),
        )
    )


def _agency(table: "_Table") -> Agency:
    table.refuse_unknown("id", "name_ko", "name_en")
    return table.build(lambda: Agency(id=table.text("id"), name=table.both("name")))


def _service(table: "_Table") -> Service:
    table.refuse_unknown(
        *("id", "agency", "name_ko", "name_en", "url", "grade", "executive_office_ko", "executive_office_en", "telemetry", "origins"),
        *("channels_ko", "channels_en", "release_url", "server_source", "low_traffic_block_minutes", "hours", "menu"),
    )
    menus = tuple(_menu(menu) for menu in table.tables("menu")) or (HOME,)
    return table.build(
        lambda: Service(
            id=table.text("id"),
            agency_id=table.text("agency"),
            name=table.both("name"),
            url=table.text("url"),
            grade=table.integer("grade", 4),
            executive_office=table.both("executive_office", NOT_WRITTEN),
            telemetry=tuple(_identity(identity) for identity in table.tables("telemetry")),
            origins=table.texts("origins", ()),
            channels=paired(table.texts("channels_ko", ()), table.texts("channels_en", ())),
            release_url=table.text("release_url", ""),
            server_source=table.text("server_source", ""),
            low_traffic_block_minutes=table.integer("low_traffic_block_minutes", 1),
            hours=table.text("hours", HOURS_DEFAULT),
            menus=menus,
        )
    )


def _identity(table: "_Table") -> TelemetryIdentity:
    table.refuse_unknown("namespace", "name")
    return TelemetryIdentity(namespace=table.text("namespace", ""), name=table.text("name"))


def _menu(table: "_Table") -> Menu:
    table.refuse_unknown("id", "name_ko", "name_en", "routes", "critical", "slow_ms", "probe")
    probe = table.table("probe")
    target = _probe(probe) if probe else None
    return table.build(
        lambda: Menu(
            id=table.text("id"),
            name=table.both("name"),
            routes=table.texts("routes"),
            critical=table.flag("critical", default=False),
            slow_ms=table.integer("slow_ms", SLOW_MS_DEFAULT),
            probe=target,
        )
    )


def _probe(table: "_Table") -> ProbeTarget:
    table.refuse_unknown("url", "interval_s", "text", "status", "steps")
    steps = tuple(_step(step) for step in table.tables("steps"))
    url, interval_s = table.text("url", "" if steps else None), table.integer("interval_s", 60)
    return table.build(lambda: ProbeTarget(url, interval_s, table.text("text", ""), table.integer("status", 0), steps))


def _step(table: "_Table") -> ProbeStep:
    table.refuse_unknown("url", "text", "status")
    return table.build(lambda: ProbeStep(table.text("url"), table.text("text", ""), table.integer("status", 0)))


class _Placed(BadInput):
    """A refusal that already names its line."""


class _File:
    """What is needed to say where something is wrong."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._text = text
        self._lines: CatalogueLines | None = None

    def read(self, text: str) -> Mapping[str, object]:
        """Return the document. Raises BadInput with the line of the first mistake."""
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also of a number with thousands of digits
            where = re.search(r"\(at line (\d+)", str(error))
            line = where[1] if where else str(text.count("\n") + 1)
            reason = re.sub(r" \(at .*\)", "", str(error)[:1].lower() + str(error)[1:])
            raise _Placed(f"cannot use {self._name}, line {line}: {reason}", "mend the line so that the file is valid TOML") from None

    def refuse(self, path: Path, message: str, hint: str) -> NoReturn:
        """Raise BadInput about the thing at a path; lines are only looked for now that one is needed."""
        self._lines = self._lines or CatalogueLines(self._text)
        raise _Placed(f"cannot use {self._name}, line {self._lines.line(path)}: {message}", hint)


class _Table:
    """One table of the file: values by key, each checked for its type as it is taken."""

    def __init__(self, values: Mapping[str, object], path: Path, file: _File) -> None:
        self._values = values
        self._path = path
        self._file = file

    def refuse_unknown(self, *known: str) -> None:
        """Refuse keys that mean nothing here: a misspelt one would silently do nothing."""
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known here are {', '.join(known)}"
                self._refuse(key, f"{key!r} is no key of {self._noun()}", hint)

    def build(self, build: Callable[[], T]) -> T:
        """Return what `build` makes of this table; its complaint gets the line of the key it speaks of."""
        try:
            return build()
        except _Placed:
            raise
        except BadInput as error:
            self._refuse(self._key_in(error.message), error.message, error.hint)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self._value(key, default)
        return self._visible(key, value) if isinstance(value, str) else self._wrong(key, "a text in quotes")

    def both(self, key: str, default: Text | None = None) -> Text:
        """Return a text that stands under <key>_ko and <key>_en."""
        ko, en = (None, None) if default is None else default
        return Text(self.text(f"{key}_ko", ko), self.text(f"{key}_en", en))

    def _visible(self, key: str, text: str) -> str:
        if found := hidden_character(text):
            message = f"{key!r} of {self._noun()} holds {character_name(found)}, which cannot be seen"
            self._refuse(key, message, "type it instead of pasting it")
        return text

    def integer(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._value(key, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else self._wrong(key, "a whole number")

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._value(key, default)
        return value if isinstance(value, bool) else self._wrong(key, "true or false")

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._value(key, default)
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return tuple(self._visible(key, item) for item in value)
        return self._wrong(key, 'a list of texts, such as ["..."]')

    def table(self, key: str) -> "_Table | None":
        """Return a table inside this one, or None."""
        value = self._values.get(key)
        if value is None:
            return None
        return _Table(value, (*self._path, key), self._file) if isinstance(value, dict) else self._wrong(key, "a table")

    def tables(self, key: str) -> "list[_Table]":
        """Return a list of tables inside this one; empty if there is none."""
        value = self._values.get(key, [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return [_Table(item, (*self._path, key, position), self._file) for position, item in enumerate(value)]
        return self._wrong(key, "a list of tables")

    def _value(self, key: str, default: object) -> object:
        value = self._values.get(key, default)
        if value is None:
            self._refuse(None, f"{self._noun()} lacks {key!r}", f"add a line {key} = ...")
        return value

    def _wrong(self, key: str, wanted: str) -> NoReturn:
        self._refuse(key, f"{key!r} of {self._noun()} is {self._values[key]!r}", f"write {wanted}")

    def _refuse(self, key: str | None, message: str, hint: str) -> NoReturn:
        self._file.refuse(self._path if key is None else (*self._path, key), message, hint)

    def _noun(self) -> str:
        names = [part for part in self._path if isinstance(part, str)]
        named = self._values.get("id")
        return f"{names[-1] if names else 'the file'}{f' {named!r}' if isinstance(named, str) else ''}"

    def _key_in(self, message: str) -> str | None:
        """Return the key a complaint of the model speaks of; what it quotes are values."""
        words = re.sub(r"'[^']*'|\"[^\"]*\"", "", message)
        spoken = [key for key in self._values if re.search(rf"\b{re.escape(key)}\b", words.replace("time zone", "time_zone"))]
        return max(spoken, key=len, default=None)
