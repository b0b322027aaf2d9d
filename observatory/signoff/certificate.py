"""Name certificates: a number that tells where a sign-off stands in the log and cannot be guessed without its leaf."""

import base64
import re
from dataclasses import dataclass

from observatory.errors import NotFound, phrase

PROOF_DIGITS = 12
"""60 bits of the leaf's hash."""
NUMBER = re.compile(r"(0|[1-9][0-9]{0,15})-([A-Z2-7]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """What a certificate is asked for by."""

    index: int
    digits: str

    def fits(self, leaf_hash: bytes) -> bool:
        """Tell whether a leaf is the one that is meant."""
        return self.digits == _digits(leaf_hash)


def number_of(index: int, leaf_hash: bytes) -> str:
    """Return the number of the certificate of a leaf, such as 123-7KQ2M9XABCDE."""
    return f"{index}-{_digits(leaf_hash)}"


def read_number(text: str) -> CertificateNumber:
    """Return what a number names. Raises NotFound for anything that is no number; case does not matter."""
    match = NUMBER.fullmatch(text.upper())
    if match is None:
        raise unknown_certificate(text)
    return CertificateNumber(int(match[1]), match[2])


def unknown_certificate(text: str) -> NotFound:
    """Return what is raised for a number that nobody was given."""
    return NotFound(
        phrase("cannot find certificate %(number)s"), phrase("copy the number whole, or scan the code once more"), number=text[:40]
    )


def _digits(leaf_hash: bytes) -> str:
    return base64.b32encode(leaf_hash).decode()[:PROOF_DIGITS]
