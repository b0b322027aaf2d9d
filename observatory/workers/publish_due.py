"""Publish updates and reminders whose time has come."""

from observatory.flows.publishing_due import publish_due
from observatory.parts import Parts


def step(parts: Parts) -> bool:
    """Publish some of what is due; True while there is more."""
    return publish_due(parts.register, parts.now())
