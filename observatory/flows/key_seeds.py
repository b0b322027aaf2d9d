"""Make the two keys of one generation from one secret, so that a signature of one is never taken for one of the other."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observatory.errors import BadSettings, phrase
from observatory.model.signing_key import SigningKey
from observatory.signoff.canonical_json import Json
from observatory.store.opening import FolderKeys
from observatory.store.sealing import CannotUnseal, seal, unseal

SECRET_BYTES = SEED_BYTES = 32
LOG, STATEMENTS = b"observatory log", b"observatory statements"


@dataclass(frozen=True, slots=True)
class Seeds:
    """The secret halves of one generation."""

    generation: int
    log: bytes
    """32 bytes, of the Ed25519 key that signs checkpoints."""
    statements: bytes


def new_key(generation: int, keys: FolderKeys, now: datetime) -> SigningKey:
    """Return a new generation, its secret sealed."""
    secret = secrets.token_hex(SECRET_BYTES)
    seeds = _seeds_of(generation, secret)
    log, statements = (Ed25519PrivateKey.from_private_bytes(seed).public_key() for seed in (seeds.log, seeds.statements))
    sealed = seal(secret, _owner(generation), keys)
    return SigningKey(generation, sealed, log.public_bytes_raw(), statements.public_bytes_raw(), now)


def seeds_of(key: SigningKey, keys: FolderKeys) -> Seeds:
    """Return the secret halves of a generation. Raises BadSettings where the key that sealed them is not here."""
    return _seeds_of(key.generation, _unsealed(key, keys))


def sealed_again(key: SigningKey, keys: FolderKeys) -> str:
    """Return the secret of a generation sealed with the key that seals today. Raises BadSettings."""
    return seal(_unsealed(key, keys), _owner(key.generation), keys)


def told_of(key: SigningKey) -> dict[str, Json]:
    """Return what the log tells of a generation: its public keys, base64."""
    return {"generation": key.generation, "log": in_base64(key.log_key), "statements": in_base64(key.statement_key)}


def in_base64(content: bytes) -> str:
    """Return bytes as the log writes them."""
    return base64.b64encode(content).decode()


def _unsealed(key: SigningKey, keys: FolderKeys) -> str:
    try:
        return unseal(key.sealed, _owner(key.generation), keys)
    except CannotUnseal as error:
        raise BadSettings(
            phrase("cannot use the signing keys of generation %(number)d: %(error)s"),
            phrase("name the key file with OBSERVATORY_KEY_FILE"),
            number=key.generation,
            error=str(error),
        ) from None


def _owner(generation: int) -> str:
    return f"signing keys {generation}"


def _seeds_of(generation: int, secret: str) -> Seeds:
    root = bytes.fromhex(secret)
    return Seeds(generation, *(HKDF(SHA256(), SEED_BYTES, salt=None, info=purpose).derive(root) for purpose in (LOG, STATEMENTS)))
