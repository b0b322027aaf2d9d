"""Open the parts of an application on a data folder."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from observatory.access.people.sealing import seal_again
from observatory.flows.public_log import SignedLog
from observatory.flows.token_use import TokenUse
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.store.group_commit.committer import Committer
from observatory.store.opening import head_note_of, open_reader, open_register, open_telemetry, prepare_folder
from observatory.web.forwarding import Proxies


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
    seal_again(register, keys)
    log = SignedLog(register, keys, head_note_of(settings.data, settings.outside_key))
    token_use = TokenUse(settings.token_bytes_a_day, register.token_use)
    return Parts(settings, register, reader, committer, keys, token_use, log, now, Proxies(settings.proxy_networks))
