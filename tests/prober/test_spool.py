"""What an agent saw waits in files: whole lines, each batch the same whenever it is sent, never more than there is room for."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from observatory.errors import BadSettings, Conflict
from observatory.prober.agent.spool import FILE_BYTES_MAX, SPOOL_BYTES_MAX, Spool
from tests.moments import NOW

LINES = [b'{"n": %d}' % number for number in range(3)]


def sent(spool: Spool) -> list[tuple[int, list[object]]]:
    """Return everything that waits, as it would be sent."""
    batches = []
    while (batch := spool.oldest()) is not None:
        assert spool.oldest() == batch
        batches.append((batch.number, json.loads(batch.body)))
        spool.remove(batch)
    return batches


def test_what_comes_while_nobody_sends_is_one_batch_and_what_comes_after_another(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOW)
    spool.keep(LINES[:1])
    spool.keep(LINES[1:2])
    first = spool.oldest()
    spool.keep(LINES[2:])
    assert first is not None
    assert spool.oldest() == first
    assert sent(spool) == [(1, [{"n": 0}, {"n": 1}]), (2, [{"n": 2}])]


def test_an_agent_that_starts_again_sends_what_the_one_before_left_under_its_numbers(tmp_path: Path) -> None:
    before = Spool(tmp_path / "spool", NOW)
    before.keep(LINES[:2])
    left = before.oldest()
    [file] = (tmp_path / "spool").glob("*.jsonl")
    with file.open("ab") as half:
        half.write(b'{"n": 7')
    (tmp_path / "again").mkdir()
    file.rename(tmp_path / "again" / file.name)
    after = Spool(tmp_path / "again", NOW + timedelta(seconds=1))
    after.keep(LINES[2:])
    batch = after.oldest()
    assert left is not None
    assert batch is not None
    assert (batch.series, batch.number, batch.body) == (left.series, left.number, left.body)
    assert [lines for _, lines in sent(after)] == [[{"n": 0}, {"n": 1}], [{"n": 2}]]


@pytest.mark.parametrize("left", [b"", b"\n", b"\x00" * 100 + b"\n", b"[" * 100_000 + b"\n", b"\xff\xfe\n"])
def test_what_a_crash_left_is_no_line(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "20261120030000000000-ab-0000000001.jsonl").write_bytes(b"1\n" + left + b"2\n")
    assert sent(Spool(tmp_path, NOW)) == [(1, [1, 2])] or not left.endswith(b"\n")


def test_of_more_than_there_is_room_for_the_oldest_is_given_up_and_that_is_said(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOW)
    line = b'"' + b"x" * FILE_BYTES_MAX + b'"'
    with capture_logs() as told:
        for _ in range(SPOOL_BYTES_MAX // FILE_BYTES_MAX + 2):
            spool.keep([line])
    assert sum(file.stat().st_size for file in tmp_path.glob("*.jsonl")) <= SPOOL_BYTES_MAX + len(line)
    oldest = spool.oldest()
    assert oldest is not None
    assert oldest.number > 1
    assert {event["event"] for event in told} == {"checks are given up: too many wait to be sent"}


def test_two_agents_never_have_one_folder(tmp_path: Path) -> None:
    _held = Spool(tmp_path, NOW)
    with pytest.raises(Conflict):
        Spool(tmp_path, NOW)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings):
        Spool(tmp_path / "file", NOW)


def test_what_is_to_be_checked_is_remembered(tmp_path: Path) -> None:
    spool = Spool(tmp_path, NOW)
    assert spool.remembered() is None
    spool.remember(b"{}")
    assert spool.remembered() == b"{}"
