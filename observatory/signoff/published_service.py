"""Write a service as its log entries publish it, and read it back: what its owner wrote, without our numbers, as canonical JSON.

What the model keeps in two languages stands there under two keys, as in the catalogue file: `name_ko` and `name_en`.
"""

from dataclasses import replace
from typing import Any

import msgspec

from observatory.model.catalogue import Service
from observatory.model.text import paired, unpaired
from observatory.signoff.canonical_json import canonical

PROBE_PARTS = "url", "text", "status", "steps"
"""Left out where they say nothing: entries from before they were known read the same."""


def as_written(service: Service) -> Service:
    """Return a service as its owner wrote it: without indexes, and whether or not it has left the catalogue."""
    return replace(service, index=0, removed=False, menus=tuple(replace(menu, index=0) for menu in service.menus))


def service_body(service: Service) -> bytes:
    """Return a service as it is published in the log."""
    document = msgspec.json.decode(msgspec.json.encode(service))
    for part in (document, *document["menus"]):
        del part["index"]
        part["name_ko"], part["name_en"] = part.pop("name")
    for menu in document["menus"]:
        if menu["probe"] is not None:
            menu["probe"] = _said(menu["probe"])
    del document["removed"]
    if not service.release_url:  # Entries from before it was known read the same.
        del document["release_url"]
    document["executive_office_ko"], document["executive_office_en"] = document.pop("executive_office")
    document["channels_ko"], document["channels_en"] = unpaired(service.channels)
    del document["channels"]
    return canonical(document)


def _said(probe: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a probe, and of each of its steps."""
    probe["steps"] = [{key: value for key, value in step.items() if value} for step in probe["steps"]]
    return {key: value for key, value in probe.items() if value or key not in PROBE_PARTS}


def read_service(body: bytes) -> Service:
    """Return the service of such a body; what an older one does not say is as in a catalogue file that leaves it out."""
    document = msgspec.json.decode(body)
    for part in (document, *document.get("menus", ())):
        part["name"] = part.pop("name_ko"), part.pop("name_en")
    document["executive_office"] = document.pop("executive_office_ko", ""), document.pop("executive_office_en", "")
    document["channels"] = paired(document.pop("channels_ko", ()), document.pop("channels_en", ()))
    return msgspec.convert(document, Service)
