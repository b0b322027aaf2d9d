"""A bundle is decided about by whoever has it and trusts the log's key: nobody asks us, and nothing in it can be changed."""

import random
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from observatory.errors import BadInput, CannotDecide
from observatory.flows.public_log import SignedLog
from observatory.model.release import HOST, SignOffRevoked
from observatory.model.signoff import Condition, NewEntry
from observatory.readmodel.bundles import decide_offline, read_bundle
from observatory.signoff.gate import GateQuestion
from observatory.signoff.leaves import SIGNOFF_REVOKED, body_of
from observatory.transparency.cosignature import Cosigner
from observatory.transparency.policy import Policy
from tests.frozen import DIGEST, OTHER_DIGEST
from tests.publish.certificates.conftest import Desk
from tests.registers import in_change

QUESTION = GateQuestion("job-portal", DIGEST)
COSIGNER = Cosigner("witness.example", bytes(32))


def bundle_of(desk: Desk, number: str) -> bytes:
    content: bytes = desk.client.get(f"/c/{number}/bundle.json").data
    return content


def trust(desk: Desk, more: str = "quorum none\n") -> Policy:
    """Return the policy of somebody who knows the log's key."""
    vkey = desk.parts.get(SignedLog).signer.signers(desk.clock())[0].vkey
    return Policy.parse(f"log {vkey}\n{more}")


def test_a_bundle_opens_the_gate_for_its_digest_and_no_other(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))

    assert decide_offline(found, QUESTION, trust(desk), desk.clock()).answer.decision == "allow"
    other = decide_offline(found, GateQuestion("job-portal", OTHER_DIGEST), trust(desk), desk.clock()).answer
    elsewhere = decide_offline(found, GateQuestion("tax", DIGEST), trust(desk), desk.clock()).answer
    assert (other.decision, other.reasons) == ("deny", ("DIGEST_MISMATCH",))
    assert (elsewhere.decision, elsewhere.reasons) == ("deny", ("NO_RELEASE",))


def test_a_bundle_says_what_the_log_says_later(desk: Desk) -> None:
    number = desk.sign(desk.freeze(), "conditional", Condition("글씨를 키울 것", date(2026, 12, 1)))
    revoked = SignOffRevoked("job-portal", int(number.split("-")[0]), "로그인이 되지 않는다는 신고가 이어졌습니다. 다시 봅니다.", HOST)
    desk.clock.pass_by(days=20)
    overdue = decide_offline(read_bundle(bundle_of(desk, number)), QUESTION, trust(desk), desk.clock()).answer
    in_change(desk.parts.register).log.append(NewEntry(SIGNOFF_REVOKED, body_of(revoked), desk.clock()))
    answer = decide_offline(read_bundle(bundle_of(desk, number)), QUESTION, trust(desk), desk.clock()).answer

    assert overdue.reasons == ("CONDITION_OVERDUE",)
    assert answer.reasons == ("CONDITION_OVERDUE", "REVOKED")


def test_whoever_trusts_another_key_believes_nothing(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))

    with pytest.raises(BadInput, match="no key of the log"):
        decide_offline(found, QUESTION, Policy.parse("quorum none\n"), desk.clock())


def test_a_bundle_is_good_for_a_day(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))

    with pytest.raises(CannotDecide, match="more than a day"):
        decide_offline(found, QUESTION, trust(desk), desk.clock() + timedelta(hours=24))


def test_a_bundle_that_no_witness_signed_is_unwitnessed(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))
    policy = trust(desk, f"witness w {COSIGNER.key.vkey}\nquorum w\n")
    text = found.checkpoint.partition("\n\n")[0] + "\n"
    cosigned = replace(found, checkpoint=found.checkpoint + COSIGNER.cosign(text.encode(), 1))

    assert decide_offline(found, QUESTION, policy, desk.clock()).answer.reasons == ("UNWITNESSED",)
    assert decide_offline(cosigned, QUESTION, policy, desk.clock()).answer.decision == "allow"


def test_a_flipped_byte_never_opens_what_the_bundle_does_not(desk: Desk) -> None:
    whole = bundle_of(desk, desk.sign(desk.freeze(), "fail"))
    policy, chance = trust(desk), random.Random(17)
    for _ in range(500):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        try:
            answer = decide_offline(read_bundle(bytes(flipped)), QUESTION, policy, desk.clock()).answer
        except (BadInput, CannotDecide):
            continue
        assert answer.decision == "deny"


def test_a_leaf_that_is_left_out_or_moved_is_noticed(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))

    for leaves in (found.leaves[::-1], (*found.leaves, found.leaves[0])):
        with pytest.raises(BadInput):
            decide_offline(replace(found, leaves=leaves), QUESTION, trust(desk), desk.clock())
    without_the_release = tuple(leaf for leaf in found.leaves if leaf.kind != "release-frozen")
    answer = decide_offline(replace(found, leaves=without_the_release), QUESTION, trust(desk), desk.clock()).answer
    assert answer.reasons == ("NO_RELEASE",)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format":"observatory-bundle/2"}', b"\xff", b"x" * 100])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_bundle(content)
