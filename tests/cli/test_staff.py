"""`observatory staff`: accounts come from the host's own command line."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from click.testing import CliRunner, Result

from observatory.access.people.proving import Origin, prove
from observatory.cli import observatory
from observatory.cli.staff import read_role
from observatory.clock import now
from observatory.errors import BadInput, Conflict, NotFound
from observatory.model.staff import Grant
from observatory.store.opening import FolderKeys, make_key_file, open_register, prepare_folder
from tests.registers import in_look

PASSWORD = "three little words"
ADD = ["add", "minister", "--name", "김책임", "--office-ko", "장관", "--office-en", "Minister", "--role", "executive:service=job-portal"]


HERE = Origin(b"here")


def keys_of(folder: Path) -> FolderKeys:
    return prepare_folder(folder)


def staff(folder: Path, *arguments: str, typed: str = PASSWORD + "\n") -> Result:
    """Run `observatory staff` on a folder; errors come as they are raised."""
    prepare_folder(folder)
    return CliRunner().invoke(
        observatory, ["staff", *arguments, "--data", str(folder)], input=typed, catch_exceptions=False, standalone_mode=False
    )


def test_an_account_signs_in_with_what_was_printed_once(tmp_path: Path) -> None:
    shown = json.loads(staff(tmp_path, *ADD, "--json").stdout)

    register, moment = open_register(tmp_path), now()
    uri = urlsplit(shown["otpauth_uri"])
    number = pyotp.TOTP(parse_qs(uri.query)["secret"][0]).at(moment)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert prove(register, keys_of(tmp_path), "minister", PASSWORD, number, HERE, moment) is not None
    assert len(shown["recovery_codes"]) == 10
    assert prove(register, keys_of(tmp_path), "minister", PASSWORD, shown["recovery_codes"][9], HERE, moment) is not None
    register.close()


def test_for_people_it_prints_a_picture_the_address_and_the_codes(tmp_path: Path) -> None:
    shown = staff(tmp_path, *ADD).stdout

    assert "█" in shown
    assert "otpauth://totp/" in shown
    assert PASSWORD not in shown
    assert len([line for line in shown.splitlines() if line.startswith("  ") and line.count("-") == 3]) == 10


@pytest.mark.parametrize("source", ["file", "-"])
def test_the_password_comes_from_a_file_or_standard_input(tmp_path: Path, source: str) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\r\nsecond line\n", encoding="utf-8")

    shown = json.loads(staff(tmp_path / "data", *ADD, "--json", "--password-file", str(file) if source == "file" else "-").stdout)

    register = open_register(tmp_path / "data")
    assert prove(register, keys_of(tmp_path / "data"), "minister", PASSWORD, shown["recovery_codes"][0], HERE, now()) is not None
    register.close()


def test_no_account_is_there_by_itself(tmp_path: Path) -> None:
    assert json.loads(staff(tmp_path, "list", "--json").stdout) == []
    assert staff(tmp_path, "list").stdout == ""


def test_the_list_shows_offices_and_roles_and_nothing_secret(tmp_path: Path) -> None:
    staff(tmp_path, *ADD, "--role", "sre")
    shown = staff(tmp_path, "list", "--json").stdout

    (member,) = json.loads(shown)
    assert (member["id"], member["office_ko"], member["roles"]) == ("minister", "장관", ["executive:service=job-portal", "sre"])
    assert set(member) == {"id", "mark", "name", "office_ko", "office_en", "roles", "created_at", "disabled_at"}
    assert "executive:service=job-portal sre" in staff(tmp_path, "list").stdout


def test_an_id_is_given_once(tmp_path: Path) -> None:
    staff(tmp_path, *ADD)

    with pytest.raises(Conflict, match="the id is taken"):
        staff(tmp_path, *ADD)


def test_whoever_is_disabled_signs_in_no_more(tmp_path: Path) -> None:
    codes = json.loads(staff(tmp_path, *ADD, "--json").stdout)["recovery_codes"]
    staff(tmp_path, "disable", "minister")

    register = open_register(tmp_path)
    assert prove(register, keys_of(tmp_path), "minister", PASSWORD, codes[0], HERE, now()) is None
    register.close()
    assert json.loads(staff(tmp_path, "list", "--json").stdout)[0]["disabled_at"] is not None
    for command in ("disable", "reset"):
        with pytest.raises(NotFound):
            staff(tmp_path, command, "minister")


def test_a_reset_replaces_everything_that_proved_the_account(tmp_path: Path) -> None:
    before = json.loads(staff(tmp_path, *ADD, "--json").stdout)
    after = json.loads(staff(tmp_path, "reset", "minister", "--json", typed="other little words\n").stdout)

    register = open_register(tmp_path)
    assert before["totp_secret"] != after["totp_secret"]
    assert prove(register, keys_of(tmp_path), "minister", "other little words", before["recovery_codes"][0], HERE, now()) is None
    assert prove(register, keys_of(tmp_path), "minister", PASSWORD, after["recovery_codes"][0], HERE, now()) is None
    assert prove(register, keys_of(tmp_path), "minister", "other little words", after["recovery_codes"][0], HERE, now()) is not None
    register.close()


def test_a_weak_password_makes_no_account(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot use this password"):
        staff(tmp_path, *ADD, typed="short\n")

    assert json.loads(staff(tmp_path, "list", "--json").stdout) == []


def test_a_service_nobody_observes_is_pointed_out(tmp_path: Path) -> None:
    assert "service 'job-portal' is not in the catalogue yet" in staff(tmp_path, *ADD).stderr


@pytest.mark.parametrize(
    ("text", "grant"),
    [
        ("executive:service=job-portal", Grant("executive", service_id="job-portal")),
        ("owner:agency=labor", Grant("owner", agency_id="labor")),
        ("sre", Grant("sre")),
    ],
)
def test_a_role_is_read_as_it_is_written(text: str, grant: Grant) -> None:
    assert read_role(text) == grant
    assert grant.text == text


@pytest.mark.parametrize("text", ["", "king", "executive", "owner:", "owner:service", "owner:service=", "owner:menu=home", "Owner"])
def test_any_other_role_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_role(text)


def test_every_change_of_an_account_is_an_entry_of_the_log_without_a_name(tmp_path: Path) -> None:
    staff(tmp_path, *ADD)
    staff(tmp_path, "reset", "minister")
    staff(tmp_path, "disable", "minister")
    mark = json.loads(staff(tmp_path, "list", "--json").stdout)[0]["mark"]

    register = open_register(tmp_path)
    entries = in_look(register).log.entries()
    register.close()
    assert [entry.kind for entry in entries] == ["account-enrolled", "account-reset", "account-ended"]
    expected = {"account": mark, "by": "host", "office_en": "Minister", "office_ko": "장관", "roles": ["executive:service=job-portal"]}
    assert [json.loads(entry.body) for entry in entries] == [expected] * 3


def test_the_secret_of_the_authenticator_is_not_in_the_register(tmp_path: Path) -> None:
    secret = json.loads(staff(tmp_path, *ADD, "--json").stdout)["totp_secret"]

    assert secret.encode() not in (tmp_path / "register.sqlite").read_bytes()


def test_with_a_key_outside_the_folder_alone_proves_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, key = tmp_path / "data", tmp_path / "key"
    make_key_file(key)
    monkeypatch.setenv("OBSERVATORY_KEY_FILE", str(key))
    secret = json.loads(staff(folder, *ADD, "--json").stdout)["totp_secret"]

    register, moment = open_register(folder), now()
    number = pyotp.TOTP(secret).at(moment)
    assert prove(register, prepare_folder(folder), "minister", PASSWORD, number, HERE, moment) is None
    assert prove(register, prepare_folder(folder, key_file=key), "minister", PASSWORD, number, HERE, moment) is not None
    register.close()


@pytest.mark.parametrize("option", ["--name", "--office-ko", "--office-en"])
def test_a_name_or_office_with_something_that_cannot_be_seen_is_refused(tmp_path: Path, option: str) -> None:
    poisoned = ["장\u200b관" if before == option else text for before, text in zip(["", *ADD], ADD, strict=False)]

    with pytest.raises(BadInput, match=r"it holds U\+200B ZERO WIDTH SPACE"):
        staff(tmp_path, *poisoned)
