"""Write down in the register what tokens sent today, so that a restart does not begin to count anew."""

from collections.abc import Mapping
from datetime import date

from observatory.flows.token_use import TokenUse
from observatory.parts import Parts


class KeepTokenUse:
    """A step that remembers what it wrote last."""

    def __init__(self) -> None:
        self._kept: tuple[date, Mapping[str, int]] | None = None

    def __call__(self, parts: Parts) -> bool:
        """Write it down if it changed; always False."""
        found = parts.get(TokenUse).today()
        day, used = found
        if day != date.min and self._kept != found:
            with parts.register.change() as books:
                books.tokens.keep_use(day, used)
            self._kept = found
        return False
