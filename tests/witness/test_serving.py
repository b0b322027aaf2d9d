"""A witness over HTTP: its answers have the statuses of C2SP tlog-witness, and it remembers over a restart what it signed."""

import hashlib
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import requests

from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.merkle import consistency_proof, hash_leaf, root_of
from observatory.transparency.note import Note, NoteKey, NoteSignature, NoteSigner, signed_note
from observatory.transparency.witnessing import REQUEST_BYTES_MAX, WitnessRequest
from observatory.witness.serving import REQUEST_SECONDS_MAX
from tests.transparency import naive_tree
from tests.witnesses import RunningWitness

pytestmark = pytest.mark.network

SIGNER = NoteSigner("status.go.kr/log", b"s" * 32)
LEAVES = [hash_leaf(b"%d" % number) for number in range(9)]
ADDRESS = "/" + hashlib.sha256(b"status.go.kr/log").hexdigest() + "/checkpoint"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[RunningWitness]:
    started = RunningWitness(tmp_path / "witness", "witness.or.kr", SIGNER.vkey)
    yield started
    started.kill()


def checkpoint(size: int, origin: str = "status.go.kr/log") -> Checkpoint:
    return Checkpoint(origin, size, root_of(LEAVES[:size]))


def post(witness: RunningWitness, old: int, asked: Checkpoint, signer: NoteSigner = SIGNER) -> requests.Response:
    proof = consistency_proof(old, asked.size, partial(naive_tree.node, LEAVES))
    content = WitnessRequest(old, tuple(proof), Note.parse(signed_note(asked.text, [signer]))).content
    return requests.post(f"{witness.url}/add-checkpoint", data=content, timeout=10)


def test_each_answer_has_the_status_that_the_format_says(witness: RunningWitness) -> None:
    key = NoteKey.parse(witness.key)
    first, second = post(witness, 0, checkpoint(4)), post(witness, 4, checkpoint(7))
    for answer, size in ((first, 4), (second, 7)):
        assert answer.status_code == 200
        assert key.fits(checkpoint(size).text, NoteSignature.parse(answer.text.removesuffix("\n")).payload)
    behind = post(witness, 4, checkpoint(9))
    assert (behind.status_code, behind.text, behind.headers["Content-Type"]) == (409, "7\n", "text/x.tlog.size")
    forged = Checkpoint("status.go.kr/log", 9, bytes(32))
    assert post(witness, 7, forged).status_code == 422
    assert post(witness, 9, checkpoint(7)).status_code == 400
    assert post(witness, 7, checkpoint(9), NoteSigner("status.go.kr/log", b"x" * 32)).status_code == 403
    assert post(witness, 7, checkpoint(9, "other/log"), NoteSigner("other/log", b"s" * 32)).status_code == 404
    assert requests.post(f"{witness.url}/add-checkpoint", data=b"old\n", timeout=10).status_code == 400
    assert requests.post(f"{witness.url}/other", data=b"old\n", timeout=10).status_code == 404
    assert requests.post(f"{witness.url}/add-checkpoint", data=b"x" * (REQUEST_BYTES_MAX + 1), timeout=10).status_code == 413


def test_what_was_signed_is_shown_and_survives_a_power_cut(witness: RunningWitness, tmp_path: Path) -> None:
    assert requests.get(witness.url + ADDRESS, timeout=10).status_code == 404
    post(witness, 0, checkpoint(4))
    witness.kill()
    again = RunningWitness(tmp_path / "witness", "witness.or.kr", SIGNER.vkey)
    try:
        shown = Note.parse(requests.get(again.url + ADDRESS, timeout=10).content)
        assert again.key == witness.key
        assert Checkpoint.parse(shown.text) == checkpoint(4)
        assert shown.signed_by(SIGNER.key) is not None
        assert shown.signed_by(NoteKey.parse(again.key)) is not None
        assert post(again, 0, checkpoint(5)).status_code == 409
        assert again.terminate() == 0
    finally:
        again.kill()


def test_whoever_sends_too_slowly_is_cut_off_and_hinders_nobody(witness: RunningWitness) -> None:
    host, port = witness.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.0\r\nContent-Length: 10\r\n\r\n")
        assert post(witness, 0, checkpoint(4)).status_code == 200
        slow.settimeout(REQUEST_SECONDS_MAX + 5)
        begun = time.monotonic()
        answer = slow.recv(4096)
        assert time.monotonic() - begun < REQUEST_SECONDS_MAX + 2
        assert b"200" not in answer


@pytest.mark.parametrize("length", ["0000000000400000000", "0" * 5000, "000000000099999999999999", "-1", "٣", ""])
def test_a_length_that_is_written_oddly_is_refused(witness: RunningWitness, length: str) -> None:
    host, _, port = witness.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /add-checkpoint HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * 1000)
        assert connection.recv(100).split()[1] == b"413"
