"""A proof is a file that leads from a leaf to a signed checkpoint, and a policy says who must have cosigned it."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.cosignature import Cosigner
from observatory.transparency.merkle import hash_leaf, inclusion_proof, root_of
from observatory.transparency.note import Note, NoteSigner, signed_note
from observatory.transparency.policy import Policy
from observatory.transparency.proof import LogProof, check_proof, read_proof
from tests.transparency import naive_tree

SIGNER = NoteSigner("status.go.kr/log", b"s" * 32)
WITNESSES = {name: Cosigner(f"{name}.or.kr", name.encode().ljust(32)) for name in ("audit", "press", "abroad")}
LEAVES = [hash_leaf(b"%d" % number) for number in range(11)]
CHECKPOINT = Checkpoint("status.go.kr/log", len(LEAVES), root_of(LEAVES))


def note(*witnesses: str) -> bytes:
    lines = "".join(WITNESSES[name].cosign(CHECKPOINT.text, 1_796_000_000) for name in witnesses)
    return signed_note(CHECKPOINT.text, [SIGNER]) + lines.encode()


def proof_of(index: int) -> LogProof:
    path = inclusion_proof(index, len(LEAVES), partial(naive_tree.node, LEAVES))
    return LogProof(index, LEAVES[index], tuple(path), note())


def policy(*lines: str) -> Policy:
    witnesses = (f"witness {name} {witness.key.vkey} https://{name}.or.kr/" for name, witness in WITNESSES.items())
    return Policy.parse("\n".join((f"log {SIGNER.vkey}", "# who", *witnesses, "", *lines)))


@pytest.mark.parametrize("index", range(len(LEAVES)))
def test_a_proof_is_read_as_it_was_written(index: int) -> None:
    proof = proof_of(index)
    assert proof.text.startswith(f"c2sp.org/tlog-proof@v1\nindex {index}\n")
    assert read_proof(proof.text, LEAVES[index]) == proof
    assert check_proof(proof, [SIGNER.key]) == CHECKPOINT


@given(st.integers(0, len(proof_of(6).text.encode()) - 1), st.integers(1, 127))
def test_one_changed_byte_of_a_proof_is_found(place: int, flip: int) -> None:
    content = bytearray(proof_of(6).text.encode())
    content[place] ^= flip
    with pytest.raises(BadInput):
        check_proof(read_proof(content.decode(errors="replace"), LEAVES[6]), [SIGNER.key])


@pytest.mark.parametrize(
    "text", ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 1\n\nx", "c2sp.org/tlog-proof@v1\nindex 1\nAA\n\nx"]
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot read a proof"):
        read_proof(text, LEAVES[0])


@pytest.mark.parametrize(
    ("lines", "signers", "met"),
    [
        (("quorum none",), (), True),
        (("quorum audit",), ("audit",), True),
        (("quorum audit",), ("press",), False),
        (("group both all audit press", "quorum both"), ("audit",), False),
        (("group both all audit press", "quorum both"), ("audit", "press"), True),
        (("group korean any audit press", "group all-of all korean abroad", "quorum all-of"), ("press", "abroad"), True),
        (("group korean any audit press", "group all-of all korean abroad", "quorum all-of"), ("press", "audit"), False),
        (("group two 2 audit press abroad", "quorum two"), ("press", "abroad"), True),
    ],
)
def test_a_policy_says_who_must_have_cosigned(lines: tuple[str, ...], signers: tuple[str, ...], *, met: bool) -> None:
    assert policy(*lines).is_met(Note.parse(note(*signers))) is met


def test_a_cosignature_of_another_checkpoint_counts_for_nothing() -> None:
    other = WITNESSES["audit"].cosign(Checkpoint("status.go.kr/log", 5, bytes(32)).text, 1)
    assert not policy("quorum audit").is_met(Note.parse(note() + other.encode()))


@pytest.mark.parametrize(
    "line",
    [
        "quorum nobody",
        "quorum",
        "group g 3 audit press",
        "group g 0 audit",
        "group g any",
        "group g all g",
        "group audit any press",
        "group g many audit",
        "group g all audit audit",
        "witness x",
        "log x",
        "something",
        f"witness w {SIGNER.vkey}",
    ],
)
def test_a_policy_with_a_mistake_names_its_line(line: str) -> None:
    with pytest.raises(BadInput, match="line 7 is wrong"):
        policy(line, "quorum none")


def test_a_policy_without_a_quorum_is_none() -> None:
    with pytest.raises(BadInput, match="has no quorum"):
        policy()
