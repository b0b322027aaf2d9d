"""A leaf reads back as what was written, and nothing else is taken for one."""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.model.release import (
    BreakGlassApproved,
    BreakGlassRequested,
    ConditionMet,
    GateChanged,
    ReleaseFrozen,
    ReleaseObserved,
    SignOffRevoked,
)
from observatory.model.signoff import LogEntry
from observatory.signoff import leaves
from observatory.signoff.canonical_json import Json, canonical
from observatory.signoff.gate_policy import GatePolicy
from observatory.signoff.leaves import BODY_LENGTH_MAX, PolicyChanged, Told, body_of, read_leaf
from tests.signed_log import AUDITOR, DIGEST, OWNER, REASONS, SERVICE

STRICT = GatePolicy(("frozen-release", "executive-signoff", "passkey"))
LEAVES: Mapping[str, Told] = {
    leaves.RELEASE_FROZEN: ReleaseFrozen(SERVICE, "2.4.1", DIGEST, "production", "https://test.example.go.kr", OWNER),
    leaves.RELEASE_OBSERVED: ReleaseObserved(SERVICE, "production", DIGEST, "2.4.1"),
    leaves.SIGNOFF_REVOKED: SignOffRevoked(SERVICE, 7, REASONS, AUDITOR),
    leaves.CONDITION_MET: ConditionMet(SERVICE, 7, "1", "고쳤습니다.", "host"),
    leaves.BREAK_GLASS_REQUESTED: BreakGlassRequested(SERVICE, DIGEST, "production", REASONS, 24, OWNER),
    leaves.BREAK_GLASS_APPROVED: BreakGlassApproved(SERVICE, 9, datetime(2026, 11, 21, 3, 0, tzinfo=UTC), AUDITOR),
    leaves.GATE_OPENED: GateChanged(SERVICE, DIGEST, "production", ()),
    leaves.GATE_SUSPENDED: GateChanged(SERVICE, DIGEST, "production", ("REVOKED", "SUPERSEDED")),
    leaves.POLICY_CHANGED: PolicyChanged(STRICT, STRICT.digest),
}
"""One of each kind that this observatory writes about releases."""


def entry(kind: str, body: bytes) -> LogEntry:
    return LogEntry(3, kind, body, datetime(2026, 11, 20, tzinfo=UTC), b"")


@pytest.mark.parametrize("kind", LEAVES)
def test_what_was_written_reads_back(kind: str) -> None:
    body = body_of(LEAVES[kind])
    leaf = read_leaf(entry(kind, body))

    assert leaf is not None
    assert (leaf.index, leaf.told) == (3, LEAVES[kind])
    assert canonical(json.loads(body)) == body


@pytest.mark.parametrize("kind", LEAVES)
def test_what_says_more_less_or_the_same_otherwise_is_refused(kind: str) -> None:
    told = json.loads(body_of(LEAVES[kind]))
    others: tuple[Json, ...] = ({**told, "more": 1}, {name: told[name] for name in [*told][1:]}, dict.fromkeys(told), [], None, "text")
    for changed in others:
        with pytest.raises(BadInput):
            read_leaf(entry(kind, canonical(changed)))
    with pytest.raises(BadInput):
        read_leaf(entry(kind, json.dumps(told).encode()))


@given(kind=st.sampled_from(sorted(LEAVES)), position=st.integers(0, 2000), mask=st.integers(1, 255))
def test_a_flipped_byte_is_refused_or_tells_something_else(kind: str, position: int, mask: int) -> None:
    body = bytearray(body_of(LEAVES[kind]))
    body[position % len(body)] ^= mask
    try:
        leaf = read_leaf(entry(kind, bytes(body)))
    except BadInput:
        return
    assert leaf is not None
    assert leaf.told != LEAVES[kind]
    assert body_of(leaf.told) == bytes(body)


@given(kind=st.sampled_from(sorted(leaves.READERS)), body=st.binary(max_size=80))
def test_bytes_of_anybody_are_read_or_refused(kind: str, body: bytes) -> None:
    with contextlib.suppress(BadInput):
        read_leaf(entry(kind, body))


@pytest.mark.parametrize(
    "wrong",
    [
        {"requires": ["frozen-release"]},
        {"requires": ["frozen-release", "executive-signoff", "magic"]},
        {"requires": ["frozen-release", "frozen-release", "executive-signoff"]},
        {"version": "gate-policy/2"},
    ],
)
def test_a_policy_that_asks_too_little_or_something_unknown_is_none(wrong: dict[str, object]) -> None:
    policy = {"requires": ["frozen-release", "executive-signoff"], "version": "gate-policy/1", **wrong}

    with pytest.raises(BadInput):
        read_leaf(entry(leaves.POLICY_CHANGED, canonical({"digest": STRICT.digest, "policy": policy})))  # type: ignore[dict-item]


def test_the_digest_of_a_policy_is_its_own() -> None:
    with pytest.raises(BadInput):
        PolicyChanged(GatePolicy(), STRICT.digest)


def test_a_leaf_fits_into_the_tiles_of_a_log() -> None:
    with pytest.raises(BadInput):
        body_of(GateChanged(SERVICE, DIGEST, "production", ("x" * BODY_LENGTH_MAX,)))
