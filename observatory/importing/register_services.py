"""Extend a catalogue by services of names it does not have."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace

from observatory.model.catalogue import ID_PATTERN, Agency, Catalogue, Service
from observatory.model.text import Text
from observatory.model.visible_text import refuse_hidden

ID_LENGTH_MAX = 64


def with_services(catalogue: Catalogue, agency: str, names: Sequence[str]) -> Catalogue:
    """Return the catalogue with one new service per name, in the agency of that id or name, which is created if need be.

    Removed services stay removed: they are left out, as from a file that no longer names them.
    """
    owner = _agency(catalogue, agency)
    taken = {service.id for service in catalogue.services}
    new = []
    for name in names:
        refuse_hidden("service name", name)
        service_id = free_id(name, taken, "service")
        taken.add(service_id)
        new.append(Service(id=service_id, agency_id=owner.id, name=Text(name, name), url=""))
    agencies = catalogue.agencies if owner in catalogue.agencies else (*catalogue.agencies, owner)
    current = tuple(service for service in catalogue.services if not service.removed)
    return replace(catalogue, agencies=agencies, services=(*current, *new))


def _agency(catalogue: Catalogue, wanted: str) -> Agency:
    known = catalogue.agency(wanted) or next((agency for agency in catalogue.agencies if wanted in agency.name), None)
    if known is not None:
        return known
    agency_id = wanted if ID_PATTERN.fullmatch(wanted) else free_id(wanted, {agency.id for agency in catalogue.agencies}, "agency")
    return Agency(id=agency_id, name=Text(wanted, wanted))


def free_id(name: str, taken: Collection[str], noun: str) -> str:
    """Return an id made of the Latin letters and digits of a name, `noun` if it has none; -2, -3 ... behind one that is taken."""
    slug = slug_of(name) or noun
    found, number = slug, 1
    while found in taken:
        number += 1
        found = f"{slug[: ID_LENGTH_MAX - len(str(number)) - 1].strip('-')}-{number}"
    return found


def slug_of(name: str) -> str:
    """Return the Latin letters and digits of a name, as in an id; empty if it has none."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:ID_LENGTH_MAX].strip("-")
