"""A data folder nobody serves in, its parts with a running committer out: for commands that write where no server does."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from observatory import clock
from observatory.flows.public_log import SignedLog
from observatory.flows.token_use import TokenUse
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.store.group_commit.committer import Committer
from observatory.store.opening import head_note_of, open_reader, open_register, open_telemetry, own_folder, prepare_folder

STOP_SECONDS_MAX = 60.0


@contextmanager
def alone_in_folder(settings: Settings) -> Iterator[Parts]:
    """Own a folder for as long as the block lasts; at its end everything submitted is durable and the folder is free.

    Raises BadSettings when another process owns it.
    """
    keys = prepare_folder(settings.data)
    with ExitStack() as stack:
        stack.callback(own_folder(settings.data).release)
        opening = partial(open_telemetry, settings.data)
        # A store that is lost raises in the thread that waits: the command ends by itself.
        writer = Committer(opening, window_ms=0, queue_bytes_max=settings.queue_bytes_max, on_lost=lambda: None)
        writer.start()
        stack.callback(writer.stop, STOP_SECONDS_MAX)
        register = stack.enter_context(closing(open_register(settings.data)))
        telemetry = stack.enter_context(closing(open_reader(settings.data)))
        log, token_use = SignedLog(register, keys, head_note_of(settings.data)), TokenUse(0, register.token_use)
        yield Parts(settings, register, telemetry, writer, keys, token_use, log, clock.now)
