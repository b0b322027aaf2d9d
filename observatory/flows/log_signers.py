"""Say which keys sign the log, and under which name: the one place that does."""

import hashlib
from collections.abc import Sequence

from observatory.flows.key_seeds import Seeds
from observatory.store.register import RegisterStore
from observatory.transparency.note import NoteSigner


def log_signers(seeds: Sequence[Seeds], origin: str) -> tuple[NoteSigner, ...]:
    """Return the keys that sign checkpoints, newest first."""
    return tuple(NoteSigner(origin, each.log) for each in seeds)


def log_origin(register: RegisterStore, seeds: Sequence[Seeds], host: str) -> str:
    """Return the name of the log; the first time it is asked for it is settled for ever, by the host that citizens know."""
    with register.look() as books:
        known = books.log.origin()
    if known:
        return known
    first_key = NoteSigner("log", seeds[-1].log).public_key
    named = f"{host}/log" if host else f"localhost/log-{hashlib.sha256(first_key).hexdigest()[:8]}"
    with register.change() as books:
        books.log.keep_origin(named)
        return books.log.origin()
