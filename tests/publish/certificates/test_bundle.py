"""A bundle is decided about by whoever has it and trusts the log's key: nobody asks us, and nothing in it can be changed."""

import dataclasses
import random
from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from observatory.errors import BadInput, CannotDecide
from observatory.flows.public_log import SignedLog
from observatory.flows.signing_keys import SigningKeys
from observatory.model.release import HOST, SignOffRevoked
from observatory.model.signoff import Condition, NewEntry
from observatory.readmodel.bundles import BUNDLE_TYPE, Bundle, SignedBundle, decide_offline, read_bundle
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


def changed_to(signed: SignedBundle, bundle: Bundle) -> SignedBundle:
    """Return a bundle that somebody changed, under the signature of before."""
    return SignedBundle(dataclasses.replace(signed.envelope, payload=msgspec.json.encode(bundle)), bundle)


def signed_again(desk: Desk, bundle: Bundle) -> SignedBundle:
    """Return another bundle in the observatory's own signature."""
    told = desk.parts.get(SigningKeys).attest(BUNDLE_TYPE, msgspec.json.encode(bundle), desk.clock())
    return read_bundle(msgspec.json.encode(told))


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
    note = found.bundle.checkpoint
    line = COSIGNER.cosign(note.partition("\n\n")[0].encode() + b"\n", 1)
    cosigned = signed_again(desk, replace(found.bundle, checkpoint=note + line))

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


def test_what_is_left_out_moved_or_dated_anew_is_noticed(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))
    bundle = found.bundle
    changed = [
        replace(bundle, leaves=bundle.leaves[::-1]),
        replace(bundle, leaves=(*bundle.leaves, bundle.leaves[0])),
        replace(bundle, leaves=tuple(leaf for leaf in bundle.leaves if leaf.kind != "release-frozen")),
        replace(bundle, made_at=bundle.made_at.replace("T03:00:00", "T03:00:01")),
        replace(bundle, zone="Etc/GMT+12"),
    ]

    for each in changed:
        with pytest.raises(BadInput):
            decide_offline(changed_to(found, each), QUESTION, trust(desk), desk.clock())


def test_a_bundle_is_believed_for_a_day_from_when_it_was_made(desk: Desk) -> None:
    found = read_bundle(bundle_of(desk, desk.sign(desk.freeze())))

    answer = decide_offline(found, QUESTION, trust(desk), desk.clock() + timedelta(hours=23)).answer

    assert answer.valid_until == desk.clock() + timedelta(hours=24)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format":"observatory-bundle/2"}', b"\xff", b"x" * 100])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_bundle(content)
