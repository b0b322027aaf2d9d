"""The parts of one application, within reach of every view."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, current_app

from observatory import clock
from observatory.log_flow import SignedLog
from observatory.settings import Settings
from observatory.store.interface import RegisterStore, TelemetryReader, TelemetryWriter
from observatory.store.opening import FolderKeys
from observatory.web.forwarding import Proxies
from observatory.web.token_use import TokenUse


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


def parts() -> Parts:
    """Return the parts of the application that serves this request."""
    return parts_of(current_app)


def parts_of(app: Flask) -> Parts:
    """Return the parts of an application."""
    found = app.extensions["observatory"]
    assert isinstance(found, Parts)
    return found
