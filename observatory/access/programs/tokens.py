"""Make ingest tokens, `obs_<id>_<secret>`, of which only a MAC is kept."""

import base64
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from observatory.errors import BadInput
from observatory.model.delivery import ALL_SIGNALS, SIGNALS
from observatory.model.staff import Token
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
    token_id = secrets.token_hex(ID_BYTES)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    text = f"{PREFIX}_{token_id}_{secret}"
    return Token(id=token_id, service_ids=ids, mac=token_mac(text, keys), created_at=now, signals=_in_order(signals)), text


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
