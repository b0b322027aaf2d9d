"""Witnesses are asked for what they have not signed, from where they are; what they fail at is said, and tried again later."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask

from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.parts import Parts
from observatory.settings import Settings
from observatory.store.opening import head_note_of
from observatory.transparency.cosignature import seconds_of
from observatory.transparency.note import Note
from observatory.transparency.policy import Policy
from observatory.web.context import parts_of
from observatory.workers.ask_witnesses import ASKED_AGAIN_AFTER, COSIGNED_AGAIN_AFTER, AskWitnesses
from tests.moments import NOW
from tests.people import SteppingClock
from tests.registers import in_change
from tests.witnesses import RunningWitness

pytestmark = pytest.mark.network


@pytest.fixture
def parts(app: APIFlask) -> Parts:
    """An application with two entries in its log: the first is of its keys."""
    found = parts_of(app)
    object.__setattr__(found, "now", SteppingClock(NOW))
    append(found, 1)
    return found


@pytest.fixture
def witness(parts: Parts, tmp_path: Path) -> Iterator[RunningWitness]:
    started = RunningWitness(tmp_path / "witness", "witness.or.kr", parts.get(SignedLog).signer.signers(NOW)[0].vkey)
    yield started
    started.kill()


def append(parts: Parts, count: int) -> None:
    for number in range(count):
        in_change(parts.register).log.append(NewEntry("test", b"%d" % number, NOW))


def under(parts: Parts, settings: Settings, line: str) -> SignedLog:
    """Let a witness of a policy be the one that has to sign."""
    policy = Policy.parse(f"{line}\nquorum w\n")
    return parts.add(SignedLog(parts.register, parts.keys, head_note_of(settings.data), policy=policy))


def test_a_witness_is_asked_once_for_each_size_and_from_where_it_is(parts: Parts, settings: Settings, witness: RunningWitness) -> None:
    log = under(parts, settings, witness.policy_line("w"))
    assert log.witnessed_size(NOW) == 0
    step = AskWitnesses()
    assert step(parts) is False
    assert log.witnessed_size(NOW) == 2
    append(parts, 3)
    assert log.witnessed_size(NOW) == 2
    restarted = AskWitnesses()
    for each in (restarted, restarted, step):
        each(parts)
    assert log.witnessed_size(NOW) == 5
    assert len(Note.parse(log.note(NOW)).signatures) == 2


def test_a_log_that_rests_is_cosigned_anew_every_day(parts: Parts, settings: Settings, witness: RunningWitness) -> None:
    log, step, clock = under(parts, settings, witness.policy_line("w")), AskWitnesses(), parts.now
    assert isinstance(clock, SteppingClock)
    first = cosigned_at(log, step, parts)
    time.sleep(1.1)
    assert cosigned_at(log, step, parts) == first
    clock.moment = datetime.fromtimestamp(first, UTC) + COSIGNED_AGAIN_AFTER
    assert cosigned_at(log, step, parts) > first


def cosigned_at(log: SignedLog, step: AskWitnesses, parts: Parts) -> int:
    """Return when the witness says it had seen the log, once the step was taken."""
    step(parts)
    return seconds_of(Note.parse(log.note(parts.now())).signatures[1])


def test_a_signature_that_does_not_fit_counts_for_nothing(
    parts: Parts, settings: Settings, witness: RunningWitness, tmp_path: Path
) -> None:
    other = RunningWitness(tmp_path / "other", "witness.or.kr", parts.get(SignedLog).signer.signers(NOW)[0].vkey)
    other.kill()
    log = under(parts, settings, f"witness w {other.key} {witness.url}")
    AskWitnesses()(parts)
    assert log.witnessed_size(NOW) == 0


def test_a_witness_that_is_away_is_asked_again_later(parts: Parts, settings: Settings, witness: RunningWitness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        closed = f"http://127.0.0.1:{place.getsockname()[1]}"
    log, step, clock = under(parts, settings, f"witness w {witness.key} {closed}"), AskWitnesses(), parts.now
    assert isinstance(clock, SteppingClock)
    step(parts)
    log = under(parts, settings, witness.policy_line("w"))
    step(parts)
    assert log.witnessed_size(clock()) == 0
    clock.moment += ASKED_AGAIN_AFTER + timedelta(seconds=1)
    step(parts)
    assert log.witnessed_size(clock()) == 2
