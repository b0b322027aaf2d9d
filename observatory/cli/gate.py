"""Ask the release gate, and change its rules: `observatory gate`."""

import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from observatory import clock
from observatory.cli.options import json_option, with_register, with_settings
from observatory.cli.release import digest_option, environment_option, service_option
from observatory.errors import BadInput, NotFound
from observatory.flows.gate import change_policy, decided, in_force
from observatory.flows.log_checking import check_log
from observatory.flows.log_witnesses import witnessed_of_folder
from observatory.flows.release_history import KnownHistory
from observatory.readmodel.bundles import decide_offline, read_bundle
from observatory.settings import Settings
from observatory.signoff.gate import GateAnswer, GateQuestion
from observatory.signoff.gate_policy import GatePolicy
from observatory.store.log_policy_file import read_log_policy
from observatory.store.opening import open_register, prepare_folder, signed_head_of
from observatory.store.register import RegisterStore

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
ALLOWED, DENIED, UNDECIDED = 0, 1, 2
ANSWER_SECONDS_MAX = 30.0
ANSWER_BYTES_MAX = 1 << 20


@click.group()
def gate() -> None:
    """Ask whether a release may be opened to the public, and say by which rules."""


@gate.command()
@service_option
@digest_option
@environment_option
@click.option("--url", metavar="SERVER", default="", help="Ask this observatory instead of the data folder of this host.")
@click.option("--offline", metavar="BUNDLE", type=FILE, help="Ask nobody: decide by the bundle of a certificate, not older than a day.")
@click.option("--trust", metavar="POLICY", type=FILE, help="With --offline: file with the log's key and who must have witnessed it.")
@json_option
@with_settings
def check(  # noqa: PLR0913 - one for each option
    settings: Settings, *, service_id: str, digest: str, environment: str, url: str, offline: Path | None, trust: Path | None, as_json: bool
) -> None:
    """Exit 0 if it may be opened, 1 if not, 2 if that could not be decided. Whatever goes wrong is no yes."""
    try:
        question, now = GateQuestion(service_id, digest, environment), clock.now()
        if offline is not None:
            told = _read_from(offline, trust, question, now)
        else:
            told = _asked(url, question, now) if url else _looked_up(settings, question, now)
    except Exception as error:  # noqa: BLE001 - a pipeline has to be told apart "no" and "nobody knows"
        click.echo(f"observatory: cannot decide: {error}", err=True)
        sys.exit(UNDECIDED)
    codes = ", ".join(reason["code"] for reason in told["reasons"]) or "open"
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{told['decision']}: {codes}")
    sys.exit(ALLOWED if told["decision"] == "allow" else DENIED)


@gate.command()
@click.option("--passkey/--no-passkey", default=None, help="Put in force that sign-offs need a passkey, or that they do not.")
@json_option
@with_register
def policy(register: RegisterStore, *, passkey: bool | None, as_json: bool) -> None:
    """Show the rules in force, or put others in force for what is frozen from now on."""
    if passkey is not None:
        change_policy(register, GatePolicy(("frozen-release", "executive-signoff", *(("passkey",) if passkey else ()))), clock.now())
    found = in_force(KnownHistory(register).look())
    told = {"version": found.version, "digest": found.digest, "requires": [*found.requires]}
    click.echo(json.dumps(told) if as_json else f"{found.version}  {found.digest}  requires {' '.join(found.requires)}")


def _looked_up(settings: Settings, question: GateQuestion, now: datetime) -> dict[str, Any]:
    """Return what the log of this host says, checked whole and against what its server signed last."""
    keys = prepare_folder(settings.data, key_file=settings.outside_key, create=False)
    signed = signed_head_of(settings.data, settings.outside_key)
    register = open_register(settings.data)
    try:
        if register.catalogue().service(question.service) is None:
            raise NotFound(f"cannot find service {question.service!r}", "list them: observatory catalogue show")
        report = check_log(register, [signed.head] if signed is not None else [])
        witnessed = witnessed_of_folder(register, keys, read_log_policy(settings.log_policy), report.size, now)
        return _told(decided(KnownHistory(register), question, now, sound=report.broken is None, witnessed_size=witnessed).answer)
    finally:
        register.close()


def _read_from(bundle: Path, trust: Path | None, question: GateQuestion, now: datetime) -> dict[str, Any]:
    """Return what a bundle says to whoever trusts these keys."""
    if trust is None:
        raise BadInput("a bundle proves nothing by itself", "name the log's key in a file, with --trust POLICY")
    policy = read_log_policy(str(trust))
    assert policy is not None
    found = decide_offline(read_bundle(bundle.read_bytes()), question, policy, now)
    return _told(found.answer) | {"log": {"origin": found.origin, "tree_size": found.tree_size}}


def _told(answer: GateAnswer) -> dict[str, Any]:
    def moment(at: datetime) -> str:
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    return {
        "service": answer.question.service,
        "digest": answer.question.digest,
        "environment": answer.question.environment,
        "decision": answer.decision,
        "reasons": [{"code": code} for code in answer.reasons],
        "signoff": answer.signoff and answer.signoff.index,
        "break_glass": answer.break_glass and answer.break_glass.index,
        "evaluated_at": moment(answer.evaluated_at),
        "valid_until": answer.valid_until and moment(answer.valid_until),
    }


def _asked(server: str, question: GateQuestion, now: datetime) -> dict[str, Any]:
    """Return what an observatory answers. Raises whatever keeps it from a sound answer to this very question."""
    if not server.startswith(("https://", "http://")):
        raise BadInput(f"cannot ask {server!r}", "give the address of an observatory")
    asked = {"service": question.service, "digest": question.digest, "environment": question.environment}
    told: dict[str, Any] = json.loads(_fetch(f"{server.rstrip('/')}/api/v1/gate?{urlencode(asked)}"))
    if {name: told[name] for name in asked} != asked or told["decision"] not in ("allow", "deny"):
        raise BadInput("the answer is not one to this question", "check the address")
    if told["decision"] == "allow" and datetime.fromisoformat(told["valid_until"]) <= now:
        raise BadInput("the answer is no longer valid", "check the clocks")
    return told


def _fetch(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS_MAX) as response:  # noqa: S310 - http and https alone
            body: bytes = response.read(ANSWER_BYTES_MAX)
            return body
    except urllib.error.HTTPError as error:
        with error:
            raise BadInput(f"the observatory answers {error.code}", "ask again, or look at its log") from None
