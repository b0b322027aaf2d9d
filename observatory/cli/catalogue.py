"""Apply a catalogue file, say what it changed, and show the catalogue as it is: `observatory catalogue`."""

import json
from pathlib import Path

import click

from observatory import clock
from observatory.cli.options import with_register
from observatory.errors import BadInput
from observatory.flows.catalogue import apply_catalogue
from observatory.model.catalogue import Catalogue, Service
from observatory.model.catalogue_file import parse_catalogue
from observatory.store.register import RegisterStore


@click.group()
def catalogue() -> None:
    """Say which services are observed."""


@catalogue.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@with_register
def apply(register: RegisterStore, *, file: Path) -> None:
    """Make FILE the catalogue; an error in it changes nothing. A service it no longer names is frozen, its page stays."""
    wanted = read_catalogue(file)
    change = apply_catalogue(register, wanted, clock.now())
    for verb, ids in (("added", change.added), ("changed", change.changed), ("removed", change.removed)):
        for service_id in ids:
            click.echo(f"{verb} {service_id}")
    changes = len(change.added) + len(change.changed) + len(change.removed)
    click.echo(f"{len(wanted.services)} services in the catalogue, {changes} of them new, changed or removed.", err=True)


@catalogue.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_register
def show(register: RegisterStore, *, as_json: bool) -> None:
    """Show all services and menus, frozen ones included."""
    known = register.catalogue()
    if as_json:
        click.echo(json.dumps(_shown(known), ensure_ascii=False))
        return
    for service in known.services:
        click.echo(f"{service.id}  {service.name.en}  ({service.agency_id}, grade {service.grade}{', removed' if service.removed else ''})")
        for menu in service.menus:
            click.echo(f"  {menu.id}  {menu.name.en}  {' '.join(menu.routes)}")


def read_catalogue(file: Path) -> Catalogue:
    """Return the catalogue a file describes. Raises BadInput that names file and line."""
    try:
        return parse_catalogue(file.read_text(encoding="utf-8"), str(file))
    except UnicodeDecodeError as error:
        raise BadInput(f"cannot use {file}: byte {error.start} is not UTF-8", "save the file as UTF-8") from None
    except OSError as error:
        raise BadInput(f"cannot read {file}: {(error.strerror or str(error)).lower()}", "name a file that this user may read") from None


def _shown(known: Catalogue) -> dict[str, object]:
    return {
        "agencies": [{"id": agency.id, "name_ko": agency.name.ko, "name_en": agency.name.en} for agency in known.agencies],
        "services": [_shown_service(service) for service in known.services],
    }


def _shown_service(service: Service) -> dict[str, object]:
    return {
        "id": service.id,
        "agency_id": service.agency_id,
        "name_ko": service.name.ko,
        "name_en": service.name.en,
        "url": service.url,
        "grade": service.grade,
        "removed": service.removed,
        "telemetry": [{"namespace": identity.namespace, "name": identity.name} for identity in service.telemetry],
        "menus": [
            {"id": menu.id, "name_ko": menu.name.ko, "name_en": menu.name.en, "routes": menu.routes, "critical": menu.critical}
            for menu in service.menus
        ],
    }
