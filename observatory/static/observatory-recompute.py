"""Make the figures of a month again from its minutes, and say whether the published ones are the same.

    python3 observatory-recompute.py https://observatory.example.go.kr job-portal 2026-11 [MENU]
    python3 observatory-recompute.py minutes.csv [figures.json]      saved files; without figures, nothing is compared

Exit code 0: all the same; 1: something differs; 2: the data cannot be had. Python 3.9 is enough, nothing of the observatory's own program
is used. Sections 5 to 7 of obs-method/2 are followed: verdicts of minutes tell of incidents, these of classes, these of figures. Verdicts
are taken as given, and which minutes are closed, in maintenance or not observed yet. An incident does not end with a month, so those before
and after are read too. Where one cannot be had, the published class tells of incidents that reach over that edge. Of 1 to 19 requests in a
minute the file tells nothing: if such a minute is partly failing, `partial_share_minutes` cannot be made.
"""

from __future__ import annotations

import csv
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, deque
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

METHOD = "obs-method/2"
OPENINGS = ((3, 5, 15), (6, 30, 60))  # so many bad ones among so many known minutes, within so many of the clock
CLOSE_MINUTES, EVIDENCE_LOST_MINUTES, TRIES, WAIT_SECONDS = 5, 60, 5, 5
SCALED_TO, SCALED_FROM = 43200, 9072  # failures are told for so many open minutes, if so many were measured
BAD = IN_INCIDENTS = ("partial", "down")  # verdicts, and classes
AS_GIVEN = ("closed", "maintenance", "unobserved")
INSIDE = {"down": "down", "partial": "partial", "degraded": "partial", "up": "partial", "unknown": "unknown"}
OUTSIDE = {"down": "isolated", "partial": "blip", "degraded": "degraded", "up": "up", "unknown": "unknown"}

Incident = tuple[int, int]  # its first minute and the one behind its last, since 1970


class Row(NamedTuple):
    """A row of the file."""

    at: int
    requests: int | None
    failed: int | None
    votes_ok: int
    votes_failed: int
    verdict: str
    published: str
    quiet: bool = False  # nothing that was measured failed: if it is bad, it is only declared


def read_minutes(text: str) -> list[Row]:
    """Return the minutes of a file."""
    minutes = []
    for row in csv.DictReader(text.splitlines()):
        at = int(datetime.strptime(row["minute"], "%Y-%m-%dT%H:%M:%S%z").timestamp()) // 60
        requests, failed = (int(row[name]) if row[name] else None for name in ("count", "bad"))
        quiet = [row[name] for name in ("bad", "votes_failed", "throttled", "client_error")] == ["0"] * 4
        minutes.append(Row(at, requests, failed, int(row["votes_ok"]), int(row["votes_failed"]), row["verdict"], row["class"], quiet))
    return minutes


class Detector:
    """Finds incidents, minute after minute of service hours (section 5)."""

    def __init__(self) -> None:
        self.found: list[Incident] = []
        self.started: int | None = None
        self.last_bad = self.last_failed = self.recovered = self.good = 0
        self.last_known: int | None = None
        self.seen: deque[tuple[int, int, bool]] = deque(maxlen=max(among for _, among, _ in OPENINGS))

    def look(self, position: int, minute: Row) -> None:
        """Take up a minute; unknown ones are skipped, but what is only declared is over in the first that is not bad."""
        bad, was_bad = minute.verdict in BAD, self.good == 0 and self.last_known == position - 1
        if self.started is not None and was_bad and not bad and self.last_failed < self.started:
            self.end(self.last_bad + 1)
        if minute.verdict == "unknown":
            return
        if self.last_known is not None and position - self.last_known - 1 > EVIDENCE_LOST_MINUTES:
            self.end(self.last_bad + 1)
        self.last_known = position
        self.seen.append((position, minute.at, bad))
        if self.started is None and bad:
            self.started = self.opening(position)
        if bad:
            self.last_bad, self.last_failed, self.good = minute.at, self.last_failed if minute.quiet else minute.at, 0
        elif self.started is not None:
            self.good += 1
            self.recovered = minute.at if self.good == 1 else self.recovered
            if self.good == CLOSE_MINUTES:
                self.end(self.recovered)

    def opening(self, position: int) -> int | None:
        """Return the first minute of an incident that opens now."""
        begins = []
        for bad_min, among, within in OPENINGS:
            bad = [at for seen, at, is_bad in list(self.seen)[-among:] if is_bad and seen > position - within]
            begins += bad[:1] if len(bad) >= bad_min else []
        return min(begins, default=None)

    def end(self, minute: int) -> None:
        """End the incident if there is one, and forget what was before."""
        if self.started is not None and minute > self.started:
            self.found.append((self.started, minute))
        self.started, self.good = None, 0
        self.seen.clear()


def find_incidents(minutes: list[Row]) -> list[Incident]:
    """Return the incidents in minutes that follow each other; over the edges of what is known the published class tells."""
    course = [minute for minute in minutes if minute.published not in (("closed", "maintenance") if minute.verdict in BAD else ("closed",))]
    known = [minute for minute in course[: EVIDENCE_LOST_MINUTES + 1] if minute.verdict != "unknown"]
    detector = Detector()
    if known and known[0].published in IN_INCIDENTS:
        detector.started = detector.last_bad = detector.last_failed = course[0].at - 1
    for position, minute in enumerate(course):
        detector.look(position, minute)
    if detector.last_known is not None and len(course) - detector.last_known - 1 > EVIDENCE_LOST_MINUTES:
        detector.end(detector.last_bad + 1)
    behind = detector.found[-1][1] if detector.found else 0
    tail = course if detector.started is not None else course[-max(within for _, _, within in OPENINGS) :]
    reaching = [minute.at for minute in tail if minute.at >= behind and minute.published in IN_INCIDENTS]
    if detector.started is not None:
        reaching = [detector.started, *reaching, detector.last_bad]
    return detector.found + ([(reaching[0], max(reaching) + 1)] if reaching else [])


def classes_of(minutes: list[Row], incidents: list[Incident]) -> dict[int, str]:
    """Return the class of each minute (section 6)."""
    inside = {at for first, end in incidents for at in range(first, end)}
    return {
        minute.at: minute.published if minute.published in AS_GIVEN else (INSIDE if minute.at in inside else OUTSIDE)[minute.verdict]
        for minute in minutes
    }


def failures_in(month: list[Row], minutes: list[Row], incidents: list[Incident], classes: dict[int, str]) -> int:
    """Return how many incidents have the first minute that is charged in a month."""
    charged = [minute.at for minute in minutes if minute.verdict in BAD and classes[minute.at] in IN_INCIDENTS]
    begins = [next((at for at in charged if first <= at < end), None) for first, end in incidents if first >= minutes[0].at]
    return sum(begin is not None and month[0].at <= begin <= month[-1].at for begin in begins)


def share_of(minute: Row) -> int | None:
    """Return which part of a partly failing minute failed, in millionths, cut up; None if its numbers are not told."""
    if minute.requests is None or minute.failed is None:
        return None
    whole = minute.requests or minute.votes_ok + minute.votes_failed
    return -(-(minute.failed if minute.requests else minute.votes_failed) * 1_000_000 // whole) if whole else 1_000_000


def figures_of(month: list[Row], failures: int, classes: dict[int, str]) -> dict[str, float | None]:
    """Return the figures of a month (section 7), by the names they have in the open data."""
    n = Counter(classes[minute.at] for minute in month)
    measured = sum(n[name] for name in ("up", "degraded", "blip", "isolated", "partial", "down"))
    lost, whole = n["down"] + n["isolated"], measured + n["unknown"] + n["unobserved"]
    shares = [share_of(minute) for minute in month if classes[minute.at] == "partial"]

    def cut(part: int, of: int, places: int) -> float | None:
        return part * places // of / places if of and measured else None

    figures: dict[str, float | None] = {
        "availability_percent": cut(100 * (measured - lost), measured, 1000),
        "availability_worst_percent": cut(100 * (measured - lost), measured + n["unknown"], 1000),
        "availability_any_percent": cut(100 * (measured - lost - n["partial"]), measured, 1000),
        "downtime_minutes": lost if measured else None,
        "failures": failures if measured else None,
        "failures_scaled": cut(failures * SCALED_TO, whole, 1000) if measured >= SCALED_FROM else None,
        "coverage": measured * 10_000 // whole / 10_000 if whole else None,
        "measured_minutes": measured,
    }
    figures.update({f"{name}_minutes": n[name] if measured else None for name in ("isolated", "partial", "blip")})
    figures.update({f"{name}_minutes": n[name] for name in ("unknown", *AS_GIVEN)})
    if None not in shares:
        figures["partial_share_minutes"] = -(-sum(share or 0 for share in shares) // 1000) / 1000 if measured else None
    return figures


def fetch(address: str) -> str | None:
    """Return what is at an address, None if there is nothing; who is busy is asked again."""
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            if error.code != 503:
                raise
            time.sleep(WAIT_SECONDS)
    raise OSError(f"{address} is busy")


def month_beside(month: str, step: int) -> str:
    """Return the month before (-1) or after (1)."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + step, 12)
    return f"{year:04d}-{number + 1:02d}"


def ask(url: str, service: str, month: str, menu: str = "") -> tuple[list[list[Row]], dict[str, object]]:
    """Return the minutes of a month with those before and after it, and what is published of it."""
    base = f"{url.rstrip('/')}/api/v1/services/{urllib.parse.quote(service)}"
    query = f"&menu={urllib.parse.quote(menu)}" if menu else ""
    texts = [fetch(f"{base}/minutes.csv?month={month_beside(month, step)}{query}") for step in (-1, 0, 1)]
    published = fetch(f"{base}/figures?window=month:{month}")
    if texts[1] is None or published is None:
        raise OSError(f"there are no minutes of {service} {menu} in {month}")
    figures = json.loads(published)
    of_menu = [each for each in figures["menus"] if each["menu_id"] == menu]
    return [read_minutes(text or "") for text in texts], {**of_menu[0], "method": figures["method"]} if menu else figures


def report(figures: dict[str, float | None], published: dict[str, object], month: list[Row], classes: dict[int, str]) -> bool:
    """Print every figure beside the published one; return whether they are the same."""
    print(f"{'method':28} {METHOD} {'same' if published.get('method', METHOD) == METHOD else 'differs: use the program of that version'}")
    differing = sum(classes[minute.at] != minute.published for minute in month)
    print(f"{'classes of minutes':28} {len(month):>10} {'same' if not differing else f'differs in {differing}'}")
    same = differing == 0 and published.get("method", METHOD) == METHOD
    for name, value in figures.items():
        said = "" if name not in published else "same" if published[name] == value else f"differs: published {json.dumps(published[name])}"
        same &= not said.startswith("differs")
        print(f"{name:28} {json.dumps(value):>10} {said}".rstrip())
    if "partial_share_minutes" not in figures:
        print("partial_share_minutes: cannot be made again, some partly failing minutes had fewer than 20 requests")
    return same


def main(arguments: list[str]) -> int:
    """Do what the first lines of this file say."""
    if not 1 <= len(arguments) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if len(arguments) > 2:
            parts, published = ask(*arguments)
        else:
            parts = [[], read_minutes(Path(arguments[0]).read_text(encoding="utf-8")), []]
            published = json.loads(Path(arguments[1]).read_text(encoding="utf-8")) if len(arguments) == 2 else {}
    except (OSError, KeyError, IndexError, ValueError) as error:
        print(f"observatory-recompute: {error}", file=sys.stderr)
        return 2
    minutes = parts[0] + parts[1] + parts[2]
    classes = classes_of(minutes, incidents := find_incidents(minutes))
    figures = figures_of(parts[1], failures_in(parts[1], minutes, incidents, classes), classes)
    return 0 if report(figures, published, parts[1], classes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
