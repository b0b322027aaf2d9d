"""Note who sent what, of what became of bodies: a few notes for each body, whatever is in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from observatory.model.counter_span import CounterSpan
from observatory.model.sender_note import COUNTED, SenderKey, SenderNote
from observatory.rollup.attribution import Attributed
from observatory.rollup.minutes import RolledUp


def notes_of_strays(attributed: Attributed, source: int, senders: Sequence[str], received_at: datetime) -> list[SenderNote]:
    """Return notes of the records that are nobody's or no menu's; `senders` are the names of the scopes they were attributed in."""
    if not attributed.strays:
        return []
    minute = int(received_at.timestamp()) // 60
    return [
        SenderNote(
            SenderKey(senders[stray.scope], stray.reason, stray.service, int(source), stray.namespace, stray.name, stray.template),
            stray.records,
            minute,
        )
        for stray in attributed.strays
    ]


def notes_of_counted(bodies: Iterable[tuple[RolledUp, str]], received_at: datetime) -> list[SenderNote]:
    """Return a note for each sender and service that bodies were counted for; each comes with its sender's name.

    Of a body of several services, which is rare, all records are noted under each.
    """
    records: dict[tuple[str, int, int], int] = {}
    for rolled, sender in bodies:
        rows = rolled.rows
        if len(rows):
            whole, start, end = (rows.whole, rows.start, rows.end) if isinstance(rows, CounterSpan) else (rows, 0, len(rows))
            source = int(whole.source[start])
            for service in {int(whole.service[start])} if end - start == 1 else set(whole.service[start:end].tolist()):
                key = sender, service, source
                records[key] = records.get(key, 0) + rolled.accepted
    minute = int(received_at.timestamp()) // 60
    return [SenderNote(SenderKey(sender, COUNTED, service, source), count, minute) for (sender, service, source), count in records.items()]
