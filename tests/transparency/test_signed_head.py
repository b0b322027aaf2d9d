"""A head of the log is signed over a text anybody can rebuild, and no change of it passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from observatory.transparency.chain import GENESIS
from observatory.transparency.signed_head import SignedHead, is_genuine
from tests.old_log import sign_head

ROOT = b"r" * 32
MOMENT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)


def test_the_signature_is_over_four_lines_that_a_stranger_can_write() -> None:
    head = sign_head(ROOT, 3, b"h" * 32, MOMENT)

    text = f"observatory log head\n3\n{(b'h' * 32).hex()}\n2026-11-20T01:02:03.000000Z\n"
    Ed25519PublicKey.from_public_bytes(head.public_key).verify(head.signature, text.encode())
    assert is_genuine(head)


def test_another_root_is_another_key() -> None:
    assert sign_head(ROOT, 0, GENESIS, MOMENT).public_key != sign_head(b"x" * 32, 0, GENESIS, MOMENT).public_key


@pytest.mark.parametrize(
    "changed",
    [{"size": 4}, {"hash": b"g" * 32}, {"signed_at": MOMENT + timedelta(seconds=1)}, {"signature": bytes(64)}, {"public_key": bytes(31)}],
)
def test_a_changed_head_is_not_genuine(changed: dict[str, object]) -> None:
    head: SignedHead = replace(sign_head(ROOT, 3, b"h" * 32, MOMENT), **changed)  # type: ignore[arg-type]  # one field at a time
    assert not is_genuine(head)
