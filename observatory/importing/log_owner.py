"""Find the service a log belongs to, by the catalogue and what a command line says."""

from observatory.errors import BadInput
from observatory.model.catalogue import Catalogue

IDS_SHOWN_MAX = 20


def choose_service(catalogue: Catalogue, service_id: str | None) -> str:
    """Return the id of the service a log belongs to. Raises BadInput, naming the choice."""
    ids = [service.id for service in catalogue.services if not service.removed]
    if service_id is None and len(ids) == 1:
        return ids[0]
    if service_id in ids:
        return str(service_id)
    if not ids:
        raise BadInput(
            "cannot tell whose log this is: the catalogue has no service",
            "describe it (observatory catalogue apply FILE), or let import-log create it with --register AGENCY",
        )
    shown = ", ".join(ids[:IDS_SHOWN_MAX]) + (", ..." if len(ids) > IDS_SHOWN_MAX else "")
    if service_id is None:
        raise BadInput(
            f"cannot tell whose log this is: the catalogue has {len(ids)} services",
            f"add --service ID, one of {shown}, or let import-log create one with --register AGENCY",
        )
    raise BadInput(f"cannot use a log of {service_id!r}: no such service", f"use one of {shown}")


def log_target(service_id: str) -> str:
    """Return what the position of a log belongs to: the same for who imports it and who follows it."""
    return f"log\n{service_id}"
