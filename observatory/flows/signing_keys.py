"""Make, rotate and lend the keys the observatory signs with; every change of them is an entry of the log.

Two keys are made together, so that a signature of one can never be taken for one of the other: of the log, and of statements.
Their secrets lie in the register, sealed with a key that does not.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observatory.errors import BadSettings
from observatory.model.signing_key import SigningKey
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.dsse import StatementKey, envelope_json, pae, sign_envelope
from observatory.store.opening import FolderKeys
from observatory.store.register import Books, RegisterStore
from observatory.store.sealing import CannotUnseal, is_sealed_today, seal, unseal

MADE, ROTATED = "keys-made", "key-rotated"
ROTATION_TYPE = "application/vnd.observatory.keys+json"
BOTH_SIGN = timedelta(days=30)
"""After a rotation checkpoints have signatures of both keys this long, so that who knows the old one can follow to the new."""

_SECRET_BYTES = SEED_BYTES = 32
_LOG, _STATEMENTS = b"observatory log", b"observatory statements"


@dataclass(frozen=True, slots=True)
class Seeds:
    """The secret halves of one generation."""

    generation: int
    log: bytes
    """32 bytes, of the Ed25519 key that signs checkpoints."""
    statements: bytes


class SigningKeys:
    """Lends what signs. Any number of threads and processes at once."""

    def __init__(self, register: RegisterStore, keys: FolderKeys) -> None:
        self._register = register
        self._keys = keys

    def make_first(self, now: datetime) -> None:
        """Make the first keys unless there are some, and seal with today's key what was sealed with the folder's own."""
        with self._register.look() as books:
            found = books.keys.keys()
        if not found:
            with self._register.change() as books:
                if not books.keys.keys():
                    key, _ = self._new(1, now)
                    books.keys.add(key)
                    books.log.append(NewEntry(MADE, canonical(_told(key)), now))
        for key in found:
            if not is_sealed_today(key.sealed, self._keys):
                after = seal(self._unsealed(key), _owner(key.generation), self._keys)
                with self._register.change() as books:
                    books.keys.seal_again(key.generation, key.sealed, after)

    def rotate(self, now: datetime, *, compromised: bool) -> SigningKey:
        """Make new keys and let the old ones sign the change; if those are `compromised` they sign nothing from now on."""
        with self._register.change() as books:
            old = books.keys.keys()[0]
            key, _ = self._new(old.generation + 1, now)
            told: dict[str, Json] = {**_told(key), "compromised": compromised, "previous": _told(old)}
            by_old = Ed25519PrivateKey.from_private_bytes(self._seeds(old).statements)
            signature = by_old.sign(pae(ROTATION_TYPE, canonical(told)))
            books.keys.add(key)
            books.keys.retire(old.generation, now if compromised else now + BOTH_SIGN)
            books.log.append(NewEntry(ROTATED, canonical({**told, "signature": _text(signature)}), now))
        return key

    def all(self) -> list[SigningKey]:
        """Return every generation, newest first."""
        with self._register.look() as books:
            return books.keys.keys()

    def live(self, now: datetime, books: Books | None = None) -> list[Seeds]:
        """Return the secrets of those that sign just now, newest first. Raises BadSettings where their key is not here.

        `books` are those of the caller's own transaction, if there is one.
        """
        found = self.all() if books is None else books.keys.keys()
        return [self._seeds(key) for key in found if key.retired_at is None or now < key.retired_at]

    def statement_key(self, now: datetime, books: Books | None = None) -> StatementKey:
        """Return the key that signs statements: the newest only."""
        key = Ed25519PrivateKey.from_private_bytes(self.live(now, books)[0].statements)
        return StatementKey(key.public_key().public_bytes_raw(), key.sign)

    def attest(self, payload_type: str, payload: bytes, now: datetime) -> dict[str, object]:
        """Return an envelope of a document, as it is published."""
        return dict(envelope_json(sign_envelope(payload, [self.statement_key(now)], payload_type)))

    def _new(self, generation: int, now: datetime) -> tuple[SigningKey, Seeds]:
        secret = secrets.token_hex(_SECRET_BYTES)
        seeds = _seeds_of(generation, secret)
        log, statements = (Ed25519PrivateKey.from_private_bytes(seed).public_key() for seed in (seeds.log, seeds.statements))
        sealed = seal(secret, _owner(generation), self._keys)
        return SigningKey(generation, sealed, log.public_bytes_raw(), statements.public_bytes_raw(), now), seeds

    def _seeds(self, key: SigningKey) -> Seeds:
        return _seeds_of(key.generation, self._unsealed(key))

    def _unsealed(self, key: SigningKey) -> str:
        try:
            return unseal(key.sealed, _owner(key.generation), self._keys)
        except CannotUnseal as error:
            raise BadSettings(
                f"cannot use the signing keys of generation {key.generation}: {error}", "name the key file with OBSERVATORY_KEY_FILE"
            ) from None


def public_keys(keys: Sequence[SigningKey]) -> list[bytes]:
    """Return the public keys that ever signed statements."""
    return [key.statement_key for key in keys]


def _owner(generation: int) -> str:
    return f"signing keys {generation}"


def _seeds_of(generation: int, secret: str) -> Seeds:
    root = bytes.fromhex(secret)
    return Seeds(generation, *(HKDF(SHA256(), SEED_BYTES, salt=None, info=purpose).derive(root) for purpose in (_LOG, _STATEMENTS)))


def _told(key: SigningKey) -> dict[str, Json]:
    return {"generation": key.generation, "log": _text(key.log_key), "statements": _text(key.statement_key)}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
