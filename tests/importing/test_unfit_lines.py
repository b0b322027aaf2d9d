"""A log in another format than was said is refused before anything is stored, with what its lines look like and nothing in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatory.errors import BadInput
from observatory.importing.unfit_lines import refuse_unfit, shape_of
from tests.builders import a_catalogue
from tests.cli.test_imports import LINE, Folder

COMMON = '203.0.113.9 - hong [17/May/2015:10:05:03 +0000] "GET /mypage/홍길동?rrn=900101-1234567 HTTP/1.1" 200 12\n'
LINES = {
    "combined": COMMON.rstrip() + ' "-" "Firefox/130.0"\n',
    "combined+us or --format combined+ms or --format combined+s": COMMON.rstrip() + ' "-" "Firefox/130.0" 81234\n',
    "common": COMMON,
    "nginx-json": '{"time":"1700000000.123","status":"200","uri":"/mypage/홍길동"}\n',
}


@pytest.mark.parametrize(("fits", "line"), LINES.items(), ids=LINES)
def test_formats_that_fit_are_named(tmp_path: Path, fits: str, line: str) -> None:
    log = tmp_path / "access.log"
    log.write_text(line * 3, encoding="utf-8")
    with pytest.raises(BadInput, match="no line is of format alb, nothing was stored") as refused:
        refuse_unfit([log], "alb")
    assert refused.value.hint == f"say --format {fits}"
    for personal in ("홍길동", "hong", "900101", "1234567", "203.0", "mypage"):
        assert personal not in str(refused.value)


def test_the_shape_is_shown(tmp_path: Path) -> None:
    assert shape_of(COMMON.encode()) == '0.0.0.0 - a [0/a/0:0:0:0 +0] "a /a/a?a=0-0 a/0.0" 0 0'
    assert shape_of(b"\xff\xfe \x00\x1b[31m") == "? ?[0a"
    assert len(shape_of(b"a," * 5000)) < 200


@given(st.text())
def test_a_shape_tells_nothing(text: str) -> None:
    shape = shape_of(text.encode("utf-8", "surrogatepass"))
    assert set(shape) <= set("a0? !\"#$%&'()*+,-./:;<=>@[\\]^_`{|}~")


def test_lines_of_no_format_name_them_all(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text("hello world\n\n")
    with pytest.raises(BadInput, match="nothing was stored") as refused:
        refuse_unfit([log], "combined")
    assert refused.value.message.endswith("they look like: a a")
    assert refused.value.hint.startswith("the formats are combined, common")


def test_one_line_that_fits_is_enough_and_no_line_at_all_as_well(tmp_path: Path) -> None:
    fine, broken, empty = tmp_path / "1.log", tmp_path / "2.log", tmp_path / "3.log"
    fine.write_text("noise\n" * 10_000 + LINE.format(0, 200))
    broken.write_text("noise\n")
    empty.write_text("\n")
    refuse_unfit([broken, fine], "combined")
    refuse_unfit([empty], "combined")


def test_nothing_is_stored_so_that_the_right_format_finds_every_line_new(tmp_path: Path) -> None:
    folder, log = Folder(tmp_path / "data", a_catalogue()), tmp_path / "access.log"
    log.write_text("".join(LINE.format(minute, 200) for minute in range(3)))
    with pytest.raises(BadInput, match="say --format combined") as refused:
        folder.log(log, "--format", "nginx-json")
    assert f"{tmp_path}/data" in str(refused.value)
    assert folder.totals() in ({}, {"job-portal": 0})
    assert folder.log(log)["stored"] == 3
