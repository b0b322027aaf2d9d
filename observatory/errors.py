"""Name what can go wrong through somebody else's doing, each with what to do about it.

Anything that is not an `ObservatoryError` is our own bug. Status codes live in `web/error_pages.py` only.
"""

from collections.abc import Mapping


def phrase(sentence: str) -> str:
    """Mark a sentence that a page may say: its translation is looked for in the catalogue, and has to be there."""
    return sentence


class ObservatoryError(Exception):
    """The caller asked for something that cannot be done; `hint` says how to mend it.

    Both are given as keys: English sentences with `%(name)s` where a value belongs. Pages translate the keys; whoever asks for
    `message` and `hint` is told in English. Without values, a % is a %.
    """

    def __init__(self, message: str, hint: str = "", **values: object) -> None:
        self.message_key, self.hint_key, self.values = message, hint, values
        self.message, self.hint = _filled(message, values), _filled(hint, values)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class BadInput(ObservatoryError):
    """A file, form or parameter that cannot be understood."""


class BadTelemetry(BadInput):
    """A telemetry body that cannot be decoded; nothing of it was stored."""


class TooLarge(BadTelemetry):
    """A body over the size limit, counted after decompression."""


class LengthRequired(BadTelemetry):
    """A body of which nothing proves that it came whole; it was not taken."""


class TooSlow(BadInput):
    """A body that did not come in time; it was not taken."""


class UnsupportedMedia(BadTelemetry):
    """A content type or encoding this door does not speak."""


class NotSignedIn(ObservatoryError):
    """Nobody we know: the credential is missing or has ended."""


class NotAllowed(ObservatoryError):
    """Somebody we know, or a wrong credential, asking for more than they may."""


class NotFound(ObservatoryError):
    """The thing named does not exist."""


class Conflict(ObservatoryError):
    """The request was fine, but not in the present state."""


class BadSettings(ObservatoryError):
    """The process cannot start as it was configured (exit code 2)."""


class Overloaded(ObservatoryError):
    """Nothing was stored; the same request will succeed later."""

    def __init__(self, message: str, hint: str = "", retry_after_seconds: int = 2, **values: object) -> None:
        super().__init__(message, hint, **values)
        self.retry_after_seconds = retry_after_seconds

    def again(self) -> "Overloaded":
        """Return the same for somebody else: an exception is raised by one thread only."""
        return Overloaded(self.message_key, self.hint_key, self.retry_after_seconds, **self.values)


class CannotDecide(ObservatoryError):
    """What stands in the log is not sound, so that nothing can be decided from it: neither yes nor no."""


class QuotaSpent(ObservatoryError):
    """A sender has sent what it may send in a day; nobody else is meant, unlike with `Overloaded`."""

    def __init__(self, message: str, hint: str, retry_after_seconds: int, **values: object) -> None:
        super().__init__(message, hint, **values)
        self.retry_after_seconds = retry_after_seconds


def _filled(sentence: str, values: Mapping[str, object]) -> str:
    return sentence % values if values else sentence
