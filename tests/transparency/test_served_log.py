"""A served log is verified by programs of others, and cosigned by two witnesses; one of them missing, it is not witnessed."""

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from observatory.model.signoff import NewEntry
from observatory.store.opening import open_register, prepare_folder
from observatory.transparency.checkpoint import Checkpoint
from observatory.transparency.note import Note, NoteKey
from observatory.transparency.policy import Policy
from observatory.transparency.proof import check_proof, read_proof
from tests.registers import in_look
from tests.servers import Server, environment
from tests.witnesses import RunningWitness

pytestmark = pytest.mark.network

SOURCE = Path(__file__).parent / "verify_go" / "main.go"
ORIGIN = "status.example.go.kr/log"
ENTRIES = 300
SECONDS_MAX = 30.0


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compile the program that verifies; return a way to run it."""
    program = tmp_path_factory.mktemp("go") / "verify"
    go = environment(GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(program.with_name("cache")))
    subprocess.run(["go", "build", "-o", program, SOURCE], env=go, check=True)

    def run(*arguments: str) -> str:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An observatory with a log of more than a tile."""
    prepare_folder(tmp_path / "data")
    append(tmp_path / "data", ENTRIES - 1)  # And the server makes its keys, which is an entry.
    return tmp_path / "data"


@pytest.fixture
def witnesses(tmp_path: Path, data: Path) -> Iterator[list[RunningWitness]]:
    """Two witnesses who know the log, and the policy that both must sign, beside the data."""
    first = Server(data, OBSERVATORY_PUBLIC_URL=f"https://{ORIGIN.removesuffix('/log')}")
    try:
        key = requests.get(f"{first.wait_until_ready().url}/api/v1/log", timeout=10).json()["head"]["key"]
    finally:
        first.stop()
    started = [RunningWitness(tmp_path / name, f"{name}.or.kr", key) for name in ("audit", "press")]
    lines = [f"log {key}", *(each.policy_line(name) for each, name in zip(started, ("audit", "press"), strict=True))]
    (tmp_path / "policy").write_text("\n".join([*lines, "group both all audit press", "quorum both", ""]))
    yield started
    for each in started:
        each.kill()


@pytest.fixture
def server(tmp_path: Path, data: Path, witnesses: list[RunningWitness]) -> Iterator[Server]:
    """The observatory, which now asks both."""
    started = Server(data, OBSERVATORY_LOG_POLICY=str(tmp_path / "policy"))
    yield started.wait_until_ready()
    started.stop()


def append(data: Path, count: int) -> int:
    """Append entries; return how long the log is then."""
    register = open_register(data)
    with register.change() as books:
        for number in range(count):
            books.log.append(NewEntry("test", b'{"number":%d}' % number, datetime.now(UTC)))  # noqa: TID251 - beside a real server
    size: int = in_look(register).log.tree()[0]
    register.close()
    return size


def log_of(server: Server, until: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """Return what is said of the log once it is so."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        said: dict[str, object] = requests.get(f"{server.url}/api/v1/log", timeout=10).json()
        if until(said):
            return said
        time.sleep(0.1)
    raise AssertionError(said)


def test_others_verify_the_log_with_both_witnesses(
    server: Server, witnesses: list[RunningWitness], tmp_path: Path, verify: Callable[..., str]
) -> None:
    said = log_of(server, lambda said: said["witnessed_size"] == ENTRIES)
    head = said["head"]
    assert isinstance(head, dict)
    assert (head["origin"], said["broken"]) == (ORIGIN, None)
    keys = [str(head["key"]), *(each.key for each in witnesses)]

    assert verify(server.url, *keys) == f"verified {ENTRIES} leaves, 3 signatures"
    assert verify(server.url, keys[0], keys[2].replace("press", "other")).startswith("not verified")
    policy = Policy.parse((tmp_path / "policy").read_text())
    proof = read_proof(requests.get(f"{server.url}/log/proof/7", timeout=10).text, in_look(open_register(server.data)).log.node(0, 7))
    assert check_proof(proof, [NoteKey.parse(keys[0])]).size == ENTRIES
    assert policy.is_met(Note.parse(proof.checkpoint))


def test_with_one_of_two_missing_it_is_unwitnessed(server: Server, witnesses: list[RunningWitness], tmp_path: Path) -> None:
    log_of(server, lambda said: said["witnessed_size"] == ENTRIES)
    witnesses[1].kill()
    size = append(server.data, 5)
    policy = Policy.parse((tmp_path / "policy").read_text())

    deadline, note = time.monotonic() + SECONDS_MAX, Note.parse(requests.get(f"{server.url}/checkpoint", timeout=10).content)
    while policy.cosigners_of(note) != {"audit"} and time.monotonic() < deadline:
        time.sleep(0.1)
        note = Note.parse(requests.get(f"{server.url}/checkpoint", timeout=10).content)

    assert policy.cosigners_of(note) == {"audit"}
    assert not policy.is_met(note)
    assert Checkpoint.parse(note.text).size == size
    assert log_of(server, lambda _: True)["witnessed_size"] == ENTRIES
    assert "witness has not signed" in server.err
    old, new = (Note.parse(read_proof_text(server, index)) for index in (0, size - 1))
    assert (policy.is_met(old), policy.is_met(new)) == (True, False)


def read_proof_text(server: Server, index: int) -> bytes:
    """Return the checkpoint of a proof."""
    return requests.get(f"{server.url}/log/proof/{index}", timeout=10).text.partition("\n\n")[2].encode()
