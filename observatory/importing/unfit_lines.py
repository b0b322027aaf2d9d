"""Show what lines look like that nothing can be read of, and of which formats they are.

Never the lines themselves: they are full of addresses and names.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from observatory.decode.access_log.formats import FORMATS
from observatory.decode.access_log.lines import decode_lines
from observatory.errors import BadInput
from observatory.importing.line_file import open_lines

SAMPLE_BYTES_MAX = 1 << 16
"""Of the first lines, to try the other formats on."""
SHAPE_LENGTH_MAX = 160

_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_REST = re.compile(r"[^aA0-9 !-/:-@\[-`{-~]+")


def refuse_unfit(paths: Sequence[Path], log_format: str) -> None:
    """Raise BadInput if there are lines in these files and not one of them is of the format; nothing is stored then."""
    sample = b""
    for path in paths:
        with open_lines(path) as file:
            for piece in file.pieces():
                decoded = decode_lines(piece.lines, log_format)
                if len(decoded.columns):
                    return
                sample = sample or (piece.lines[:SAMPLE_BYTES_MAX] if decoded.refused else b"")
    if not sample:
        return
    line = next(line for line in sample.split(b"\n") if line.strip())
    fitting = [name for name in FORMATS if len(decode_lines(sample, name).columns)]
    hint = f"say --format {' or --format '.join(_closest(fitting))}" if fitting else f"the formats are {', '.join(FORMATS)}"
    message = f"cannot import: no line is of format {log_format}, nothing was stored; they look like: {shape_of(line)}"
    raise BadInput(message, hint)


def shape_of(line: bytes) -> str:
    """Return what a line looks like: `a` for letters that stand together, `0` for digits, and signs as they are."""
    text = _DIGITS.sub("0", _LETTERS.sub("a", line.decode("utf-8", "replace").strip()))
    shape = _REST.sub("?", text)
    return shape if len(shape) <= SHAPE_LENGTH_MAX else shape[:SHAPE_LENGTH_MAX] + "..."


def _closest(fitting: Sequence[str]) -> Sequence[str]:
    """Leave out formats that read less of a line than another that fits: `common` where `combined` does, both where a duration is told."""
    timed = [name for name in fitting if "+" in name]
    combined = [name for name in timed or fitting if name.startswith("combined")]
    return combined or timed or fitting
