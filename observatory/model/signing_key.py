"""Describe the keys the observatory signs with: one for the public log, one for statements, made and retired together."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One generation of the two keys."""

    generation: int
    """1 for the first."""
    sealed: str
    """32 random bytes that both are derived from, as `store.sealing` writes secrets down."""
    log_key: bytes
    """Public, 32 bytes, Ed25519: signs checkpoints."""
    statement_key: bytes
    """Public, 32 bytes, Ed25519: signs statements."""
    made_at: datetime
    retired_at: datetime | None = None
    """From when on it signs nothing; None: it is the newest. It may lie ahead: a checkpoint then has signatures of both."""
