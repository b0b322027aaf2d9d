"""What tokens sent today in, written down in the register out: so that a restart does not begin to count anew."""

from datetime import date
from pathlib import Path

from observatory.parts import Parts

_kept: dict[Path, object] = {}
"""What this process wrote last, by data folder."""


def step(parts: Parts) -> bool:
    """Write it down if it changed; always False."""
    found = parts.token_use.today()
    day, used = found
    if day != date.min and _kept.get(parts.settings.data) != found:
        parts.register.keep_token_use(day, used)
        _kept[parts.settings.data] = found
    return False
