"""Show a progress bar while files are imported, and at the end what became of their lines."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from observatory.receive.import_report import LinesAnswer


@dataclass(slots=True)
class ImportSummary:
    """What an import did; grows with every piece."""

    lines_read: int = 0
    stored: int = 0
    skipped: int = 0
    """Blank lines; spans and log records that are no requests a service answered."""
    excluded: int = 0
    """Of those stored, records of crawlers, health checks and the like: kept, but in no figure."""
    already_imported: int = 0
    """Lines stored by an earlier run."""
    waiting: int = 0
    """Last lines without an end: taken by a later run, once they have one."""
    clamped: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first_refused: dict[str, str] = field(default_factory=dict)
    """FILE:LINE by reason."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Lines by what they report: an HTTP status, or the state a probe found."""
    begun_at: float = field(default_factory=time.monotonic)

    def note(self, path: Path, first_line: int, answer: LinesAnswer) -> None:
        """Add a piece; `first_line` is the file's number of the line its numbers count from."""
        self.lines_read += answer.lines_read
        self.skipped += answer.skipped
        if answer.duplicate:
            self.already_imported += answer.accepted
        else:
            self.stored += answer.accepted
            self.clamped += answer.clamped
            self.excluded += answer.excluded
        self.refused.update(answer.refused)
        self.refused.update(answer.rejected)
        self.kinds.update(answer.kinds)
        for reason, line in answer.first_refused_line.items():
            self.first_refused.setdefault(reason, f"{path}:{first_line + line - 1}")

    def refuse(self, path: Path, number: int, reason: str) -> None:
        """Add a line, or a request, that nobody could read."""
        self.lines_read += 1
        self.refused[reason] += 1
        self.first_refused.setdefault(reason, f"{path}:{number}")

    def as_json(self) -> str:
        """Return the summary for programs, on one line."""
        refused = {reason: {"count": count, "first": self.first_refused.get(reason)} for reason, count in self.refused.items()}
        return json.dumps(
            {
                "lines_read": self.lines_read,
                "stored": self.stored,
                "skipped": self.skipped,
                "excluded": self.excluded,
                "already_imported": self.already_imported,
                "waiting": self.waiting,
                "clamped": self.clamped,
                "refused": refused,
                "kinds": dict(sorted(self.kinds.items())),
                "elapsed_seconds": round(time.monotonic() - self.begun_at, 3),
            },
            ensure_ascii=False,
        )

    def as_text(self, kind_word: str) -> str:
        """Return the summary for people; `kind_word` says what the kinds are."""
        rows = [("lines read", f"{self.lines_read:,}"), ("stored", f"{self.stored:,}")]
        rows += [("skipped", f"{self.skipped:,} (blank, or no request a service answered)")] if self.skipped else []
        rows += [("of these in no figure", f"{self.excluded:,} (crawlers, health checks, OPTIONS)")] if self.excluded else []
        rows += [("already imported", f"{self.already_imported:,}")] if self.already_imported else []
        rows += [("waiting for its end", f"{self.waiting:,}")] if self.waiting else []
        rows += [("dated in the future", f"{self.clamped:,} (counted as of now)")] if self.clamped else []
        for reason, count in self.refused.most_common():
            first = self.first_refused.get(reason)
            rows.append((f"refused: {reason}", f"{count:,}" + (f" (first: {first})" if first else "")))
        rows += [(f"{kind_word} {group}", text) for group, text in _grouped(self.kinds)]
        rows.append(("elapsed", f"{time.monotonic() - self.begun_at:.1f} s"))
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def show(self, kind_word: str, *, as_json: bool) -> None:
        """Print the summary."""
        click.echo(self.as_json() if as_json else self.as_text(kind_word))


def _grouped(kinds: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return one row per class of HTTP status with its statuses, and one per kind of anything else."""
    groups: dict[str, dict[str, int]] = {}
    for kind, count in sorted(kinds.items()):
        groups.setdefault(f"{kind[0]}xx" if kind.isdigit() else kind, {})[kind] = count
    rows = []
    for group, members in groups.items():
        detail = "" if group in members else f" ({', '.join(f'{kind}: {count:,}' for kind, count in members.items())})"
        rows.append((group, f"{sum(members.values()):,}{detail}"))
    return rows


class Bar:
    """How far an import is, for people who watch."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def begin(self, path: Path, done_bytes: int) -> None:
        """Go on to a file of which so much was done before."""
        self._progress.reset(self._task, description=path.name, total=path.stat().st_size, completed=done_bytes)

    def reach(self, done_bytes: int) -> None:
        """Show that so much of the file is done."""
        self._progress.update(self._task, completed=done_bytes)


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """Show a bar with rate and remaining time on standard error while it is a terminal; nothing otherwise."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        yield Bar(progress)
