"""A witness signs what continues the checkpoint it signed before, and says by its status why it does not."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

import pytest

from observatory.errors import BadInput
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.merkle import consistency_proof, hash_leaf, root_of
from observatory.transparency.note import Note, NoteSigner, signed_note
from observatory.transparency.witnessing import WitnessRequest, decide
from tests.transparency import naive_tree

SIGNER = NoteSigner("status.go.kr/log", b"s" * 32)
LOGS = {"status.go.kr/log": [SIGNER.key]}
LEAVES = [hash_leaf(b"%d" % number) for number in range(9)]


def checkpoint(size: int, leaves: Sequence[bytes] = LEAVES, origin: str = "status.go.kr/log") -> Checkpoint:
    return Checkpoint(origin, size, root_of(leaves[:size]))


def request(old: int, asked: Checkpoint, signer: NoteSigner = SIGNER) -> WitnessRequest:
    proof = consistency_proof(old, asked.size, partial(naive_tree.node, LEAVES))
    return WitnessRequest(old, tuple(proof), Note.parse(signed_note(asked.text, [signer])))


def test_a_request_is_read_as_it_was_written() -> None:
    asked = request(3, checkpoint(7))
    assert WitnessRequest.parse(asked.content) == asked


@pytest.mark.parametrize("old", range(10))
def test_what_continues_the_last_checkpoint_is_signed(old: int) -> None:
    last = checkpoint(old) if old else None
    for size in range(old, 10):
        decision = decide(WitnessRequest.parse(request(old, checkpoint(size)).content), LOGS, last)
        assert (decision.status, decision.signs) == (HTTPStatus.OK, checkpoint(size))


def test_every_refusal_has_its_own_status() -> None:
    last = checkpoint(4)
    other = checkpoint(6, [bytes(32), *LEAVES[1:]])
    refusals = {
        HTTPStatus.NOT_FOUND: request(4, checkpoint(6, origin="other.go.kr/log"), NoteSigner("other.go.kr/log", b"s" * 32)),
        HTTPStatus.FORBIDDEN: request(4, checkpoint(6), NoteSigner("status.go.kr/log", b"x" * 32)),
        HTTPStatus.BAD_REQUEST: request(4, checkpoint(3)),
        HTTPStatus.UNPROCESSABLE_ENTITY: request(4, other),
    }
    for status, asked in refusals.items():
        assert decide(asked, LOGS, last).status == status
        assert decide(asked, LOGS, last).signs is None


@pytest.mark.parametrize("old", [0, 3, 5])
def test_a_log_that_does_not_know_what_was_signed_is_told_the_size(old: int) -> None:
    found = decide(request(old, checkpoint(6)), LOGS, checkpoint(4))
    assert (found.status, found.body) == (HTTPStatus.CONFLICT, "4\n")


def test_two_roots_of_one_size_are_never_both_signed() -> None:
    found = decide(request(4, checkpoint(4, [bytes(32), *LEAVES[1:]])), LOGS, checkpoint(4))
    assert (found.status, found.signs) == (HTTPStatus.CONFLICT, None)


@pytest.mark.parametrize(
    "content", [b"", b"old 1\n", b"old x\n\n", b"old 01\n\nnote", b"old 1\nAAAA\n\nnote", b"old 1\n\n" + b"x" * 100_000]
)
def test_what_is_no_request_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="cannot read"):
        WitnessRequest.parse(content)
