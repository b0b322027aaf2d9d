"""Pipelines that ask by webhook: the exchanges recorded here are of the shapes their makers document, spoken with a real server."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.test import TestResponse

from observatory.errors import BadSettings
from observatory.flows.catalogue import apply_catalogue
from observatory.publish.gate.hooks import BODY_BYTES_MAX, WAITING_MAX, Sending
from observatory.publish.gate.hooks_file import read_hooks
from observatory.server.app import create_app
from observatory.settings import Settings
from observatory.web.context import parts_of
from observatory.workers.answer_hooks import SECONDS_MAX, send, step
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.signed_log import BEGIN, SERVICE, WrittenLog

pytestmark = pytest.mark.network
COMMIT = "c0ffee254729296a45a3885639ac7e10f9d54979"
SECRET = b"a secret of both sides"
RECORDED = {name: json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8")) for name in ("github", "gitlab")}


@dataclass
class Forge:
    """A server of a pipeline that answers as was recorded, and remembers what it was sent."""

    api: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def forge() -> Iterator[Forge]:
    found = Forge()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.sent.append((self.path, dict(self.headers), json.loads(body) if body else {}))
            answer: dict[str, Any] = next((each for each in found.answers if each["path"] == self.path), {"status": 404, "body": {}})
            told = b"" if answer["body"] is None else json.dumps(answer["body"]).encode()
            self.send_response(answer["status"])
            for name, value in answer.get("headers", {}).items():
                self.send_header(name, value)
            if answer["body"] is not None:
                self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    found.api = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def hooks_file(tmp_path: Path, forge: Forge, key: RSAPrivateKey) -> Path:
    """The file an operator writes, with its secrets beside it."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, content in (("hook.secret", SECRET + b"\n"), ("app.pem", pem), ("gitlab.token", b"glpat-0123456789abcdefghij\n")):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "hooks.toml"
    path.write_text(
        f"""[[github]]
repository = "labor/job-portal"
service = "{SERVICE}"
secret_file = "hook.secret"
app_id = "12345"
key_file = "app.pem"
api = "{forge.api}"
[[gitlab]]
project = "labor/job-portal"
service = "{SERVICE}"
secret_file = "hook.secret"
token_file = "gitlab.token"
api = "{forge.api}/"
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def app(settings: Settings, hooks_file: Path) -> Iterator[APIFlask]:
    application = create_app(settings.model_copy(update={"gate_hooks": str(hooks_file)}), now=lambda: NOW)
    parts = parts_of(application)
    apply_catalogue(parts.register, a_catalogue(a_service()), BEGIN)
    yield application
    parts.telemetry.close()
    parts.register.close()


def keep(app: APIFlask, *, signed: bool = True, version: str = COMMIT) -> None:
    log = WrittenLog.with_people()
    log.freeze(version=version)
    if signed:
        log.sign(log.signoff(version=version))
    log.keep_in(parts_of(app).register)


def ask(app: APIFlask, recorded: dict[str, Any], forge: Forge, *, secret: bytes = SECRET, **changed: object) -> TestResponse:
    hook = recorded["webhook"]
    body = json.dumps({**hook["body"], **changed}).replace("API/", f"{forge.api}/").encode()
    signature = hook["signature_prefix"] + hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {**hook["headers"], hook["signature"]: signature, "Content-Type": "application/json"}
    forge.answers = recorded["answers"]
    return app.test_client().post(hook["address"], data=body, headers=headers)


def answered(app: APIFlask) -> None:
    while step(parts_of(app)):
        pass


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_what_a_pipeline_asks_is_answered_where_it_says(app: APIFlask, forge: Forge, name: str, decision: str) -> None:
    recorded = RECORDED[name]
    keep(app, signed=decision == "allow")

    assert ask(app, recorded, forge).status_code == 202
    assert forge.sent == []
    answered(app)

    assert [path for path, _, _ in forge.sent] == [each["path"] for each in recorded["answers"]]
    _, headers, told = forge.sent[-1]
    assert {key: told[key] for key in recorded["told"][decision]} == recorded["told"][decision]
    told = {name.title(): value for name, value in headers.items()}
    assert told[recorded["authorization"]["name"].title()] == recorded["authorization"]["value"]
    if "comment" in told:
        assert ("NO_EXECUTIVE_SIGNOFF" in told["comment"]) == (decision == "deny")


@pytest.mark.parametrize("name", RECORDED)
def test_a_commit_nobody_froze_is_refused(app: APIFlask, forge: Forge, name: str) -> None:
    keep(app, version="0.9")
    ask(app, RECORDED[name], forge)
    answered(app)

    _, _, told = forge.sent[-1]
    assert {key: told[key] for key in RECORDED[name]["told"]["deny"]} == RECORDED[name]["told"]["deny"]


def test_a_tag_names_a_release_too(app: APIFlask, forge: Forge) -> None:
    keep(app, version="2.4.1")
    ask(app, RECORDED["github"], forge)
    answered(app)

    assert forge.sent[-1][2]["state"] == "approved"


def test_a_branch_that_is_called_like_a_release_names_none(app: APIFlask, forge: Forge) -> None:
    keep(app, version="2.4.1")
    recorded = deepcopy(RECORDED["github"])
    recorded["webhook"]["body"]["ref"] = "refs/heads/2.4.1"
    ask(app, recorded, forge)
    answered(app)

    assert forge.sent[-1][2]["state"] == "rejected"


def test_github_is_asked_for_a_token_in_the_name_of_the_app(app: APIFlask, forge: Forge, key: RSAPrivateKey) -> None:
    keep(app)
    ask(app, RECORDED["github"], forge)
    answered(app)

    token = forge.sent[0][1]["Authorization"].removeprefix("Bearer ")
    signed, _, signature = token.rpartition(".")
    key.public_key().verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), SHA256())
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert claims == {"iss": "12345", "iat": int(NOW.timestamp()) - 60, "exp": int(NOW.timestamp()) + 540}


@pytest.mark.parametrize("name", RECORDED)
def test_who_does_not_know_the_secret_asks_nothing(app: APIFlask, forge: Forge, name: str) -> None:
    assert ask(app, RECORDED[name], forge, secret=b"another secret of one side").status_code == 401
    hook = RECORDED[name]["webhook"]
    unsigned = app.test_client().post(hook["address"], data=json.dumps(hook["body"]), headers=hook["headers"])
    assert unsigned.status_code == 401
    answered(app)
    assert forge.sent == []


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff", b"{}", b'{"a":' * 100_000], ids=range(7))
def test_what_is_no_webhook_is_refused(app: APIFlask, name: str, body: bytes) -> None:
    hook = RECORDED[name]["webhook"]

    assert app.test_client().post(hook["address"], data=body, headers=hook["headers"]).status_code == 400


@pytest.mark.parametrize("name", RECORDED)
def test_a_webhook_is_not_endless(app: APIFlask, name: str) -> None:
    hook = RECORDED[name]["webhook"]

    assert app.test_client().post(hook["address"], data=b" " * (BODY_BYTES_MAX + 1), headers=hook["headers"]).status_code == 413


def test_the_answer_goes_to_the_repository_and_nowhere_else(app: APIFlask, forge: Forge) -> None:
    keep(app)
    for elsewhere in ("https://evil.example/repos/labor/job-portal/x", f"{forge.api}/repos/labor/other/x", f"{forge.api}.evil.example/"):
        assert ask(app, RECORDED["github"], forge, deployment_callback_url=elsewhere).status_code == 400
    assert ask(app, RECORDED["github"], forge, repository={"full_name": "labor/other"}).status_code == 404
    assert ask(app, RECORDED["github"], forge, action="created").status_code == 400
    answered(app)
    assert forge.sent == []


def test_other_events_of_github_need_no_answer(app: APIFlask) -> None:
    assert app.test_client().post("/gate/github", data=b"{}", headers={"X-GitHub-Event": "ping"}).status_code == 204


@pytest.mark.parametrize("status", [302, 401, 500])
def test_what_cannot_be_sent_stays_shut_and_others_are_answered(app: APIFlask, forge: Forge, status: int) -> None:
    keep(app)
    ask(app, RECORDED["github"], forge)
    ask(app, RECORDED["gitlab"], forge)
    refused = {**RECORDED["github"]["answers"][0], "status": status, "headers": {"Location": f"{forge.api}/elsewhere"}}
    forge.answers = [refused, *RECORDED["gitlab"]["answers"]]
    answered(app)

    assert [path for path, _, _ in forge.sent] == [refused["path"], RECORDED["gitlab"]["answers"][0]["path"]]


@pytest.mark.parametrize(
    "said", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 60_000, b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"]
)
def test_an_answer_that_is_none_is_an_error_that_is_caught(said: bytes) -> None:
    with answering(said) as address, pytest.raises((OSError, ValueError, RecursionError, HTTPException)):
        send(Sending(address, {}))


def test_who_answers_byte_by_byte_is_waited_for_no_longer_than_anybody() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x") as address:
        begun = time.monotonic()
        with pytest.raises((OSError, HTTPException)):
            send(Sending(address, {}))
    assert time.monotonic() - begun < 4 * SECONDS_MAX


@contextmanager
def answering(said: bytes, then: bytes = b"") -> Iterator[str]:
    """Serve one connection with these bytes, and with others each half second after them."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(1 << 16)
                connection.sendall(said)
                while then:
                    time.sleep(0.5)
                    connection.sendall(then)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_a_log_that_is_not_sound_is_answered_by_nobody(app: APIFlask, forge: Forge) -> None:
    log = WrittenLog.with_people()
    log.freeze(version=COMMIT)
    log.append("signoff-revoked", b"{}")
    log.keep_in(parts_of(app).register)
    ask(app, RECORDED["gitlab"], forge)
    answered(app)

    assert forge.sent == []


def test_more_than_can_wait_are_asked_to_come_again(app: APIFlask, forge: Forge) -> None:
    statuses = [ask(app, RECORDED["gitlab"], forge).status_code for _ in range(WAITING_MAX + 1)]

    assert statuses == [202] * WAITING_MAX + [503]


@pytest.mark.parametrize(
    "wrong",
    [
        ("[[github]]", "[[gitea]]"),
        ("app_id", "app"),
        ('"12345"', "12345"),
        ("hook.secret", "absent.secret"),
        ('key_file = "app.pem"', 'key_file = "hook.secret"'),
        ("http://127.0.0.1", "http://ci.example.go.kr"),
        ("[[github]]", "[[github"),
    ],
)
def test_a_file_with_a_mistake_is_refused_at_the_start(hooks_file: Path, wrong: tuple[str, str]) -> None:
    hooks_file.write_text(hooks_file.read_text(encoding="utf-8").replace(*wrong), encoding="utf-8")

    with pytest.raises(BadSettings):
        read_hooks(hooks_file)


def test_a_secret_that_others_may_read_is_refused(hooks_file: Path) -> None:
    (hooks_file.parent / "hook.secret").chmod(0o640)

    with pytest.raises(BadSettings):
        read_hooks(hooks_file)


def test_without_a_file_nobody_may_ask(settings: Settings) -> None:
    make: Callable[[], APIFlask] = lambda: create_app(settings, now=lambda: NOW)  # noqa: E731
    application = make()
    body = json.dumps(RECORDED["gitlab"]["webhook"]["body"])
    assert application.test_client().post("/gate/gitlab", data=body).status_code == 404
    parts_of(application).telemetry.close()
    parts_of(application).register.close()
