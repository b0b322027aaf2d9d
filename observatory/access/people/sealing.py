"""Seal what proves people, so that a copy of the register alone proves nobody: AES-256-GCM under a key that lies beside it.

The key is the folder's own or, better, one in a file outside (`OBSERVATORY_KEY_FILE`). A sealed text names its key by four
bytes and is bound to its owner, so that it cannot be moved to another account. Texts of earlier releases are plain.
"""

import base64
import hashlib
import secrets
from contextlib import suppress

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore

PREFIX = "sealed:"
NONCE_BYTES = 12
NAME_BYTES = 4
KEY_BYTES = 32

log = structlog.get_logger(__name__)


class CannotUnseal(Exception):
    """The key of a sealed text is not here, or somebody changed the text."""


def seal(text: str, owner: str, keys: FolderKeys) -> str:
    """Return a text as it may be stored."""
    key, nonce = _keys(keys)[0], secrets.token_bytes(NONCE_BYTES)
    sealed = _name(key) + nonce + AESGCM(key).encrypt(nonce, text.encode(), owner.encode())
    return PREFIX + base64.b64encode(sealed).decode()


def unseal(stored: str, owner: str, keys: FolderKeys) -> str:
    """Return what was sealed. Raises CannotUnseal."""
    if not stored.startswith(PREFIX):
        return stored
    sealed = _sealed_bytes(stored)
    name, nonce, content = sealed[:NAME_BYTES], sealed[NAME_BYTES : NAME_BYTES + NONCE_BYTES], sealed[NAME_BYTES + NONCE_BYTES :]
    for key in _keys(keys):
        if _name(key) == name:
            with suppress(InvalidTag, ValueError):
                return AESGCM(key).decrypt(nonce, content, owner.encode()).decode()
    raise CannotUnseal("its secret was changed, or sealed with a key that is not here")


def seal_again(register: RegisterStore, keys: FolderKeys) -> None:
    """Seal with today's key what is plain or was sealed with the folder's own; interrupted anywhere, it may be run again."""
    lost = 0
    with register.look() as books:
        found = {member.id: books.staff.secrets(member.id) for member in books.staff.members()}
    stored = {staff_id: secrets.totp_secret for staff_id, secrets in found.items() if secrets and secrets.totp_secret}
    for staff_id, before in stored.items():
        if _is_of_today(before, keys):
            continue
        try:
            after = seal(unseal(before, staff_id, keys), staff_id, keys)
        except CannotUnseal:
            lost += 1
            continue
        with register.change() as books:
            books.staff.replace_totp_secret(staff_id, before, after)
    if lost:
        log.error("secrets of accounts are sealed with a key that is not here", accounts=lost, mend="name it with OBSERVATORY_KEY_FILE")


def _is_of_today(stored: str, keys: FolderKeys) -> bool:
    return stored.startswith(PREFIX) and _sealed_bytes(stored).startswith(_name(_keys(keys)[0]))


def _sealed_bytes(stored: str) -> bytes:
    """Return the bytes of a sealed text, nothing for one that somebody cut or changed."""
    try:
        return base64.b64decode(stored.removeprefix(PREFIX), validate=True)
    except ValueError:
        return b""


def _keys(keys: FolderKeys) -> list[bytes]:
    """Return every key that may have sealed something, that of today first."""
    roots = [keys.secret] if keys.outside is None else [keys.outside, keys.secret]
    return [HKDF(SHA256(), KEY_BYTES, salt=None, info=b"observatory secrets of staff").derive(root) for root in roots]


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"name of key\0" + key).digest()[:NAME_BYTES]
