"""Make ingest tokens, `obs_<id>_<secret>`, of which only a MAC is kept."""

import base64
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from observatory.errors import BadInput, Conflict
from observatory.model.delivery import ALL_SIGNALS, PROBES, SIGNALS
from observatory.model.staff import Token
from observatory.settings import VANTAGE_LENGTH_MAX, Settings
from observatory.store.opening import FolderKeys

PREFIX = "obs"
ID_BYTES = 6
SECRET_BYTES = 32
TEXT_LENGTH_MAX = 200


def new_token(service_ids: Iterable[str], keys: FolderKeys, now: datetime, signals: Collection[str] = SIGNALS) -> tuple[Token, str]:
    """Return a new token and its text, which is shown once and kept nowhere. Raises BadInput without a service or a signal."""
    ids = tuple(dict.fromkeys(service_ids))
    if not ids:
        raise BadInput("cannot make token: no service was named", "name at least one with --service ID")
    unknown = sorted(set(signals) - ALL_SIGNALS)
    if unknown or not signals:
        raise BadInput(f"cannot make token for {', '.join(unknown) or 'no signal'}", f"the signals are {', '.join(SIGNALS)}")
    token_id, text = _new_text()
    return Token(id=token_id, service_ids=ids, mac=token_mac(text, keys), created_at=now, signals=_in_order(signals)), text


def new_vantage_token(vantage: str, keys: FolderKeys, now: datetime) -> tuple[Token, str]:
    """Return a new token of an operator's own place of checks, and its text. Raises BadInput for a name that cannot be shown."""
    if not 1 <= len(vantage) <= VANTAGE_LENGTH_MAX or not vantage.isprintable() or vantage != vantage.strip():
        raise BadInput(f"cannot make token for vantage {vantage!r}", f"give 1 to {VANTAGE_LENGTH_MAX} characters that can be seen")
    token_id, text = _new_text()
    return Token(token_id, (), token_mac(text, keys), now, signals=(PROBES,), vantage=vantage), text


def refuse_server_vantage(settings: Settings, vantage: str) -> None:
    """Raise Conflict for the name under which this server checks by itself."""
    if vantage == settings.vantage:
        raise Conflict(
            f"cannot use vantage {vantage!r}: the server itself checks under this name, and two places would have one vote",
            "choose another name, or name the server by OBSERVATORY_VANTAGE",
        )


def _new_text() -> tuple[str, str]:
    """Return an id and the text it is the middle of."""
    token_id = secrets.token_hex(ID_BYTES)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return token_id, f"{PREFIX}_{token_id}_{secret}"


def _in_order(signals: Collection[str]) -> tuple[str, ...]:
    return tuple(signal for signal in SIGNALS if signal in signals)


def token_mac(text: str, keys: FolderKeys) -> bytes:
    """Return what is kept of a token: HMAC-SHA256 under the folder's key, of a bounded part of what somebody sent."""
    return hmac.digest(keys.secret, b"ingest token\0" + text[: TEXT_LENGTH_MAX + 1].encode(), "sha256")


def token_id_of(text: str) -> str:
    """Return the id in a token's text; empty, the id of no token, for anything else."""
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    return token_id if prefix == PREFIX and secret and len(text) <= TEXT_LENGTH_MAX else ""
