"""Read the file that says who must have cosigned the public log."""

from pathlib import Path

from observatory.errors import BadInput, BadSettings
from observatory.transparency.policy import Policy


def read_log_policy(path: str) -> Policy | None:
    """Return the policy of a file, None where none is named. Raises BadSettings for one that is absent or says it wrongly."""
    if not path:
        return None
    try:
        return Policy.parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or "it is no text").lower()
        raise BadSettings(f"cannot read log policy {path}: {reason}", "name another file in OBSERVATORY_LOG_POLICY") from None
    except BadInput as error:
        raise BadSettings(f"{error.message}, in {path}", error.hint) from None
