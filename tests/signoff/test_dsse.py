"""Envelopes, held against an implementation by somebody else."""

import subprocess
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.signer._key import SSlibKey

from observatory.errors import BadInput
from observatory.signoff.dsse import StatementKey, envelope_json, key_id_of, pae, read_envelope, sign_envelope, signed_by

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = StatementKey(SECRET.public_key().public_bytes_raw(), SECRET.sign)


def test_the_encoding_is_that_of_the_protocol() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(st.binary(max_size=200))
def test_another_implementation_verifies_our_envelopes(payload: bytes) -> None:
    envelope = sign_envelope(payload, [KEY])
    theirs = TheirEnvelope.from_dict(deepcopy(envelope_json(envelope)))
    key = SSlibKey(key_id_of(KEY.public_key), "ed25519", "ed25519", {"public": KEY.public_key.hex()})

    assert theirs.pae() == envelope.pae
    assert set(theirs.verify([key], 1)) == {key_id_of(KEY.public_key)}


@given(st.binary(max_size=100), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(payload: bytes, place: int, by: int) -> None:
    envelope = sign_envelope(payload + b"!", [KEY])
    changed = bytearray(envelope.payload)
    changed[place % len(changed)] ^= by

    assert signed_by(envelope, [KEY.public_key]) == [KEY.public_key]
    assert signed_by(replace(envelope, payload=bytes(changed)), [KEY.public_key]) == []
    assert signed_by(replace(envelope, payload_type="text/plain"), [KEY.public_key]) == []


def test_a_key_that_did_not_sign_is_not_named() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()

    assert signed_by(sign_envelope(b"{}", [KEY]), [other]) == []
    assert read_envelope(envelope_json(sign_envelope(b"{}", [KEY]))) == sign_envelope(b"{}", [KEY])


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"payload": "!", "payloadType": "a", "signatures": []},
        {"payload": "e30", "payloadType": "a", "signatures": []},
        {"payload": "e30=", "payloadType": "a", "signatures": [{"keyid": "a"}]},
        {"payload": "e30=", "payloadType": "a", "signatures": {}},
        {"payload": "e30=", "payloadType": 5, "signatures": []},
        {"payload": "e30=", "payloadType": "a", "signatures": [], "more": 1},
        {"payload": "e30=", "payloadType": "a", "signatures": [{"keyid": "a", "sig": "AA=="}] * 9},
    ],
)
def test_what_is_no_envelope_is_refused(wrong: object) -> None:
    with pytest.raises(BadInput):
        read_envelope(wrong)  # type: ignore[arg-type]


def test_openssl_verifies_an_envelope(tmp_path: Path) -> None:
    envelope = sign_envelope(b'{"_type":"https://in-toto.io/Statement/v1"}', [KEY])
    (tmp_path / "text").write_bytes(envelope.pae)
    (tmp_path / "signature").write_bytes(envelope.signatures[0].bytes)
    (tmp_path / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + KEY.public_key)
    command = "openssl pkeyutl -verify -pubin -inkey key -keyform DER -rawin -in text -sigfile signature"
    said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully" in said.stdout
