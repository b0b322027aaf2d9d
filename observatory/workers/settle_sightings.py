"""Write down how many of our checks were seen again in the telemetry of services."""

from observatory.flows.sightings import Sightings
from observatory.parts import Parts


def step(parts: Parts) -> bool:
    """Write down what is settled; always False."""
    now = parts.now()
    parts.get(Sightings).settle(parts.register, now.astimezone(parts.register.recent_catalogue().site.zone).date(), now)
    return False
