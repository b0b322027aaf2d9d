"""Say who sends what, whose telemetry belongs to nobody, and which requests no menu matches: for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from observatory.judge.days import moment_of
from observatory.model.catalogue import OTHER_MENU_INDEX, Catalogue
from observatory.model.columns import Source
from observatory.model.sender_note import COUNTED, UNMATCHED, SenderNote
from observatory.readmodel.minute_text import SERVER_SOURCES
from observatory.store.telemetry import TelemetryReader

TEMPLATES_SHOWN_MAX = 10
WAYS_OUT = {
    "unknown_service": "no service of the catalogue has this name: mend service.namespace and service.name, or add them to the catalogue",
    "out_of_scope": "the token may not send for this service: make one that may, with observatory token create",
    "removed_service": "the catalogue no longer names this service",
    "not_production": "deployment.environment.name says it is no production",
}
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Requests of a service that none of its menus matches."""

    service_id: str
    count: int
    total: int
    """All its requests since the beginning, of the same sources."""
    templates: tuple[tuple[str, int], ...]
    """Of the last 30 days, the most frequent first."""


def unmatched_requests(catalogue: Catalogue, notes: Sequence[SenderNote], telemetry: TelemetryReader) -> Iterator[Unmatched]:
    """Yield the services of which some requests match no menu."""
    totals = [row for row in telemetry.request_totals() if row[2] < Source.PROBE]
    for service in catalogue.services:
        count = sum(row[3] for row in totals if row[0] == service.index and row[1] == OTHER_MENU_INDEX)
        if count:
            total = sum(row[3] for row in totals if row[0] == service.index)
            found: dict[str, int] = {}
            for note in notes:
                if note.key.reason == UNMATCHED and note.key.service == service.index:
                    found[note.key.template] = found.get(note.key.template, 0) + note.records
            templates = sorted(found.items(), key=lambda each: (-each[1], each[0]))[:TEMPLATES_SHOWN_MAX]
            yield Unmatched(service.id, count, total, tuple(templates))


def row_of(note: SenderNote, ids: dict[int, str]) -> Json:
    """Return a note for programs; `ids` are of services, by index."""
    key = note.key
    row: Json = {"token": key.sender, "source": source_word(key.source), "records": note.records}
    if key.reason == COUNTED:
        row["service"] = ids.get(key.service, str(key.service))
    else:
        row |= {"reason": key.reason, "service_namespace": key.namespace, "service_name": key.name}
    return row | {"last_record_at": f"{moment_of(note.newest_minute):%Y-%m-%dT%H:%MZ}"}


def source_word(source: int) -> str:
    """Return what a source is called; all places checks are made from are one."""
    return "probe" if source >= Source.PROBE else SERVER_SOURCES.get(source, str(source))


def document_of(unmatched: Unmatched) -> Json:
    """Return the same for programs."""
    templates = [{"template": template, "records": records} for template, records in unmatched.templates]
    share = round(unmatched.count / unmatched.total, 4)
    return {
        "service": unmatched.service_id,
        "unmatched": unmatched.count,
        "requests": unmatched.total,
        "share": share,
        "templates": templates,
    }


def lines_of(counted: Sequence[Json], nobodys: Sequence[Json], unmatched: Sequence[Unmatched]) -> Iterator[str]:
    """Yield the lines of a table for people."""
    yield "Who sends (token, service, source, records in 30 days, last minute):"
    for row in counted:
        yield f"  {row['token']}  {row['service']}  {row['source']}  {row['records']:,}  {row['last_record_at']}"
    yield from () if counted else ("  nobody yet",)
    if nobodys:
        yield "\nTelemetry that belongs to no service and is not counted:"
    for row in nobodys:
        name = f"service.namespace={row['service_namespace'] or '-'} service.name={row['service_name'] or '-'}"
        yield f"  {name}  from {row['token']}  {row['source']}  {row['records']:,}  {row['last_record_at']}"
        yield f"    {row['reason']}: {WAYS_OUT.get(str(row['reason']), 'it is refused')}"
    if unmatched:
        yield "\nRequests that no menu matches; add their routes to the catalogue to see more than {text} of them:"
    for each in unmatched:
        yield f"  {each.service_id}  {each.count:,} of {each.total:,} ({each.count / each.total:.1%})"
        for template, records in each.templates:
            yield f"    {template or '(no path)'}  {records:,}"
