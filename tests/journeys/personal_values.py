"""Made-up personal values, and telemetry that carries them in every field a sender could put them into."""

import json
import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

FULL_WIDTH = {code: code - 0x20 + 0xFF00 for code in range(0x21, 0x7F)}
Json = dict[str, Any]


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(string.digits, k=count))


def _token(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits + "-_", k=40))


FAMILIES = {
    "김": "kim",
    "이": "lee",
    "박": "park",
    "최": "choi",
    "정": "jung",
    "강": "kang",
    "조": "cho",
    "윤": "yoon",
    "장": "jang",
    "홍": "hong",
}
GIVEN = {"민": "min", "준": "joon", "서": "seo", "연": "yeon", "길": "gil", "동": "dong", "하": "ha", "은": "eun", "우": "woo", "진": "jin"}
STREETS = (("세종대로", "sejong-daero"), ("테헤란로", "teheran-ro"), ("올림픽로", "olympic-ro"), ("월드컵북로", "worldcupbuk-ro"))


def _name(chance: random.Random) -> tuple[list[str], list[str]]:
    """Return the syllables of a name, Korean and Latin."""
    family, given = chance.choice(list(FAMILIES.items())), chance.choices(list(GIVEN.items()), k=3)
    both = [family, *given]
    return [korean for korean, _ in both], [latin for _, latin in both]


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(string.ascii_letters, k=count))


KINDS: dict[str, Callable[[random.Random], str]] = {
    "resident number": lambda chance: f"{_digits(chance, 6)}-{chance.choice('12345678')}{_digits(chance, 6)}",
    "resident number without hyphen": lambda chance: f"{_digits(chance, 6)}{chance.choice('12345678')}{_digits(chance, 6)}",
    "telephone": lambda chance: f"010-{_digits(chance, 4)}-{_digits(chance, 4)}",
    "telephone abroad": lambda chance: f"+8210{_digits(chance, 8)}",
    "e-mail": lambda chance: f"{''.join(chance.choices(string.ascii_lowercase, k=12))}.{_digits(chance, 2)}@mail.example",
    "card": lambda chance: "-".join(_digits(chance, 4) for _ in range(4)),
    "uuid": lambda chance: str(UUID(int=chance.getrandbits(128), version=4)),
    "hex id": lambda chance: f"{chance.getrandbits(128):032x}",
    "token": _token,
    "address": lambda chance: ".".join(str(chance.randint(100, 255)) for _ in range(4)) + f":{chance.randint(10_000, 65_535)}",
    "cookie": lambda chance: f"SESSION={_token(chance)}",
    "query": lambda chance: f"name=hong&born={_digits(chance, 8)}&id={_digits(chance, 8)}",
    "user": lambda chance: f"citizen{_digits(chance, 10)}",
    "name": lambda chance: "".join(chr(chance.randint(0xAC00, 0xD7A3)) for _ in range(5)),
    "Korean name": lambda chance: "".join(_name(chance)[0]),
    "romanised name": lambda chance: "".join(_name(chance)[1]),
    "romanised name with hyphens": lambda chance: "-".join(_name(chance)[1]),
    "romanised name with points": lambda chance: ".".join(_name(chance)[1]).title(),
    "Korean address": lambda chance: f"서울중구{chance.choice(STREETS)[0]}{''.join(_name(chance)[0])}아파트",
    "romanised address": lambda chance: f"{chance.choice(STREETS)[1]}-{''.join(_name(chance)[1])}-apt",
    "session id of small letters": lambda chance: _letters(chance, 16).lower(),
    "session id of letters": lambda chance: _letters(chance, 12),
}

ENCODINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: text.translate(FULL_WIDTH),
)

PLACES = (
    "/users/{}",
    "/users/{}/edit",
    "/search?q={}",
    "/jobs#{}",
    "/jobs;id={}",
    "/jobs/form-{}.html",
    "https://{}/jobs",
    "/jobs%3F{}",
    "/mypage/{}",
    "/{}",
)


@dataclass(frozen=True)
class Planted:
    """A personal value, and the text in which it is sent."""

    value: str
    text: str
    path: str

    @property
    def needles(self) -> set[str]:
        """What must not be found anywhere: the value, however written, and its digits alone where they are many."""
        digits = "".join(c for c in self.value if c.isascii() and c.isdigit())
        return {encode(self.value) for encode in ENCODINGS} | {self.text} | ({digits} if len(digits) >= 10 else set())


def planted_values(count: int, seed: int = 2026) -> list[Planted]:
    """Return so many values of all kinds, in all encodings and places of a path."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        value = KINDS[kind](chance)
        text = chance.choice(ENCODINGS)(value)
        found.append(Planted(value, text, chance.choice(PLACES).format(text)))
    return found


def attribute(key: str, value: str) -> Json:
    """Return an attribute of OTLP/JSON."""
    return {"key": key, "value": {"stringValue": value}}


SECRET_KEYS = (
    *("url.full", "url.query", "http.url", "client.address", "net.peer.ip", "enduser.id", "user.email", "http.request.header.cookie"),
    *("http.request.header.authorization", "baggage.user", "exception.message", "exception.stacktrace", "db.statement", "error.type"),
    *("user_agent.original", "http.user_agent", "http.request.method", "http.method"),
)
"""Attributes that take any text."""
PATH_KEYS = ("http.route", "url.path", "http.target")


def _attributes(number: int, planted: Planted) -> list[Json]:
    """Return the attributes of a record: a status, and the value in some others, differently from record to record."""
    keys = [SECRET_KEYS[(number + step) % len(SECRET_KEYS)] for step in (0, 5, 11)]
    return [
        {"key": "http.response.status_code", "value": {"intValue": str((200, 200, 200, 404, 500)[number % 5])}},
        attribute(PATH_KEYS[number % len(PATH_KEYS)], planted.path),
        *(attribute(key, planted.text) for key in keys),
        {"key": "nested", "value": {"kvlistValue": {"values": [attribute("inner", planted.text)]}}},
        {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": planted.text}]}}},
        attribute(planted.text, "a value as a key"),
    ]


def _resource(planted: Planted) -> Json:
    known = [attribute("service.namespace", "labor"), attribute("service.name", "job-portal")]
    return {"attributes": [*known, attribute("host.name", planted.text), attribute("process.command_line", planted.text)]}


def span(number: int, planted: Planted, end_ns: int) -> Json:
    """Return a server span that tells the value wherever a span can."""
    return {
        "name": f"GET {planted.text}",
        "kind": 2,
        "traceState": f"user={planted.text}",
        "startTimeUnixNano": str(end_ns - (4_000_000_000 if number % 7 == 0 else 80_000_000)),
        "endTimeUnixNano": str(end_ns),
        "attributes": _attributes(number, planted),
        "events": [{"name": planted.text, "attributes": [attribute("exception.message", f"no such citizen: {planted.text}")]}],
        "links": [{"traceState": f"user={planted.text}", "attributes": [attribute("user", planted.text)]}],
        "status": {"code": number % 3, "message": f"cannot greet {planted.text}"},
    }


def log_record(number: int, planted: Planted, end_ns: int) -> Json:
    """Return an access event, or an error without one, that tells the value wherever a log record can."""
    body: Json = {"stringValue": f"hello {planted.text}"}
    attributes = _attributes(number, planted)
    return {
        "timeUnixNano": str(end_ns),
        "severityNumber": 9 if number % 4 else 17,
        "severityText": planted.text,
        "eventName": planted.text,
        "body": body if number % 2 else {"kvlistValue": {"values": [attribute(planted.text, planted.text)]}},
        "attributes": attributes[3:] if number % 11 == 0 else attributes,
    }


def export_request(kind: str, items: Sequence[Json], planted: Planted) -> Json:
    """Return spans or log records as one export request; `kind` is "spans" or "logRecords"."""
    outer, inner = {"spans": ("resourceSpans", "scopeSpans"), "logRecords": ("resourceLogs", "scopeLogs")}[kind]
    scope = {"name": planted.text, "version": planted.text, "attributes": [attribute("scope", planted.text)]}
    group = {
        "resource": _resource(planted),
        "schemaUrl": planted.text,
        inner: [{"scope": scope, kind: list(items), "schemaUrl": planted.text}],
    }
    return {outer: [group]}


def combined_line(number: int, planted: Planted, time: str) -> str:
    """Return a line of an access log that tells the value in one of its fields, and in its path."""
    fields = ["203.0.113.9", "-", "-", "https://jobs.example.go.kr/", "Mozilla/5.0"]
    fields[number % len(fields)] = planted.text
    host, ident, user, referer, agent = fields
    status = (200, 200, 404, 500)[number % 4]
    return f'{host} {ident} {user} [{time}] "GET {planted.path} HTTP/1.1" {status} 12 "{referer}" "{agent}" 81234 {planted.text}'


def nginx_line(number: int, planted: Planted, seconds: float) -> str:
    """Return a line of our nginx format, with members that format does not have."""
    agent = planted.text if number % 2 else "Mozilla/5.0"
    line = {"time": f"{seconds:.3f}", "request_time": "0.081", "status": "200", "method": "GET", "uri": planted.path, "user_agent": agent}
    return json.dumps(line | {"remote_user": planted.text, "cookie": planted.text, planted.text: 1}, ensure_ascii=bool(number % 3))


def alb_line(number: int, planted: Planted, time: str) -> str:
    """Return a line of a load balancer's log."""
    agent = planted.text if number % 2 else "Mozilla/5.0"
    path = planted.path if planted.path.startswith("/") else f"/jobs?{planted.text}"
    return (
        f"https {time} app/lb/50dc6c {planted.text} 10.0.0.1:80 0.001 0.070 0.010 200 200 0 57 "
        f'"GET https://jobs.example.go.kr:443{path} HTTP/1.1" "{agent}" - - arn:aws:x "Root={planted.text}" "{planted.text}" "-" 1 {time} '
        f'"forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_{planted.text}'
    )


def portions(values: Sequence[Planted], size: int) -> Iterator[Sequence[Planted]]:
    """Yield the values in bodies."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
