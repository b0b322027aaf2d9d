"""`observatory gate`: 0 for yes, 1 for no, 2 for everything else - and never 0 for anything but a sound yes."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory import clock
from observatory.cli.gate import gate
from observatory.errors import Conflict
from observatory.flows.catalogue import apply_catalogue
from observatory.flows.signing_keys import SigningKeys
from observatory.store.opening import open_register, prepare_folder
from tests.builders import a_catalogue, a_service
from tests.signed_log import BEGIN, DIGEST, OTHER_DIGEST, SERVICE, WrittenLog

ASKED = ("check", "--service", SERVICE, "--digest", DIGEST)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder whose log says that the release was signed just now."""
    keys = prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    SigningKeys(register, keys).make_first(BEGIN)
    apply_catalogue(register, a_catalogue(a_service()), BEGIN)
    log = WrittenLog.with_people()
    log.now = clock.now().replace(microsecond=0)
    log.freeze()
    log.sign()
    log.keep_in(register)
    register.close()
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(gate, [*arguments, "--data", str(data)])


def test_what_was_signed_may_be_opened(data: Path) -> None:
    result = run(data, *ASKED, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["decision"] == "allow"
    assert run(data, *ASKED).stdout == "allow: open\n"


def test_anything_else_may_not(data: Path) -> None:
    result = run(data, "check", "--service", SERVICE, "--digest", OTHER_DIGEST)

    assert (result.exit_code, result.stdout) == (1, "deny: DIGEST_MISMATCH\n")
    assert run(data, *ASKED, "--environment", "staging").stdout == "deny: ENVIRONMENT_MISMATCH\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("check",),
        ("check", "--service", SERVICE, "--digest", "sha256:ab"),
        ("check", "--service", "tax", "--digest", DIGEST),
        (*ASKED, "--environment", "Prod"),
        (*ASKED, "--url", "file:///etc/passwd"),
        (*ASKED, "--offlin", "x"),
    ],
)
def test_a_bad_question_is_not_decided(data: Path, arguments: tuple[str, ...]) -> None:
    assert run(data, *arguments).exit_code == 2


def test_without_a_folder_nothing_is_decided(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere", *ASKED).exit_code == 2
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE log SET recorded_at = '2026-01-01T00:00:00.000000Z' WHERE kind = 'sign-off'", "DELETE FROM log WHERE log_index = 2"],
)
def test_a_log_that_was_changed_decides_nothing(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "register.sqlite")) as connection, connection:
        connection.execute(statement)

    assert run(data, *ASKED).exit_code == 2


def test_a_file_that_is_no_register_decides_nothing(data: Path) -> None:
    (data / "register.sqlite").write_bytes(b"no database at all" * 100)

    assert run(data, *ASKED).exit_code == 2


@pytest.fixture
def answering() -> Iterator[Callable[[int, object], str]]:
    """Return a way to start a server that answers everything the same."""
    servers: list[HTTPServer] = []

    def start(status: int, told: object) -> str:
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Answers))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


YES = {
    "service": SERVICE,
    "digest": DIGEST,
    "environment": "production",
    "decision": "allow",
    "reasons": [],
    "valid_until": "2999-01-01T00:00:00Z",
}


@pytest.mark.network
@pytest.mark.parametrize(
    ("status", "told", "exit_code"),
    [
        (200, YES, 0),
        (200, {**YES, "decision": "deny", "reasons": [{"code": "REVOKED"}]}, 1),
        (503, YES, 2),
        (404, YES, 2),
        (200, {**YES, "decision": "maybe"}, 2),
        (200, {**YES, "digest": OTHER_DIGEST}, 2),
        (200, {**YES, "environment": "staging"}, 2),
        (200, {**YES, "valid_until": "2020-01-01T00:00:00Z"}, 2),
        (200, {**YES, "valid_until": None}, 2),
        (200, {"decision": "allow"}, 2),
        (200, ["allow"], 2),
        (200, b"", 2),
        (200, b"<html>allow</html>", 2),
    ],
)
def test_another_observatory_is_believed_only_if_it_answers_this_question(
    tmp_path: Path, answering: Callable[[int, object], str], status: int, told: object, exit_code: int
) -> None:
    assert run(tmp_path, *ASKED, "--url", answering(status, told)).exit_code == exit_code


@pytest.mark.network
def test_where_nobody_answers_nothing_is_decided(tmp_path: Path) -> None:
    assert run(tmp_path, *ASKED, "--url", "http://127.0.0.1:1/").exit_code == 2


def test_the_rules_are_shown_and_changed(data: Path) -> None:
    assert json.loads(run(data, "policy", "--json").stdout)["requires"] == ["frozen-release", "executive-signoff"]
    assert run(data, "policy", "--passkey").stdout.endswith("requires frozen-release executive-signoff passkey\n")
    assert run(data, *ASKED).exit_code == 0, "what was frozen before is decided by the rules of then"
    assert isinstance(run(data, "policy", "--passkey").exception, Conflict)
