"""Ask a service which release it runs, and read its answer within narrow bounds."""

import msgspec

from observatory.errors import BadInput
from observatory.model.release import ReleaseObserved
from observatory.model.visible_text import refuse_all_but_a_line
from observatory.prober.checking import Checker, user_agent
from observatory.prober.guard import Guard, Refused
from observatory.prober.outcome import Caps, CheckFailed
from observatory.settings import Settings

CAPS = Caps(header_bytes_max=1 << 13, body_bytes_max=1 << 12, pieces_max=64, total_s=6.0)
"""An answer of two short texts needs no more."""
ENVIRONMENT = "production"
"""Where a service runs that everybody can ask."""


class _Answer(msgspec.Struct):
    version: str
    digest: str


async def ask_release(asker: Checker, service_id: str, url: str) -> ReleaseObserved | str:
    """Return what a service says it runs, or why that cannot be told. Never raises for what a service does."""
    try:
        answer = msgspec.json.decode(await asker.fetch(url), type=_Answer)
        refuse_all_but_a_line("release version", answer.version)
        return ReleaseObserved(service_id, ENVIRONMENT, answer.digest, answer.version)
    except (Refused, CheckFailed) as refused:
        return str(refused)
    except (msgspec.DecodeError, BadInput, UnicodeDecodeError, RecursionError):
        return "the answer is not {version, digest} as JSON"
    except TimeoutError:
        return f"not done within {CAPS.total_s:g} s"
    except OSError as error:
        return f"this host cannot ask: {error.strerror or type(error).__name__}"


def asker_of(settings: Settings) -> Checker:
    """Return what asks as an operator's settings permit: whom a check may not ask, this may not either."""
    guard = Guard(settings.probe_ports_allowed, settings.probe_networks_allowed)
    return Checker(guard, caps=CAPS, name=user_agent(settings.public_url))
