"""Name the formats of access logs, for whoever reads none of them: a command line, an address."""

from observatory.errors import BadInput

FORMATS = (
    "combined",
    "common",
    "combined+us",
    "combined+ms",
    "combined+s",
    "common+us",
    "common+ms",
    "common+s",
    "nginx-json",
    "alb",
)


def require_format(name: str) -> None:
    """Raise BadInput for a name that is none of FORMATS."""
    if name not in FORMATS:
        raise BadInput(f"cannot read an access log of format {name[:40]!r}", f"choose one of {', '.join(FORMATS)}")
