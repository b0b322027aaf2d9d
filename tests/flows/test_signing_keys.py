"""The keys that sign: made once, rotated in public, sealed where they lie."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from observatory.errors import BadSettings
from observatory.flows.signing_keys import BOTH_SIGN, MADE, ROTATED, ROTATION_TYPE, SigningKeys
from observatory.signoff.canonical_json import canonical
from observatory.signoff.dsse import pae
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore
from tests.registers import in_look


@pytest.fixture
def keys(tmp_path: Path) -> FolderKeys:
    """The keys of a folder, and one from outside."""
    return replace(prepare_folder(tmp_path), outside=bytes(32))


@pytest.fixture
def register(tmp_path: Path, keys: FolderKeys) -> Iterator[RegisterStore]:
    """A register without any."""
    opened = open_register(tmp_path)
    yield opened
    opened.close()


def test_the_first_keys_are_made_once_however_many_processes_begin(register: RegisterStore, keys: FolderKeys, now: datetime) -> None:
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(lambda _: SigningKeys(register, keys).make_first(now), range(8)))

    (key,) = SigningKeys(register, keys).all()
    (entry,) = in_look(register).log.entries_of_kind(MADE)
    assert json.loads(entry.body)["log"] == base64.b64encode(key.log_key).decode()
    (seeds,) = SigningKeys(register, keys).live(now)
    assert Ed25519PrivateKey.from_private_bytes(seeds.log).public_key().public_bytes_raw() == key.log_key
    assert key.log_key != key.statement_key == SigningKeys(register, keys).statement_key(now).public_key


def test_a_rotation_is_signed_by_the_old_key_and_both_sign_for_a_while(register: RegisterStore, keys: FolderKeys, now: datetime) -> None:
    signing = SigningKeys(register, keys)
    signing.make_first(now)
    (old,) = signing.all()
    new = signing.rotate(now, compromised=False)

    told = json.loads(in_look(register).log.entries_of_kind(ROTATED)[0].body)
    signature = base64.b64decode(told.pop("signature"))
    Ed25519PublicKey.from_public_bytes(old.statement_key).verify(signature, pae(ROTATION_TYPE, canonical(told)))
    assert [seeds.generation for seeds in signing.live(now)] == [2, 1]
    assert [seeds.generation for seeds in signing.live(now + BOTH_SIGN)] == [2]
    assert signing.statement_key(now).public_key == new.statement_key


def test_keys_that_somebody_else_may_have_sign_nothing_any_more(register: RegisterStore, keys: FolderKeys, now: datetime) -> None:
    signing = SigningKeys(register, keys)
    signing.make_first(now)
    signing.rotate(now, compromised=False)
    signing.rotate(now, compromised=True)

    assert [seeds.generation for seeds in signing.live(now)] == [3]
    assert json.loads(in_look(register).log.entries_of_kind(ROTATED)[1].body)["compromised"] is True


def test_a_copy_of_the_register_alone_signs_nothing(tmp_path: Path, register: RegisterStore, keys: FolderKeys, now: datetime) -> None:
    SigningKeys(register, keys).make_first(now)

    with pytest.raises(BadSettings, match="OBSERVATORY_KEY_FILE"):
        SigningKeys(register, FolderKeys(bytes(range(32)), "")).live(now)
    connection = sqlite3.connect(tmp_path / "register.sqlite")
    (sealed,) = connection.execute("SELECT sealed FROM signing_key").fetchone()
    connection.close()
    assert sealed.startswith("sealed:")


def test_keys_of_the_folder_are_sealed_anew_once_there_is_a_key_outside(register: RegisterStore, keys: FolderKeys, now: datetime) -> None:
    SigningKeys(register, replace(keys, outside=None)).make_first(now)
    (before,) = SigningKeys(register, keys).all()
    SigningKeys(register, keys).make_first(now + timedelta(days=1))

    (after,) = SigningKeys(register, keys).all()
    assert after == replace(before, sealed=after.sealed)
    with pytest.raises(BadSettings):
        SigningKeys(register, replace(keys, outside=None)).live(now)
