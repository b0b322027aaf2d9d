"""Freeze releases: `observatory release`."""

import json
from dataclasses import asdict

import click

from observatory import clock
from observatory.cli.options import json_option, with_register
from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import FrozenRelease, freeze_release, frozen_releases, running_release
from observatory.model.release import HOST, ReleaseFrozen
from observatory.store.register import RegisterStore

service_option = click.option("--service", "service_id", required=True, metavar="ID", help="Of this service.")
digest_option = click.option("--digest", required=True, metavar="sha256:HEX", help="Of exactly what is released.")
environment_option = click.option("--environment", default="production", show_default=True, help="Where it is to run.")


@click.group()
def release() -> None:
    """Freeze what is to be tested, signed and opened: one state of a service, known by its digest."""


@release.command()
@service_option
@click.option("--version", required=True, help="As those who built it call it, such as 2.4.1.")
@digest_option
@environment_option
@click.option("--url", required=True, help="Where it can be tried.")
@json_option
@with_register
def freeze(register: RegisterStore, *, service_id: str, version: str, digest: str, environment: str, url: str, as_json: bool) -> None:
    """Freeze a release in the public log, for ever."""
    frozen = freeze_release(register, ReleaseFrozen(service_id, version, digest, environment, url, HOST), clock.now())
    click.echo(json.dumps(_document(frozen)) if as_json else _line(frozen))


@release.command("list")
@service_option
@json_option
@with_register
def list_releases(register: RegisterStore, *, service_id: str, as_json: bool) -> None:
    """List what was frozen of a service, newest first, and what it says it runs."""
    history = KnownHistory(register).look()
    frozen, running = frozen_releases(history, service_id), running_release(history, service_id, "production")
    if as_json:
        told = None if running is None else {**asdict(running), "since": f"{running.since:%Y-%m-%dT%H:%M:%SZ}"}
        click.echo(json.dumps({"releases": [_document(each) for each in frozen], "running": told}))
        return
    for each in frozen:
        click.echo(_line(each))
    if running is not None:
        click.echo(f"runs {running.version}  {running.digest}  since {running.since:%Y-%m-%dT%H:%MZ}")


def _line(frozen: FrozenRelease) -> str:
    return f"{frozen.index}  {frozen.version}  {frozen.digest}  {frozen.environment}  {frozen.url}  by {frozen.by}"


def _document(frozen: FrozenRelease) -> dict[str, object]:
    return {**asdict(frozen), "frozen_at": f"{frozen.frozen_at:%Y-%m-%dT%H:%M:%SZ}"}
