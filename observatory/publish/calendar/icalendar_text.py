"""Write announced maintenance as a calendar (RFC 5545): the same bytes as long as nothing new is announced."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from observatory.model.text import Text
from observatory.readmodel.values import MaintenanceSummary

LINE_BYTES_MAX = 75
"""Of a line, without its end (section 3.1)."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar_text(name: Text, listed: Iterable[MaintenanceSummary]) -> str:
    """Return a calendar called `name` with an event for each maintenance, cancelled ones included."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Public Service Observatory//Maintenance//KO", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{_escaped(_said(name))}")
    for each in listed:
        lines += _event(each)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _event(each: MaintenanceSummary) -> list[str]:
    maintenance, service = each.maintenance, each.service
    spoken_of = maintenance.cancelled_at or maintenance.announced_at
    changes = len(maintenance.announcements) - 1 + (maintenance.cancelled_at is not None)
    menus = [_said(menu.name) for menu in service.menus if menu.id in maintenance.menu_ids]
    return [
        "BEGIN:VEVENT",
        f"UID:{maintenance.id}@observatory",
        f"DTSTAMP:{_moment(spoken_of)}",
        f"LAST-MODIFIED:{_moment(spoken_of)}",
        f"SEQUENCE:{changes}",
        f"DTSTART:{_moment(maintenance.start)}",
        f"DTEND:{_moment(maintenance.end)}",
        f"SUMMARY:{_escaped(f'{_said(service.name)}: {_said(maintenance.title)}')}",
        *([f"DESCRIPTION:{_escaped(', '.join(menus))}"] if menus else []),
        f"STATUS:{'CANCELLED' if maintenance.cancelled_at else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _said(text: Text) -> str:
    """Return a text in both languages, as far as it has them: a calendar is read by everybody."""
    return " / ".join(dict.fromkeys(written for written in text if written))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Return a text as a value (section 3.3.11)."""
    return text.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 bytes, each but the first behind a space; no letter is cut."""
    piece, size = "", 0
    for letter in line:
        bytes_count = len(letter.encode())
        if size + bytes_count > LINE_BYTES_MAX:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + bytes_count
    yield piece
