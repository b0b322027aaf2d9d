"""One-time passwords of RFC 6238, and recovery codes."""

from datetime import UTC, datetime

import pytest

from observatory.access.people.one_time_codes import matching_step, new_recovery_codes, provisioning_uri, recovery_code_hash

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The ASCII secret 12345678901234567890 of RFC 6238 appendix B, in base32."""


@pytest.mark.parametrize(
    ("at_seconds", "number"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_numbers_are_those_of_the_rfc(at_seconds: int, number: str) -> None:
    assert matching_step(RFC_SECRET, number, datetime.fromtimestamp(at_seconds, UTC)) == at_seconds // 30


@pytest.mark.parametrize(("off_seconds", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_device_may_be_off_by_one_step(off_seconds: int, accepted: bool) -> None:
    step = matching_step(RFC_SECRET, "081804", datetime.fromtimestamp(1111111109 - off_seconds, UTC))

    assert (step == 1111111109 // 30) is accepted
    assert accepted or step is None


@pytest.mark.parametrize("code", ["", "81804", "0818040", "08180٤", "abcdef", " 081804", "081804\n"])
def test_anything_but_six_digits_is_no_number(code: str) -> None:
    assert matching_step(RFC_SECRET, code, datetime.fromtimestamp(1111111109, UTC)) is None


def test_recovery_codes_differ_and_are_typed_as_people_like() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    assert recovery_code_hash(codes[0].upper().replace("-", " ")) == recovery_code_hash(codes[0])
    assert recovery_code_hash(codes[0]) != recovery_code_hash(codes[1])


def test_authenticators_are_given_issuer_and_account() -> None:
    uri = provisioning_uri(RFC_SECRET, "minister", "Public Service Observatory")

    assert uri == f"otpauth://totp/Public%20Service%20Observatory:minister?secret={RFC_SECRET}&issuer=Public%20Service%20Observatory"
