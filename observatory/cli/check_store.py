"""Check that what is read equals what it was made of: `observatory check-store`."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from observatory import clock
from observatory.assembly import alone_in_folder
from observatory.cli.options import with_settings
from observatory.model.catalogue import Service
from observatory.readmodel.checking_ready import ReadyCheck
from observatory.readmodel.making_ready import MakingReady
from observatory.readmodel.summary import Summary
from observatory.settings import Settings
from observatory.store.opening import open_reader, open_register, require_folder
from observatory.store.telemetry_writer import TelemetryWriter

EXIT_DIFFERENT = 1


@click.command("check-store")
@with_settings
@click.option("--repair", is_flag=True, help="Put right what is found; needs a stopped server.")
def check_store(settings: Settings, *, repair: bool) -> None:
    """Make the accounts of days and what is ready for readers again, from what they were made of; exit 1 and name what differs.

    Works beside a running server. What was repaired is found no more: then the exit code is 0.
    """
    require_folder(settings.data)
    found = waiting = 0
    with _opened(settings, repair=repair) as (summary, check, writer):
        services = summary.state().catalogue.services
        with click.progressbar(services, label="Checking services", file=sys.stderr) as bar:
            for service in bar:
                waiting += check.is_waiting(service, summary.state())
                for what in _check(service, summary, check, writer):
                    found += 1
                    click.echo(f"{service.id}: {what}")
    done = "repaired" if repair else "different"
    told = f"{len(services)} services checked, {found} {done}" if found else f"ok: {len(services)} services checked"
    click.echo(told + (f"; {waiting} wait for a server to make them ready, only their accounts were" if waiting else ""))
    sys.exit(EXIT_DIFFERENT if found and not repair else 0)


@contextmanager
def _opened(settings: Settings, *, repair: bool) -> Iterator[tuple[Summary, ReadyCheck, TelemetryWriter | None]]:
    """Open a folder beside a server, or for us alone if it is to be changed."""
    if repair:
        with alone_in_folder(settings) as parts:
            summary = Summary(parts.register, parts.telemetry, clock.now)
            yield summary, ReadyCheck(parts.telemetry, MakingReady(summary.maker, summary.versions)), parts.writer
        return
    with closing(open_register(settings.data)) as register, closing(open_reader(settings.data)) as telemetry:
        summary = Summary(register, telemetry, clock.now)
        yield summary, ReadyCheck(telemetry, MakingReady(summary.maker, summary.versions)), None


def _check(service: Service, summary: Summary, check: ReadyCheck, writer: TelemetryWriter | None) -> Iterator[str]:
    """Yield what differs of one service; with a writer it is put right, accounts first: the rest is made of them."""
    strips = list(check.wrong_accounts(service))
    yield from (f"day_account of {strip.day}, menu {strip.menu}, is not what its strip says" for strip in strips)
    if strips and writer is not None:
        writer.write(lambda store: store.keep_judged(None, service.index, strips, (), at=clock.now()))  # With each strip its account.
        writer.write(lambda store: store.keep_published(check.made_anew(service, summary.state())))
        return
    parts = list(check.wrong_parts(service, summary.state()))
    yield from (f"published {part.name} is not what would be made" for part in parts)
    if parts and writer is not None:
        writer.write(lambda store: store.keep_published(parts))
