"""Say which keys sign the log, and under which name: the one place that does."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.transparency.note import NoteSigner
from observatory.transparency.signed_head import FIRST_LINE

SEED_BYTES = 32


def log_signers(keys: FolderKeys, origin: str) -> tuple[NoteSigner, ...]:
    """Return the keys that sign checkpoints, newest first: the one that signed the heads of the chain before."""
    return (NoteSigner(origin, _seed(keys)),)


def log_origin(register: RegisterStore, keys: FolderKeys, host: str) -> str:
    """Return the name of the log; the first time it is asked for it is settled for ever, by the host that citizens know."""
    with register.look() as books:
        known = books.log.origin()
    if known:
        return known
    public_key = Ed25519PrivateKey.from_private_bytes(_seed(keys)).public_key().public_bytes_raw()
    named = f"{host}/log" if host else f"localhost/log-{hashlib.sha256(public_key).hexdigest()[:8]}"
    with register.change() as books:
        books.log.keep_origin(named)
        return books.log.origin()


def _seed(keys: FolderKeys) -> bytes:
    return HKDF(SHA256(), SEED_BYTES, salt=None, info=FIRST_LINE.encode()).derive(keys.outside or keys.secret)
