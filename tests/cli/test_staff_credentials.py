"""`observatory staff`: codes with which people add ways to sign in, the ways they have, their roles."""

import json
from pathlib import Path

import click
import pytest

from observatory.errors import BadInput, NotFound
from observatory.store.opening import open_register
from tests.cli.test_staff import ADD, staff
from tests.registers import in_look


def test_an_invited_account_has_a_code_and_no_password(tmp_path: Path) -> None:
    shown = json.loads(staff(tmp_path, *ADD, "--invite", "--json", typed="").stdout)

    assert set(shown) == {"id", "enrolment_code", "address", "good_until"}
    assert shown["address"] == f"/ko/desk/enrol#{shown['enrolment_code']}"
    assert json.loads(staff(tmp_path, "credentials", "minister", "--json").stdout) == []
    again = staff(tmp_path, "invite", "minister").stdout
    assert "Enrolment code: " in again
    assert shown["enrolment_code"] not in again


def test_an_invitation_and_a_password_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        staff(tmp_path, *ADD, "--invite", "--password-file", "-")


def test_ways_to_sign_in_are_listed_and_revoked_by_the_ids_of_the_log(tmp_path: Path) -> None:
    staff(tmp_path, *ADD)
    [listed] = json.loads(staff(tmp_path, "credentials", "minister", "--json").stdout)
    assert (listed["way"], listed["enrolled_by"], listed["last_used_at"], listed["revoked_at"]) == ("totp", "host", None, None)

    assert staff(tmp_path, "revoke-credential", "minister", listed["credential"]).stdout == f"revoked {listed['credential']}\n"

    assert "revoked 2" in staff(tmp_path, "credentials", "minister").stdout
    register = open_register(tmp_path)
    entries = in_look(register).log.entries()
    register.close()
    assert [entry.kind for entry in entries] == ["account-enrolled", "credential-revoked"]
    assert json.loads(entries[1].body)["credential"] == listed["credential"]
    with pytest.raises(NotFound):
        staff(tmp_path, "revoke-credential", "minister", listed["credential"])


def test_roles_are_given_and_taken(tmp_path: Path) -> None:
    staff(tmp_path, *ADD)

    assert staff(tmp_path, "grant", "minister", "sre", "sre").stdout == "minister: executive:service=job-portal sre\n"
    assert staff(tmp_path, "revoke", "minister", "executive:service=job-portal").stdout == "minister: sre\n"
    with pytest.raises(NotFound):
        staff(tmp_path, "revoke", "minister", "executive:service=job-portal")
    assert staff(tmp_path, "revoke", "minister", "sre").stdout == "minister: no role\n"


@pytest.mark.parametrize(
    "arguments", [("invite", "nobody"), ("credentials", "nobody"), ("grant", "nobody", "sre"), ("revoke", "nobody", "sre")]
)
def test_what_is_asked_of_nobody_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(NotFound):
        staff(tmp_path, *arguments)


def test_a_role_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(click.MissingParameter):
        staff(tmp_path, "grant", "minister")
