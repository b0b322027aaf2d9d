"""Lines of an access log come in by service; what cannot be read is counted with its first line."""

from pathlib import Path

import pytest

from tests.receive.doors import Doors

PATH = "/v1/access-log?service=job-portal&format=common"
TEXT = "text/plain"
LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}
LINE = b'198.51.100.1 - - [20/Nov/2026:02:59:00 +0000] "GET /jobs HTTP/1.1" %d 12\n'
OLD = b'198.51.100.1 - - [01/Nov/2026:02:59:00 +0000] "GET /jobs HTTP/1.1" 200 12\n'


def test_lines_are_stored_and_bad_ones_told_by_number(doors: Doors) -> None:
    answer = doors.post(PATH, LINE % 200 + b"nonsense\n" + LINE % 500, TEXT)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["lines_read"], told["accepted"], told["duplicate"]) == (3, 2, False)
    [(reason, count)] = told["refused"].items()
    assert (count, told["first_refused_line"]) == (1, {reason: 2})
    assert doors.count() == 2


def test_a_last_line_without_its_end_is_a_line(doors: Doors) -> None:
    assert doors.post(PATH, (LINE % 200).rstrip(), TEXT).get_json()["accepted"] == 1


def test_compressed_lines_are_lines(doors: Doors) -> None:
    assert doors.post_gzip(PATH, LINE % 200 + LINE % 500, TEXT).get_json()["accepted"] == 2
    assert doors.post(PATH, b"no gzip", TEXT, headers={"Content-Encoding": "gzip"}).status_code == 400
    assert doors.count() == 2


def test_the_same_lines_again_are_counted_once(doors: Doors) -> None:
    answers = [doors.post(PATH, LINE % 200, TEXT).get_json()["duplicate"] for _ in range(2)]
    assert answers == [False, True]
    assert doors.count() == 1


def test_old_lines_are_refused_from_the_network_and_welcome_from_this_host(doors: Doors) -> None:
    assert doors.post(PATH, OLD, TEXT).get_json()["rejected"] == {"too_late": 1}
    assert doors.post(PATH, OLD, TEXT, token=doors.admin, environ_base=LOOPBACK).get_json()["accepted"] == 1


def test_a_real_log_is_read_whole(doors: Doors, shared_data: Path) -> None:
    log = (shared_data / "access_combined_2015.log").read_bytes()
    answer = doors.post("/v1/access-log?service=job-portal", log, TEXT, token=doors.admin, environ_base=LOOPBACK).get_json()
    assert (answer["lines_read"], answer["accepted"], answer["refused"]) == (10_000, 10_000, {})


@pytest.mark.parametrize(
    ("path", "media", "status"),
    [
        ("/v1/access-log", TEXT, 400),
        ("/v1/access-log?service=job-portal&format=w3c", TEXT, 400),
        ("/v1/access-log?service=job-portal&kind=common", TEXT, 400),
        ("/v1/access-log?service=pensions", TEXT, 403),
        (PATH, "application/json", 415),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(doors: Doors, path: str, media: str, status: int) -> None:
    answer = doors.post(path, LINE % 200, media)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert doors.count() == 0


def test_a_service_that_is_not_there_is_not_found(doors: Doors) -> None:
    answer = doors.post("/v1/access-log?service=nobody", LINE % 200, TEXT, token=doors.admin, environ_base=LOOPBACK)
    assert answer.status_code == 404


def position(offset: int, file_id: str = "ab" * 32) -> dict[str, str]:
    return {"X-Observatory-Import-File": file_id, "X-Observatory-Import-Offset": str(offset)}


def test_a_part_of_a_file_is_stored_once_by_its_position(doors: Doors) -> None:
    def send(offset: int) -> bool:
        answer = doors.post(PATH, LINE % 200, TEXT, token=doors.admin, headers=position(offset), environ_base=LOOPBACK)
        duplicate: bool = answer.get_json()["duplicate"]
        return duplicate

    assert [send(80), send(80), send(160), send(100)] == [False, True, False, True]
    assert doors.parts.telemetry.position(bytes.fromhex("ab" * 32)) == 160
    assert doors.count() == 2


def test_a_position_is_the_folders_own_business(doors: Doors) -> None:
    assert doors.post(PATH, LINE % 200, TEXT, headers=position(80)).status_code == 403
    assert doors.count() == 0


@pytest.mark.parametrize(
    "headers", [position(80, "xyz"), position(80, "ab"), {"X-Observatory-Import-File": "ab" * 32}, position(-1), position(10**20)]
)
def test_a_position_that_makes_no_sense_is_refused(doors: Doors, headers: dict[str, str]) -> None:
    answer = doors.post(PATH, LINE % 200, TEXT, token=doors.admin, headers=headers, environ_base=LOOPBACK)
    assert answer.status_code == 400
