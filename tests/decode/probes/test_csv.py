"""Probe results become rows; what cannot be used is counted and named."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.decode.probes.csv import decode_rows
from observatory.errors import BadInput
from observatory.model.columns import NO_DURATION, ProbeName

HEADER = "checked_at,service,state,http_status,response_ms"


def test_a_real_history_is_read_whole(shared_data: Path) -> None:
    rows = decode_rows((shared_data / "probe_checks_curc.csv").read_bytes())
    assert len(rows) == rows.lines_read == 13_617
    assert rows.refused == {}
    assert int(rows.ok.sum()) == 12_871
    assert ProbeName("⛰️🚪 Alpine Login Node SSH (TCP Reachability)") in rows.names
    assert rows.checked_ms[0] == 1_778_433_211_000


def test_a_row_keeps_time_state_status_and_duration() -> None:
    rows = decode_rows(f"{HEADER}\n2026-05-10T17:13:31+09:00,portal,down,503,12.5\n2026-05-10T08:13:31Z,portal,up,,\n")
    assert rows.checked_ms.tolist() == [1_778_400_811_000, 1_778_400_811_000]
    assert rows.ok.tolist() == [False, True]
    assert rows.status.tolist() == [503, 0]
    assert rows.duration_us.tolist() == [12_500, NO_DURATION]
    assert rows.names == (ProbeName("portal"),)


def test_columns_may_come_in_any_order_with_marks_and_quotes() -> None:
    text = (
        '\ufeffmenu,Response_ms,extra,http_status,state,service,checked_at\r\nsearch,5,x,200,UP,"Jobs, Inc ""A""",2026-05-10T00:00:00Z\r\n'
    )
    rows = decode_rows(text.encode())
    assert rows.names == (ProbeName('Jobs, Inc "A"', "search"),)
    assert rows.ok.tolist() == [True]


def test_rows_that_cannot_be_used_are_counted_with_the_first_line() -> None:
    lines = [
        HEADER,
        "2026-05-10T17:13:31Z,a,up,200,1",
        "yesterday,a,up,200,1",
        "2026-05-10T17:13:31,a,up,200,1",
        "2026-05-10T17:13:31Z,,up,200,1",
        "2026-05-10T17:13:31Z,a,maybe,200,1",
        "",
        "2026-05-10T17:13:31Z,a,up,2000,1",
        "2026-05-10T17:13:31Z,a,up,200,-1",
        "2026-05-10T17:13:31Z,a,up,200,nan",
        "2026-05-10T17:13:31Z,a,up",
    ]
    rows = decode_rows("\n".join(lines))
    assert rows.refused == {
        "bad_checked_at": 2,
        "bad_service": 1,
        "bad_state": 1,
        "bad_http_status": 1,
        "bad_response_ms": 2,
        "missing_field": 1,
    }
    assert rows.first_refused_line == {
        "bad_checked_at": 3,
        "bad_service": 5,
        "bad_state": 6,
        "bad_http_status": 8,
        "bad_response_ms": 9,
        "missing_field": 11,
    }
    assert (rows.lines_read, len(rows)) == (9, 1)


def test_a_part_of_a_file_is_read_with_the_header_of_the_whole() -> None:
    rows = decode_rows("2026-05-10T17:13:31Z,a,up,200,1\nbad,a,up,200,1\n", header=HEADER, first_line=500)
    assert len(rows) == 1
    assert rows.first_refused_line == {"bad_checked_at": 501}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no column checked_at, service, state, http_status, response_ms"),
        (b"checked_at,service,state,response_ms\n", "no column http_status"),
        (HEADER.encode() + b"\nx\xff", "no UTF-8 in line 2"),
        (HEADER.encode() + b'\n"x', "at line 2"),
    ],
)
def test_a_file_that_is_no_probe_results_is_refused_whole(data: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        decode_rows(data)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rows = decode_rows(f"{HEADER}\n{text}")
    except BadInput:
        return
    assert len(rows) + sum(rows.refused.values()) == rows.lines_read
    assert np.all(rows.name_index < len(rows.names))
