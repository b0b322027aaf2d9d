"""Write a service as its log entries publish it: what its owner wrote, without our numbers, as canonical JSON."""

from dataclasses import replace

import msgspec

from observatory.model.catalogue import Service
from observatory.signoff.canonical_json import canonical


def as_written(service: Service) -> Service:
    """Return a service as its owner wrote it: without indexes, and whether or not it has left the catalogue."""
    return replace(service, index=0, removed=False, menus=tuple(replace(menu, index=0) for menu in service.menus))


def service_body(service: Service) -> bytes:
    """Return a service as it is published in the log."""
    document = msgspec.json.decode(msgspec.json.encode(as_written(service)))
    for part in (document, *document["menus"]):
        del part["index"]
    del document["removed"]
    return canonical(document)
