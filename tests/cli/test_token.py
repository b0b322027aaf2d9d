"""`observatory token`: a token is printed once and alone, listed without its secret, and ended by its id."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from observatory.access.programs.senders import Senders
from observatory.cli.token import token
from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.catalogue import apply_catalogue
from observatory.store.opening import open_register, prepare_folder
from observatory.web.forwarding import Proxies
from tests.builders import a_catalogue, a_service
from tests.moments import NOW
from tests.registers import in_look


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    apply_catalogue(register, a_catalogue(a_service("job-portal"), a_service("pensions")), NOW)
    register.close()
    return tmp_path / "data"


def run(data: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(token, [*arguments, "--data", str(data)])
    if result.exception is not None:
        raise result.exception
    return result


def recognised(data: Path, text: str) -> frozenset[str] | None:
    register = open_register(data)
    try:
        return Senders(register, prepare_folder(data)).recognise(text, Proxies().client_of({"REMOTE_ADDR": "198.51.100.7"})).service_ids
    finally:
        register.close()


def test_the_token_stands_alone_on_standard_output(data: Path) -> None:
    result = run(data, "create", "--service", "job-portal", "--service", "pensions")
    assert result.stdout.startswith("obs_")
    assert result.stdout.count("\n") == 1
    assert "job-portal, pensions" in result.stderr
    assert recognised(data, result.stdout.strip()) == frozenset({"job-portal", "pensions"})


@pytest.mark.parametrize("form", ["id", "text"])
def test_a_revoked_token_works_no_longer(data: Path, form: str) -> None:
    text = run(data, "create", "--service", "job-portal").stdout.strip()
    run(data, "revoke", text.split("_")[1] if form == "id" else text)
    with pytest.raises(NotAllowed):
        recognised(data, text)


def test_tokens_are_listed_without_their_secrets(data: Path) -> None:
    texts = [run(data, "create", "--service", "job-portal").stdout.strip() for _ in range(2)]
    ids = [text.split("_")[1] for text in texts]
    run(data, "revoke", ids[0])
    listed = run(data, "list", "--json").stdout
    assert [(row["id"], row["service_ids"], row["revoked_at"] is None) for row in json.loads(listed)] == [
        (ids[0], ["job-portal"], False),
        (ids[1], ["job-portal"], True),
    ]
    assert not any(text.split("_", 2)[2] in listed for text in texts)
    assert [line.split()[0] for line in run(data, "list").stdout.splitlines()] == ids


def test_a_service_that_is_not_there_is_refused_with_the_choice(data: Path) -> None:
    with pytest.raises(NotFound) as caught:
        run(data, "create", "--service", "nobody")
    assert "job-portal, pensions" in caught.value.hint
    assert json.loads(run(data, "list", "--json").stdout) == []


def test_a_token_that_is_not_there_cannot_be_revoked(data: Path) -> None:
    with pytest.raises(NotFound, match="none of that id"):
        run(data, "revoke", "0123")


def test_making_and_ending_a_token_are_entries_of_the_log(data: Path) -> None:
    text = run(data, "create", "--service", "job-portal").stdout.strip()
    token_id = text.split("_")[1]
    run(data, "revoke", token_id)

    register = open_register(data)
    entries = [entry for entry in in_look(register).log.entries() if entry.kind.startswith("token-")]
    register.close()
    assert [entry.kind for entry in entries] == ["token-created", "token-revoked"]
    assert [json.loads(entry.body) for entry in entries] == [{"services": ["job-portal"], "token": token_id}] * 2
    assert text.split("_", 2)[2] not in str(entries)


def test_a_token_may_be_for_some_signals_only_and_says_so_everywhere(data: Path) -> None:
    made = run(data, "create", "--service", "job-portal", "--signal", "probes, logs")
    run(data, "create", "--service", "job-portal")
    assert "may send logs, probes for job-portal" in made.stderr
    listed = {row["id"]: row["signals"] for row in json.loads(run(data, "list", "--json").stdout)}
    assert listed[made.stdout.split("_")[1]] == ["logs", "probes"]
    assert ["logs", "traces", "metrics", "access-log", "probes"] in listed.values()
    lines = run(data, "list").stdout
    assert "  logs,probes  job-portal" in lines
    assert "  all signals  job-portal" in lines
    register = open_register(data)
    entries = [json.loads(entry.body) for entry in in_look(register).log.entries() if entry.kind == "token-created"]
    register.close()
    assert [entry.get("signals") for entry in entries] == [["logs", "probes"], None]


@pytest.mark.parametrize("signals", ["", "logs,everything", "Logs"])
def test_a_signal_that_is_none_is_refused_with_the_choice(data: Path, signals: str) -> None:
    with pytest.raises(BadInput) as caught:
        run(data, "create", "--service", "job-portal", "--signal", signals)
    assert "logs, traces, metrics, access-log, probes" in caught.value.hint


def test_a_place_of_checks_gets_a_token_that_names_it(data: Path) -> None:
    result = run(data, "create", "--vantage", "busan")
    assert "may send probes for vantage busan" in result.stderr
    assert recognised(data, result.stdout.strip()) is None
    assert json.loads(run(data, "list", "--json").stdout)[0]["vantage"] == "busan"
    assert "vantage busan" in run(data, "list").stdout


def test_the_log_tells_which_tokens_vote(data: Path) -> None:
    run(data, "create", "--vantage", "busan")
    register = open_register(data)
    assert b'"vantage":"busan"' in in_look(register).log.entries_of_kind("token-created")[0].body
    register.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), BadInput),
        (("--vantage", "busan", "--service", "job-portal"), BadInput),
        (("--vantage", ""), BadInput),
        (("--vantage", "x" * 65), BadInput),
        (("--vantage", " busan"), BadInput),
        (("--vantage", "a\nb"), BadInput),
        (("--vantage", "observatory"), Conflict),
    ],
)
def test_a_token_is_of_services_or_of_a_place_that_can_be_shown(data: Path, arguments: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        run(data, "create", *arguments)
    assert json.loads(run(data, "list", "--json").stdout) == []
