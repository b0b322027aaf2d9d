"""Find the line of every table and key of a catalogue file: what `tomllib` does not tell.

The text is known to be valid TOML, so this only has to find where statements begin.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from observatory.model.catalogue_rules import Path

_HEADER = re.compile(r"\[(\[?)(.+?)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_KEY_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_TOKEN = re.compile(r"""\"\"\"|'''|"(?:[^"\\]|\\.)*"|'[^']*'|\#.*|[\[\]{}]""")
_TO_CLOSING = {'"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*"""'), "'''": re.compile(r"(?:[^']|'(?!''))*'''")}


class CatalogueLines:
    """Where the tables and keys of one file are. Paths are as in `catalogue_rules`."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: defaultdict[Path, int] = defaultdict(int)
        table: Path = ()
        for line, statement in _statements(text):
            if header := _HEADER.fullmatch(statement):
                table = self._open(_parts(header[2]), repeated=bool(header[1]))
                self._lines.setdefault(table, line)
            elif key := _KEY.match(statement):
                path = table
                for part in _parts(key[1]):
                    path = (*path, part)
                    self._lines.setdefault(path, line)

    def line(self, path: Path) -> int:
        """Return the line, from 1, of a key or table, or of the nearest thing around it that has one."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _open(self, names: list[str], *, repeated: bool) -> Path:
        """Return the path a header opens; within an array of tables it means the newest one."""
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            if self._counts[path]:
                path = (*path, self._counts[path] - 1)
        path = (*path, names[-1])
        if repeated:
            self._counts[path] += 1
            path = (*path, self._counts[path] - 1)
        return path


def _parts(dotted: str) -> list[str]:
    return ["".join(part) for part in _KEY_PART.findall(dotted)]


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every line that begins a statement, not of those inside strings and arrays."""
    closing, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not closing and depth == 0:
            yield number, line.strip()
        closing, depth = _after(line, closing, depth)


def _after(line: str, closing: str, depth: int) -> tuple[str, int]:
    """Return which multi-line string is open after a line, if any, and how many brackets."""
    position = 0
    while position < len(line) or closing:
        if closing:
            end = _TO_CLOSING[closing].match(line, position)
            if end is None:
                return closing, depth
            position, closing = end.end(), ""
            continue
        token = _TOKEN.search(line, position)
        if token is None:
            break
        position = token.end()
        if token[0] in _TO_CLOSING:
            closing = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return closing, depth
