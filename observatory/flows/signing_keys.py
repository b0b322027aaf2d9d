"""Make, rotate and lend the keys the observatory signs with; every change of them is an entry of the log.

Their secrets lie in the register, sealed with a key that does not.
"""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from observatory.flows.key_seeds import Seeds, in_base64, new_key, sealed_again, seeds_of, told_of
from observatory.model.signing_key import SigningKey
from observatory.model.signoff import NewEntry
from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.dsse import StatementKey, envelope_json, pae, sign_envelope
from observatory.store.opening import FolderKeys
from observatory.store.register import Books, RegisterStore
from observatory.store.sealing import is_sealed_today

MADE, ROTATED = "keys-made", "key-rotated"
ROTATION_TYPE = "application/vnd.observatory.keys+json"
BOTH_SIGN = timedelta(days=30)
"""After a rotation checkpoints have signatures of both keys this long, so that who knows the old one can follow to the new."""


class SigningKeys:
    """Lends what signs. Any number of threads and processes at once."""

    def __init__(self, register: RegisterStore, keys: FolderKeys) -> None:
        self._register = register
        self._keys = keys

    def make_first(self, now: datetime) -> None:
        """Make the first keys unless there are some, and seal with today's key what was sealed with the folder's own."""
        found = self.all()
        if not found:
            with self._register.change() as books:
                if not books.keys.keys():
                    key = new_key(1, self._keys, now)
                    books.keys.add(key)
                    books.log.append(NewEntry(MADE, canonical(told_of(key)), now))
        for key in found:
            if not is_sealed_today(key.sealed, self._keys):
                after = sealed_again(key, self._keys)
                with self._register.change() as books:
                    books.keys.seal_again(key.generation, key.sealed, after)

    def rotate(self, now: datetime, *, compromised: bool) -> SigningKey:
        """Make new keys and let the old ones sign the change; if those are `compromised` they sign nothing from now on."""
        with self._register.change() as books:
            known = books.keys.keys()
            old = known[0]
            key = new_key(old.generation + 1, self._keys, now)
            told: dict[str, Json] = {**told_of(key), "compromised": compromised, "previous": told_of(old)}
            by_old = Ed25519PrivateKey.from_private_bytes(seeds_of(old, self._keys).statements)
            signature = in_base64(by_old.sign(pae(ROTATION_TYPE, canonical(told))))
            books.keys.add(key)
            for each in known if compromised else known[:1]:
                books.keys.retire(each.generation, now if compromised else now + BOTH_SIGN)
            books.log.append(NewEntry(ROTATED, canonical({**told, "signature": signature}), now))
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
        return [seeds_of(key, self._keys) for key in found if key.retired_at is None or now < key.retired_at]

    def statement_key(self, now: datetime, books: Books | None = None) -> StatementKey:
        """Return the key that signs statements: the newest only."""
        key = Ed25519PrivateKey.from_private_bytes(self.live(now, books)[0].statements)
        return StatementKey(key.public_key().public_bytes_raw(), key.sign)

    def attest(self, payload_type: str, payload: bytes, now: datetime) -> dict[str, object]:
        """Return an envelope of a document, as it is published."""
        return dict(envelope_json(sign_envelope(payload, [self.statement_key(now)], payload_type)))
