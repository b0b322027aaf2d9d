"""What a register promises about the catalogue, tokens and incidents, on every backend."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict, NotFound
from observatory.flows.catalogue import CatalogueChange, apply_catalogue
from observatory.model.catalogue import HOME, Agency, Catalogue, Menu, ProbeTarget, Service, Site
from observatory.model.columns import Source
from observatory.model.incident import Incident
from observatory.model.staff import Token
from observatory.model.text import Text
from observatory.store.observed_books import ProbeSeries, SourceChoice
from observatory.store.register import RegisterStore
from observatory.transparency.merkle import root_of
from tests.builders import LABOR, a_catalogue, a_menu, a_service
from tests.registers import in_change, in_look
from tests.store.backends import Backend

TAXES = Agency(id="taxes", name=Text("국세청", "National Tax Service"))
START = datetime.fromisoformat("2026-11-20T00:00:00Z")


def portal(**changes: object) -> Service:
    """Return a service in which every field says something."""
    menu = Menu("search", Text("찾기", "Search"), ("/jobs",), critical=True, slow_ms=900, probe=ProbeTarget("https://a.example/", 30))
    full = replace(
        a_service(menus=(menu, a_menu("apply"))),
        grade=1,
        executive_office=Text("고용정책실장", "Deputy Minister"),
        origins=("https://a.example",),
        channels=(Text("1350", "call 1350"),),
        server_source="span",
        low_traffic_block_minutes=5,
        hours="09:00-18:00",
    )
    return replace(full, **changes)  # type: ignore[arg-type]


def as_written(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue without the numbers the store gave."""
    services = tuple(replace(one, index=0, menus=tuple(replace(menu, index=0) for menu in one.menus)) for one in catalogue.services)
    return replace(catalogue, services=services)


def indexes(register: RegisterStore) -> dict[str, int]:
    """Return the index of every service and, after its id, of every menu of it."""
    found = {}
    for service in register.catalogue().services:
        found[service.id] = service.index
        found |= {f"{service.id}/{menu.id}": menu.index for menu in service.menus}
    return found


def test_an_empty_register_has_an_empty_catalogue(register: RegisterStore) -> None:
    assert register.catalogue() == Catalogue()


def test_a_catalogue_is_read_back_as_it_was_written(register: RegisterStore, now: datetime) -> None:
    written = Catalogue(
        Site(Text("이름", "Name"), "Asia/Seoul"), (TAXES, LABOR), (a_service("zeta"), portal(), a_service("alpha", agency_id="taxes"))
    )
    change = apply_catalogue(register, written, now)
    assert change == CatalogueChange(("zeta", "job-portal", "alpha"), (), ())
    assert as_written(register.catalogue()) == as_written(written)


def test_services_and_menus_get_numbers_of_their_own(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    given = indexes(register)
    assert len({given["job-portal"], given["other"]}) == 2
    menus = [number for name, number in given.items() if "/" in name]
    assert len(set(menus)) == 3
    assert min(given.values()) > 0


def test_numbers_stay_whatever_the_order(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    before = indexes(register)
    apply_catalogue(register, a_catalogue(a_service("third"), a_service("other"), portal(menus=portal().menus[::-1])), now)
    after = indexes(register)
    assert before.items() <= after.items()
    assert after["third"] not in {before["job-portal"], before["other"]}


def test_a_missing_service_is_frozen_and_comes_back_under_its_numbers(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    before = indexes(register)
    assert apply_catalogue(register, a_catalogue(a_service("other")), now).removed == ("job-portal",)
    frozen = register.catalogue().service("job-portal")
    assert frozen is not None
    assert frozen.removed
    assert apply_catalogue(register, a_catalogue(portal(), a_service("other")), now).added == ("job-portal",)
    assert indexes(register) == before


def test_a_menu_that_comes_back_gets_its_number_back(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal()), now)
    before = indexes(register)
    apply_catalogue(register, a_catalogue(portal(menus=portal().menus[:1])), now)
    assert "job-portal/apply" not in indexes(register)
    apply_catalogue(register, a_catalogue(portal()), now)
    assert indexes(register) == before


def test_numbers_of_the_removed_are_never_given_to_others(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal()), now)
    taken = set(indexes(register).items())
    apply_catalogue(register, a_catalogue(a_service("new")), now)
    new = indexes(register)
    assert new["new"] != dict(taken)["job-portal"]
    assert new["new/home"] not in {number for name, number in taken if "/" in name}


def test_removed_services_stand_last_and_keep_their_agency(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, Catalogue(Site(), (TAXES, LABOR), (a_service("gone", agency_id="taxes"), portal())), now)
    apply_catalogue(register, a_catalogue(portal()), now)
    catalogue = register.catalogue()
    assert [service.id for service in catalogue.services] == ["job-portal", "gone"]
    assert catalogue.agencies == (LABOR, TAXES)


def test_an_agency_nobody_names_leaves(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, Catalogue(Site(), (TAXES, LABOR), (portal(),)), now)
    apply_catalogue(register, a_catalogue(portal()), now)
    assert register.catalogue().agencies == (LABOR,)


def test_a_service_marked_removed_is_as_good_as_missing(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    current = register.catalogue()
    apply_catalogue(register, replace(current, services=(current.services[0], replace(current.services[1], removed=True))), now)
    assert [service.removed for service in register.catalogue().services] == [False, True]


def test_every_changed_service_is_one_log_entry(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    apply_catalogue(register, a_catalogue(portal(), a_service("other")), now)
    apply_catalogue(register, a_catalogue(portal(grade=2)), now)
    entries = in_look(register).log.entries()
    assert [(entry.kind, json.loads(entry.body).get("id")) for entry in entries] == [
        ("service-registered", "job-portal"),
        ("service-registered", "other"),
        ("service-changed", "job-portal"),
        ("service-removed", "other"),
        ("catalogue-rule-changed", None),
    ]
    assert (len(entries), root_of(entry.leaf_hash for entry in entries)) == in_look(register).log.tree()


def test_the_log_shows_a_service_without_our_numbers(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal()), now)
    body = in_look(register).log.entries()[0].body
    document = json.loads(body)
    assert body == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert document["menus"][0]["probe"] == {"interval_s": 30, "url": "https://a.example/"}
    assert b"index" not in body
    assert b"removed" not in body


def test_an_error_changes_nothing(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(portal()), now)
    before = register.catalogue()
    with pytest.raises(BadInput, match="given twice"):
        apply_catalogue(register, a_catalogue(a_service("new"), a_service("new")), now)
    with pytest.raises(BadInput, match="not in the catalogue"):
        apply_catalogue(register, a_catalogue(a_service("new"), a_service("lost", agency_id="nobody")), now)
    assert register.catalogue() == before
    assert len(in_look(register).log.entries()) == 1


def test_the_recent_catalogue_shows_at_once_what_was_applied_here(register: RegisterStore, now: datetime) -> None:
    before = register.recent_catalogue()
    apply_catalogue(register, a_catalogue(a_service("job-portal")), now)
    assert before == Catalogue()
    assert register.recent_catalogue() is register.catalogue()


def test_the_recent_catalogue_shows_soon_what_was_applied_elsewhere(
    register: RegisterStore, backend: Backend, folder: Path, now: datetime
) -> None:
    register.recent_catalogue()
    with closing(backend.register(folder)) as elsewhere:
        apply_catalogue(elsewhere, a_catalogue(a_service("job-portal")), now)
    deadline = time.monotonic() + 5
    while not register.recent_catalogue().services:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_catalogue_is_the_same_object_until_somebody_changes_it(
    register: RegisterStore, backend: Backend, folder: Path, now: datetime
) -> None:
    apply_catalogue(register, a_catalogue(portal()), now)
    known = register.catalogue()
    assert register.catalogue() is known
    with closing(backend.register(folder)) as elsewhere:
        apply_catalogue(elsewhere, a_catalogue(portal(grade=3)), now)
    changed = register.catalogue().service("job-portal")
    assert changed is not None
    assert changed.grade == 3


def test_the_first_registration_is_remembered(register: RegisterStore, now: datetime) -> None:
    assert in_look(register).services.registered_at("job-portal") is None
    apply_catalogue(register, a_catalogue(portal()), now)
    apply_catalogue(register, a_catalogue(portal(grade=2)), now + timedelta(days=1))
    apply_catalogue(register, a_catalogue(a_service("other")), now + timedelta(days=2))
    assert in_look(register).services.registered_at("job-portal") == now
    assert in_look(register).services.registered_at("other") == now + timedelta(days=2)


def test_vantages_get_sources_from_probe_up(register: RegisterStore) -> None:
    assert [in_change(register).probes.add_vantage(name) for name in ("seoul", "busan", "seoul")] == [
        Source.PROBE,
        Source.PROBE + 1,
        Source.PROBE,
    ]
    assert in_look(register).probes.vantages() == {Source.PROBE: "seoul", Source.PROBE + 1: "busan"}


def test_a_vantage_seen_by_many_at_once_is_one(register: RegisterStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(in_change(register).probes.add_vantage, ["seoul"] * 16)) == {int(Source.PROBE)}


def test_declared_intervals_replace_earlier_ones_of_the_same_series(register: RegisterStore) -> None:
    in_change(register).probes.keep_series([ProbeSeries(1, 11, 64, 60), ProbeSeries(1, 11, 65, 60), ProbeSeries(2, 21, 64, 60)])
    in_change(register).probes.keep_series([ProbeSeries(1, 11, 64, 6000)])
    assert in_look(register).probes.series(1) == [ProbeSeries(1, 11, 64, 6000), ProbeSeries(1, 11, 65, 60)]


def a_token(token_id: str, created_at: datetime) -> Token:
    return Token(token_id, ("job-portal", "other"), b"\x00\xff", created_at)


def test_tokens_are_listed_oldest_first(register: RegisterStore, now: datetime) -> None:
    tokens = [a_token("b", now), a_token("a", now + timedelta(microseconds=1))]
    for token in tokens[::-1]:
        in_change(register).tokens.add(token)
    assert in_look(register).tokens.tokens() == tokens
    assert in_look(register).tokens.token("a") == tokens[1]
    assert in_look(register).tokens.token("c") is None


def test_a_token_id_is_given_once(register: RegisterStore, now: datetime) -> None:
    in_change(register).tokens.add(a_token("a", now))
    with pytest.raises(Conflict, match="'a'"):
        in_change(register).tokens.add(a_token("a", now))


def test_a_token_is_revoked_once_and_stays_known(register: RegisterStore, now: datetime) -> None:
    in_change(register).tokens.add(a_token("a", now))
    assert [in_change(register).tokens.revoke(token_id, now) for token_id in ("a", "a", "b")] == [True, False, False]
    assert in_look(register).tokens.token("a") == replace(a_token("a", now), revoked_at=now)


def an_incident(
    incident_id: str = "i1", *, hour: int = 0, hours: int | None = 1, menu_id: str | None = None, service_id: str = "s"
) -> Incident:
    started_at = START + timedelta(hours=hour)
    ended = hours is not None
    return Incident(
        id=incident_id,
        service_id=service_id,
        menu_id=menu_id,
        menu_ids=("search", "apply"),
        severity="major",
        started_at=started_at,
        ended_at=started_at + timedelta(hours=hours) if hours is not None else None,
        detected_at=started_at + timedelta(minutes=3),
        end_reason="recovered" if ended else None,
        detected_by="users",
        down_minutes=50,
        partial_minutes=10,
    )


def ids(incidents: list[Incident]) -> list[str]:
    return [incident.id for incident in incidents]


def test_incidents_are_read_back_as_they_were(register: RegisterStore) -> None:
    kept = [an_incident("open", hours=None), an_incident("closed", menu_id="search")]
    in_change(register).incidents.keep(kept)
    assert [in_look(register).incidents.incident(incident.id) for incident in kept] == kept
    assert in_look(register).incidents.incident("none") is None


def test_incidents_come_newest_first_and_ties_by_id(register: RegisterStore) -> None:
    in_change(register).incidents.keep([an_incident("b", hour=1), an_incident("a", hour=1), an_incident("c", hour=5), an_incident("d")])
    in_change(register).incidents.keep([an_incident("e", hour=3, service_id="t"), an_incident("m", hour=9, menu_id="search")])
    assert ids(in_look(register).incidents.incidents()) == ["c", "e", "a", "b", "d"]
    assert ids(in_look(register).incidents.incidents("s")) == ["c", "a", "b", "d"]
    assert ids(in_look(register).incidents.incidents("s", "search")) == ["m"]
    assert ids(in_look(register).incidents.incidents(limit=2)) == ["c", "e"]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, "early late open"),
        (1, None, "late open"),
        (None, 5, "early"),
        (1, 5, ""),
        (0, 1, "early"),
        (5, 6, "late"),
        (90, 91, "open"),
    ],
)
def test_only_incidents_that_overlap_the_span_are_listed(register: RegisterStore, start: int | None, end: int | None, found: str) -> None:
    in_change(register).incidents.keep([an_incident("early"), an_incident("late", hour=5), an_incident("open", hour=6, hours=None)])
    span = [None if hour is None else START + timedelta(hours=hour) for hour in (start, end)]
    assert sorted(ids(in_look(register).incidents.incidents(start=span[0], end=span[1]))) == found.split()


def test_a_list_goes_on_behind_an_incident(register: RegisterStore) -> None:
    in_change(register).incidents.keep([an_incident(name, hour=hour) for name, hour in [("b", 1), ("a", 1), ("c", 5), ("d", 0)]])
    assert ids(in_look(register).incidents.incidents(after_id="a")) == ["b", "d"]
    assert ids(in_look(register).incidents.incidents(after_id="d")) == []
    with pytest.raises(NotFound, match="'x'"):
        in_look(register).incidents.incidents(after_id="x")


def test_superseded_incidents_are_not_listed_but_found(register: RegisterStore) -> None:
    in_change(register).incidents.keep([replace(an_incident("old"), superseded_by="new"), an_incident("new")])
    assert ids(in_look(register).incidents.incidents()) == ["new"]
    assert in_look(register).incidents.incident("old") == replace(an_incident("old"), superseded_by="new")
    assert ids(in_look(register).incidents.incidents(after_id="old")) == []


def test_incidents_are_replaced_and_none_is_ever_deleted(register: RegisterStore) -> None:
    in_change(register).incidents.keep([an_incident("a", hours=None), an_incident("b")])
    in_change(register).incidents.keep([an_incident("a"), replace(an_incident("b"), withdrawn="correction")])
    assert in_look(register).incidents.incidents() == [an_incident("a")]
    assert in_look(register).incidents.incident("b") == replace(an_incident("b"), withdrawn="correction")


def test_an_incident_that_nobody_saw_while_it_lasted_has_no_moment_of_detection(register: RegisterStore) -> None:
    unseen = replace(an_incident("a"), detected_at=None)
    in_change(register).incidents.keep([unseen])
    assert in_look(register).incidents.incidents() == [unseen]


def test_a_later_choice_of_a_source_stands_beside_the_earlier_one(register: RegisterStore) -> None:
    choices = [SourceChoice("s", date(2026, 3, day), source) for day, source in ((9, 3), (1, 1), (9, 2))]
    for choice in choices:
        in_change(register).services.choose_source(choice)
    assert in_look(register).services.source_choices("s") == (choices[1], choices[2])
    assert in_look(register).services.source_choices("t") == ()


def test_home_is_registered_like_any_menu(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(a_service(menus=(HOME,))), now)
    assert set(indexes(register)) == {"job-portal", "job-portal/home"}
