"""Name what can go wrong through somebody else's doing, each with what to do about it.

Anything that is not an `ObservatoryError` is our own bug. Status codes live in `web/error_pages.py` only.
"""


class ObservatoryError(Exception):
    """The caller asked for something that cannot be done; `hint` says how to mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

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

    def __init__(self, message: str, hint: str = "", retry_after_seconds: int = 2) -> None:
        super().__init__(message, hint)
        self.retry_after_seconds = retry_after_seconds

    def again(self) -> "Overloaded":
        """Return the same for somebody else: an exception is raised by one thread only."""
        return Overloaded(self.message, self.hint, self.retry_after_seconds)


class QuotaSpent(ObservatoryError):
    """A sender has sent what it may send in a day; nobody else is meant, unlike with `Overloaded`."""

    def __init__(self, message: str, hint: str, retry_after_seconds: int) -> None:
        super().__init__(message, hint)
        self.retry_after_seconds = retry_after_seconds
