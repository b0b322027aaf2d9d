"""Hold the parts of one application together: what views and background steps use, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from observatory import clock
from observatory.flows.public_log import SignedLog
from observatory.flows.token_use import TokenUse
from observatory.settings import Settings
from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.store.telemetry import TelemetryReader, TelemetryWriter
from observatory.web.forwarding import Proxies


@dataclass(frozen=True, slots=True)
class Parts:
    """What `app.py` put together; views and background steps use nothing else."""

    settings: Settings
    register: RegisterStore
    telemetry: TelemetryReader
    writer: TelemetryWriter
    keys: FolderKeys
    token_use: TokenUse
    log: SignedLog
    """The public log, its head signed."""
    now: Callable[[], datetime] = clock.now
    """What time it is: views and steps ask once and hand the answer down."""
    proxies: Proxies = field(default_factory=Proxies)
    """Who may speak for a client."""
