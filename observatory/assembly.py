"""Open the parts of an application on a data folder: those of a server, or those of a command beside none."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from observatory import clock
from observatory.flows.gate import AttestationSigner
from observatory.flows.public_log import SignedLog
from observatory.flows.release_history import KnownHistory
from observatory.flows.sightings import Sightings
from observatory.flows.signing_keys import SigningKeys
from observatory.flows.token_use import TokenUse, kept_use
from observatory.parts import Parts
from observatory.readmodel.summary import Summary
from observatory.settings import Settings
from observatory.store.group_commit.committer import Committer
from observatory.store.log_policy_file import read_log_policy
from observatory.store.opening import head_note_of, open_reader, open_register, open_telemetry, own_folder, prepare_folder

STOP_SECONDS_MAX = 60.0


def open_parts(settings: Settings, now: Callable[[], datetime], on_lost: Callable[[], None]) -> Parts:
    """Open the stores of a folder; the telemetry store itself is the committer's to open, on its own thread."""
    keys = prepare_folder(settings.data, key_file=settings.outside_key)
    committer = Committer(
        partial(open_telemetry, settings.data),
        window_ms=settings.commit_window_ms,
        queue_bytes_max=settings.queue_bytes_max,
        on_lost=on_lost,
    )
    register, reader = open_register(settings.data, on_lost=on_lost), open_reader(settings.data)
    parts = Parts(settings, register, reader, committer, keys, now)
    signing_keys = parts.add(SigningKeys(register, keys))
    parts.add(AttestationSigner(lambda kind, payload: signing_keys.attest(kind, payload, now())))
    note, host = head_note_of(settings.data, settings.outside_key), urlsplit(settings.public_url).netloc
    parts.add(SignedLog(register, keys, note, host, read_log_policy(settings.log_policy)))
    parts.add(Summary(register, reader, now, parts.add(KnownHistory(register))))
    parts.add(TokenUse(settings.token_bytes_a_day, partial(kept_use, register)))
    parts.add(Sightings())
    return parts


@contextmanager
def alone_in_folder(settings: Settings) -> Iterator[Parts]:
    """Own a folder for as long as the block lasts; at its end everything submitted is durable and the folder is free.

    Raises BadSettings when another process owns it.
    """
    keys = prepare_folder(settings.data, key_file=settings.outside_key)
    with ExitStack() as stack:
        stack.callback(own_folder(settings.data).release)
        opening = partial(open_telemetry, settings.data)
        # A store that is lost raises in the thread that waits: the command ends by itself.
        writer = Committer(opening, window_ms=0, queue_bytes_max=settings.queue_bytes_max, on_lost=lambda: None)
        writer.start()
        stack.callback(writer.stop, STOP_SECONDS_MAX)
        register = stack.enter_context(closing(open_register(settings.data)))
        telemetry = stack.enter_context(closing(open_reader(settings.data)))
        parts = Parts(settings, register, telemetry, writer, keys, clock.now)
        parts.add(TokenUse(0, partial(kept_use, register)))
        parts.add(SigningKeys(register, keys))
        yield parts
