"""What a new catalogue changes is told by the log, entry by entry, or nothing is changed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict
from observatory.flows.catalogue import RULE_CHANGED, CatalogueChange, apply_catalogue
from observatory.flows.log_checking import check_log
from observatory.model.catalogue import Catalogue, Site
from observatory.store.opening import open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.store.service_history import rules_of
from tests.builders import a_catalogue, a_menu, a_service
from tests.registers import in_look


@pytest.fixture
def register(tmp_path: Path, now: datetime) -> Iterator[RegisterStore]:
    """A register with three services."""
    prepare_folder(tmp_path)
    opened = open_register(tmp_path)
    apply_catalogue(opened, a_catalogue(a_service("zeta"), a_service("alpha"), a_service("beta")), now)
    yield opened
    opened.close()


def told(register: RegisterStore, first: int = 3) -> list[tuple[str, str]]:
    entries = in_look(register).log.entries(first)
    return [(entry.kind, json.loads(entry.body)["id"]) for entry in entries if entry.kind != RULE_CHANGED]


def test_entries_come_in_the_order_of_the_catalogue_and_those_that_leave_last(register: RegisterStore, now: datetime) -> None:
    assert told(register, 0) == [("service-registered", "zeta"), ("service-registered", "alpha"), ("service-registered", "beta")]
    change = apply_catalogue(register, a_catalogue(a_service("new"), replace(a_service("beta"), grade=1), a_service("other")), now)
    assert change == CatalogueChange(added=("new", "other"), changed=("beta",), removed=("zeta", "alpha"))
    assert told(register) == [
        ("service-registered", "new"),
        ("service-changed", "beta"),
        ("service-registered", "other"),
        ("service-removed", "zeta"),
        ("service-removed", "alpha"),
    ]
    assert check_log(register).broken is None


def test_a_changed_rule_is_an_entry_that_says_from_when_on(register: RegisterStore, now: datetime) -> None:
    catalogue = register.catalogue()
    apply_catalogue(register, replace(catalogue, site=replace(catalogue.site, holidays=(date(2026, 12, 25),))), now)
    alpha = replace(catalogue.services[1], hours="09:00-18:00", grade=1, low_traffic_block_minutes=60)
    apply_catalogue(register, replace(register.catalogue(), services=(catalogue.services[0], alpha, catalogue.services[2])), now)
    told = [json.loads(entry.body) for entry in in_look(register).log.entries_of_kind(RULE_CHANGED)]
    tomorrow = f"{now.astimezone(catalogue.site.zone).date() + timedelta(days=1)}"
    assert {each["from_day"] for each in told} == {tomorrow}
    assert [(each["service"], each["rule"], each["before"], each["after"]) for each in told] == [
        (None, "holidays", [], ["2026-12-25"]),
        ("alpha", "hours", "00:00-24:00", "09:00-18:00"),
        ("alpha", "low_traffic_block_minutes", 1, 60),
        ("alpha", "grade", 4, 1),
    ]


def test_menus_that_come_and_go_are_told_and_of_that_day(register: RegisterStore, now: datetime) -> None:
    catalogue = register.catalogue()
    zeta = replace(catalogue.services[0], menus=(a_menu("search", index=0),))
    apply_catalogue(register, replace(catalogue, services=(zeta, *catalogue.services[1:])), now)
    (entry,) = in_look(register).log.entries_of_kind(RULE_CHANGED)
    told = json.loads(entry.body)
    assert (told["service"], told["rule"], told["before"], told["after"]) == ("zeta", "menus", ["home"], ["search"])
    assert told["from_day"] == f"{now.astimezone(catalogue.site.zone).date()}"
    assert in_look(register).services.rule_changes("zeta") == ()


def test_holidays_of_the_first_catalogue_hold_for_its_past(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path / "new")
    with closing(open_register(tmp_path / "new")) as register:
        apply_catalogue(register, replace(a_catalogue(), site=Site(holidays=(date(2026, 1, 1),))), now)
        assert rules_of(register.catalogue().services[0], register).holidays == {date(2026, 1, 1)}
        assert not in_look(register).log.entries_of_kind(RULE_CHANGED)


def test_a_service_that_comes_back_is_registered_again_and_leaves_with_what_it_was(register: RegisterStore, now: datetime) -> None:
    apply_catalogue(register, a_catalogue(a_service("alpha"), a_service("beta")), now)
    apply_catalogue(register, a_catalogue(a_service("zeta", menus=(a_menu("apply"),)), a_service("alpha"), a_service("beta")), now)
    apply_catalogue(register, a_catalogue(a_service("alpha"), a_service("beta")), now)
    entries = in_look(register).log.entries(3)
    assert [entry.kind for entry in entries] == ["service-removed", "service-registered", "service-removed"]
    assert entries[0].body == in_look(register).log.entries(0, 1)[0].body
    assert entries[2].body == entries[1].body != entries[0].body


def test_the_same_catalogue_again_and_another_order_tell_nothing(register: RegisterStore, now: datetime) -> None:
    for services in (("zeta", "alpha", "beta"), ("beta", "zeta", "alpha")):
        assert apply_catalogue(register, a_catalogue(*map(a_service, services)), now) == CatalogueChange((), (), ())
    assert told(register) == []
    assert [service.id for service in register.catalogue().services] == ["beta", "zeta", "alpha"]


def test_contradictions_change_nothing(register: RegisterStore, now: datetime) -> None:
    before = register.catalogue()
    with pytest.raises(BadInput, match="given twice"):
        apply_catalogue(register, a_catalogue(a_service("new"), a_service("new")), now)
    assert (register.catalogue(), told(register)) == (before, [])


def test_a_change_that_cannot_be_told_is_not_made(register: RegisterStore, tmp_path: Path, now: datetime) -> None:
    before = register.catalogue()
    with closing(sqlite3.connect(tmp_path / "register.sqlite", isolation_level=None)) as somebody:
        somebody.execute("UPDATE log_head SET size = 0")
    with pytest.raises(Conflict, match="entry 0 is already there"):
        apply_catalogue(register, a_catalogue(a_service("new")), now)
    assert register.catalogue() == before == register.recent_catalogue()


def test_the_zone_that_days_are_kept_by_stays(register: RegisterStore, now: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        apply_catalogue(register, replace(a_catalogue(a_service("zeta")), site=Site(time_zone="UTC")), now)
    assert str(refused.value).startswith("cannot change the time zone to UTC: days are kept by that of Asia/Seoul")
    assert (register.catalogue().site.time_zone, len(register.catalogue().services)) == ("Asia/Seoul", 3)


def test_before_anybody_is_observed_the_zone_may_change(tmp_path: Path, now: datetime) -> None:
    prepare_folder(tmp_path)
    with closing(open_register(tmp_path)) as register:
        apply_catalogue(register, Catalogue(Site(time_zone="Asia/Tokyo"), (), ()), now)
        apply_catalogue(register, replace(a_catalogue(a_service()), site=Site(time_zone="UTC")), now)
        assert register.catalogue().site.time_zone == "UTC"
