"""Notes, checkpoints and cosignatures are read only as they were signed."""

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.transparency.checkpoint import Checkpoint, open_checkpoint
from observatory.transparency.cosignature import Cosigner, seconds_of
from observatory.transparency.merkle import EMPTY_ROOT
from observatory.transparency.note import Note, NoteKey, NoteSigner, signed_note

OTHERS_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
OTHERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
"""The example of golang.org/x/mod/sumdb/note."""
SIGNER = NoteSigner("status.go.kr/log", b"s" * 32)
WITNESS = Cosigner("witness.or.kr", b"w" * 32)
CHECKPOINT = Checkpoint("status.go.kr/log", 3, bytes(range(32)))


def cosigned(seconds: int = 1_796_000_000) -> bytes:
    return signed_note(CHECKPOINT.text, [SIGNER]) + WITNESS.cosign(CHECKPOINT.text, seconds).encode()


def test_a_note_that_somebody_else_signed_is_verified() -> None:
    note, key = Note.parse(OTHERS_NOTE), NoteKey.parse(OTHERS_KEY)
    assert note.signed_by(key) is not None
    assert (note.content, key.vkey) == (OTHERS_NOTE, OTHERS_KEY)
    assert Note.parse(OTHERS_NOTE.replace(b"your", b"our")).signed_by(key) is None


def test_a_checkpoint_has_three_lines_and_is_believed_from_its_own_log_only() -> None:
    content = signed_note(CHECKPOINT.text, [SIGNER])
    assert content.decode().split("\n")[:4] == ["status.go.kr/log", "3", base64.b64encode(bytes(range(32))).decode(), ""]
    assert open_checkpoint(content, [SIGNER.key]) == CHECKPOINT
    for stranger in (NoteSigner("status.go.kr/log", b"x" * 32), NoteSigner("other.go.kr/log", b"s" * 32)):
        with pytest.raises(BadInput, match="no key of the log"):
            open_checkpoint(content, [stranger.key])
    foreign = signed_note(Checkpoint("other.go.kr/log", 0, EMPTY_ROOT).text, [SIGNER])
    with pytest.raises(BadInput, match="no key of the log"):
        open_checkpoint(foreign, [SIGNER.key])


def test_several_keys_may_sign_one_checkpoint() -> None:
    newer = NoteSigner("status.go.kr/log", b"n" * 32)
    content = signed_note(CHECKPOINT.text, [newer, SIGNER])
    assert open_checkpoint(content, [SIGNER.key]) == open_checkpoint(content, [newer.key]) == CHECKPOINT


def test_a_witness_signs_the_checkpoint_and_when_it_saw_it() -> None:
    found = Note.parse(cosigned()).signed_by(WITNESS.key)
    assert found is not None
    assert seconds_of(found) == 1_796_000_000
    assert len(found.payload) == 72
    later = bytearray(found.payload)
    later[7] ^= 1
    assert not WITNESS.key.fits(CHECKPOINT.text, bytes(later))
    assert NoteKey.parse(WITNESS.key.vkey) == WITNESS.key


@given(st.integers(0, len(cosigned()) - 1), st.integers(1, 255))
def test_one_changed_byte_of_a_checkpoint_is_found(place: int, flip: int) -> None:
    content = bytearray(cosigned())
    content[place] ^= flip
    try:
        found = open_checkpoint(bytes(content), [SIGNER.key])
        witnessed = Note.parse(bytes(content)).signed_by(WITNESS.key) is not None
    except BadInput:
        return
    assert (found, witnessed) == (CHECKPOINT, False) or bytes(content) == cosigned()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- name AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 name AAA\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"te\x07xt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAAA",
        b"t\n\n" + "— n AAAAAAAA\n".encode() * 101,
        b"t" * 70_000 + "\n\n— name AAAAAAAA\n".encode(),
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="cannot read a sign"):
        Note.parse(content)


@pytest.mark.parametrize("text", ["o\n3\n", "o\n03\nX\n", "\n3\nAAAA\n", "o\n-1\nAAAA\n", "o\n3\nAAAA\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot read a checkpoint"):
        Checkpoint.parse(text.encode())


@pytest.mark.parametrize("vkey", ["", "a+b", f"x{SIGNER.vkey}", SIGNER.vkey.replace("+", " ", 1), "n+00000000+AQ==", "n+00000000+CQ=="])
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadInput, match=r"cannot (read|use)"):
        NoteKey.parse(vkey)


def test_openssl_verifies_a_checkpoint(tmp_path: Path) -> None:
    content = signed_note(CHECKPOINT.text, [SIGNER])
    (tmp_path / "text").write_bytes(CHECKPOINT.text)
    (tmp_path / "signature").write_bytes(Note.parse(content).signatures[0].payload)
    (tmp_path / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + SIGNER.public_key)
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key",
        "-keyform",
        "DER",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully" in said.stdout
