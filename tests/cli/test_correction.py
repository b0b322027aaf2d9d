"""`observatory correction`: final minutes get better by an auditor's public decision, and by nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory.access.people.account_marks import account_mark
from observatory.cli import observatory
from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.corrections import CORRECTED
from observatory.model.correction import Correction
from observatory.model.staff import Grant
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_staff_member
from tests.moments import NOW
from tests.people import staff_secrets
from tests.registers import in_change, in_look

ID = "job-portal-20261118T0100"
REASONS = ("--reason-ko", "기록이 늦게 도착했습니다", "--reason-en", "records came late")
AUDITOR = Grant("auditor", agency_id="labor")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder in which ten minutes wait for an auditor."""
    prepare_folder(tmp_path)
    register = open_register(tmp_path)
    apply_catalogue(register, a_catalogue(), NOW)
    start, end = datetime(2026, 11, 18, 1, 0, tzinfo=UTC), datetime(2026, 11, 18, 1, 10, tzinfo=UTC)
    in_change(register).corrections.withhold(Correction("job-portal", None, start, end, NOW))
    for staff_id, grants in (
        ("auditor", (AUDITOR,)),
        ("elsewhere", (Grant("auditor", service_id="library"),)),
        ("owner", (AUDITOR, Grant("owner", service_id="job-portal"))),
        ("gone", (AUDITOR,)),
        ("admin", (Grant("admin"),)),
    ):
        in_change(register).staff.add(a_staff_member(staff_id, grants=grants), staff_secrets())
    in_change(register).staff.disable("gone", NOW)
    register.close()
    return tmp_path


def correction(folder: Path, *arguments: str) -> Result:
    """Run `observatory correction` on a folder; errors come as they are raised."""
    return CliRunner().invoke(observatory, ["correction", *arguments, "--data", str(folder)], catch_exceptions=False, standalone_mode=False)


def test_what_waits_is_listed(folder: Path) -> None:
    (waiting,) = json.loads(correction(folder, "list", "--json").stdout)
    assert (waiting["id"], waiting["from"], waiting["to"]) == (ID, "2026-11-18T01:00Z", "2026-11-18T01:10Z")
    assert (waiting["approved_at"], waiting["auditor"], waiting["reason_ko"]) == (None, None, None)
    assert correction(folder, "list").stdout == f"{ID}  10 min from 2026-11-18T01:00Z  waits\n"


def test_an_auditor_of_the_service_approves_and_the_log_says_so_by_a_mark(folder: Path) -> None:
    approved = json.loads(correction(folder, "approve", ID, "--auditor", "auditor", *REASONS, "--json").stdout)
    mark = account_mark(prepare_folder(folder), "auditor")
    assert (approved["auditor"], approved["reason_en"]) == (mark, "records came late")
    register = open_register(folder)
    (entry,) = in_look(register).log.entries_of_kind(CORRECTED)
    assert json.loads(entry.body)["auditor"] == mark
    assert in_look(register).corrections.to_judge_again()
    register.close()
    assert f"by {mark}" in correction(folder, "list").stdout


@pytest.mark.parametrize("staff_id", ["elsewhere", "owner", "gone", "admin"])
def test_nobody_else_does(folder: Path, staff_id: str) -> None:
    with pytest.raises(NotAllowed):
        correction(folder, "approve", ID, "--auditor", staff_id, *REASONS)
    register = open_register(folder)
    assert not in_look(register).log.entries_of_kind(CORRECTED)
    register.close()


def test_what_is_not_there_or_was_approved_or_has_no_reason_is_refused(folder: Path) -> None:
    with pytest.raises(NotFound):
        correction(folder, "approve", "nothing", "--auditor", "auditor", *REASONS)
    with pytest.raises(NotFound):
        correction(folder, "approve", ID, "--auditor", "nobody", *REASONS)
    with pytest.raises(BadInput):
        correction(folder, "approve", ID, "--auditor", "auditor", "--reason-ko", " ", "--reason-en", "x")
    correction(folder, "approve", ID, "--auditor", "auditor", *REASONS)
    with pytest.raises(Conflict):
        correction(folder, "approve", ID, "--auditor", "auditor", *REASONS)
