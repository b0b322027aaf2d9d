"""`observatory signoff` and `observatory break-glass`: on the host, by people who prove who they are."""

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from observatory import clock
from observatory.cli.gate import gate
from observatory.cli.signoff import break_glass, signoff
from observatory.errors import Conflict, NotAllowed, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.signing_keys import SigningKeys
from observatory.model.signoff import Condition
from observatory.model.staff import Grant
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_service, a_staff_member
from tests.people import PASSWORD, RECOVERY_CODES, staff_secrets
from tests.registers import in_change
from tests.signed_log import BEGIN, DIGEST, OTHER_DIGEST, REASONS, SERVICE, WrittenLog


@pytest.fixture
def log() -> WrittenLog:
    log = WrittenLog.with_people()
    log.now = clock.now().replace(microsecond=0) - timedelta(days=1)
    log.freeze()
    log.sign(log.signoff(decision="conditional", conditions=(Condition("안내문을 고친다", log.now.date()),)))
    return log


@pytest.fixture
def data(tmp_path: Path, log: WrittenLog) -> Path:
    keys = prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    SigningKeys(register, keys).make_first(BEGIN)
    apply_catalogue(register, a_catalogue(a_service()), BEGIN)
    log.keep_in(register)
    for staff_id, role in (("operator", Grant("sre", service_id=SERVICE)), ("auditor", Grant("auditor")), ("guest", Grant("owner", "tax"))):
        in_change(register).staff.add(a_staff_member(staff_id, grants=(role,)), staff_secrets())
    register.close()
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return tmp_path / "data"


def run(command: click.Command, data: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(command, [*arguments, "--data", str(data)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def proven(data: Path, staff_id: str, code: str) -> tuple[str, ...]:
    return ("--service", SERVICE, "--staff", staff_id, "--password-file", str(data.parent / "password"), "--code", code)


def request(data: Path, staff_id: str = "operator", code: str = RECOVERY_CODES[0]) -> str:
    asked = ("--digest", OTHER_DIGEST, "--hours", "24", "--reasons", REASONS)
    return run(break_glass, data, "request", *proven(data, staff_id, code), *asked).stdout.strip()


def decision(data: Path, digest: str) -> str:
    return run(gate, data, "check", "--service", SERVICE, "--digest", digest).stdout.strip()


def test_what_is_signed_is_listed_met_and_revoked(data: Path, log: WrittenLog) -> None:
    index = str(len(log.entries) - 1)
    listed = json.loads(run(signoff, data, "list", "--service", SERVICE, "--json").stdout)
    assert (str(listed["index"]), listed["open_conditions"], listed["revoked"]) == (index, [1], False)

    run(signoff, data, "met", "--service", SERVICE, "--index", index, "--condition", "1", "--note", "고쳤습니다.")
    assert decision(data, DIGEST) == "allow: open"
    run(signoff, data, "revoke", "--service", SERVICE, "--index", index, "--reasons", REASONS)
    assert decision(data, DIGEST) == "deny: REVOKED"
    assert "revoked True" in run(signoff, data, "list", "--service", SERVICE).stdout


def test_two_people_open_a_gate(data: Path) -> None:
    index = request(data)
    assert decision(data, OTHER_DIGEST) == "deny: DIGEST_MISMATCH"

    assert run(break_glass, data, "approve", *proven(data, "auditor", RECOVERY_CODES[0]), "--request", index).stdout.startswith(
        "open until"
    )
    assert decision(data, OTHER_DIGEST) == "allow: open"
    with pytest.raises(Conflict):
        run(break_glass, data, "approve", *proven(data, "auditor", RECOVERY_CODES[1]), "--request", index)


def test_nobody_does_so_alone_or_without_a_role_or_proof(data: Path) -> None:
    index = request(data)

    for staff_id, code in (
        ("operator", RECOVERY_CODES[1]),
        ("guest", RECOVERY_CODES[0]),
        ("auditor", "zzzz-zzzz-zzzz-zzzz"),
        ("nobody", "1"),
    ):
        with pytest.raises(NotAllowed):
            run(break_glass, data, "approve", *proven(data, staff_id, code), "--request", index)
    with pytest.raises(NotAllowed):
        request(data, "guest", RECOVERY_CODES[1])
    with pytest.raises(NotFound):
        run(break_glass, data, "approve", *proven(data, "auditor", RECOVERY_CODES[0]), "--request", "1")
    assert decision(data, OTHER_DIGEST) == "deny: DIGEST_MISMATCH"
