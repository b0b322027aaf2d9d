"""A file is known by its beginning, goes on where it stopped, and comes in whole lines."""

import gzip
from pathlib import Path

import pytest

from observatory.errors import BadInput, Conflict
from observatory.importing.line_file import LINE_BYTES_MAX, PIECE_BYTES, Piece, Start, find_start, open_lines

LOG = "log\njob-portal"


def start_of(path: Path, stored: dict[bytes, int] | None = None, target: str = LOG) -> Start:
    with open_lines(path) as file:
        return find_start(file.beginning(), target, lambda file_id: (stored or {}).get(file_id, 0))


def read(path: Path, offset: int = 0) -> list[Piece]:
    with open_lines(path) as file:
        return list(file.skip_to(offset).pieces())


def a_file(folder: Path, content: bytes, name: str = "access.log") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_new_file_starts_at_its_first_line(tmp_path: Path) -> None:
    start = start_of(a_file(tmp_path, b"one\ntwo\n"))
    assert start.offset == 0


def test_a_file_that_grew_goes_on_behind_what_is_stored(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\ntwo\n")
    first = start_of(path)
    path.write_bytes(b"one\ntwo\n" + b"three\n" * 50_000)
    start = start_of(path, {first.file_id: 8})
    assert start == Start(first.file_id, 8)
    assert [(piece.first_line, piece.lines[:6]) for piece in read(path, start.offset)] == [(3, b"three\n")]


def test_a_file_is_known_under_another_name(tmp_path: Path) -> None:
    assert start_of(a_file(tmp_path, b"one\n" * 2000)).file_id == start_of(a_file(tmp_path, b"one\n" * 2000, "access.log.1")).file_id


@pytest.mark.parametrize("size", [10, 5000, 100_000])
def test_files_that_differ_soon_are_different_files(tmp_path: Path, size: int) -> None:
    ids = {start_of(a_file(tmp_path, beginning + b"x" * size + b"\n")).file_id for beginning in (b"a", b"b")}
    assert len(ids) == 2


def test_two_long_files_may_begin_with_the_same_line(tmp_path: Path) -> None:
    first = start_of(a_file(tmp_path, b"GET /health\n" + b"a\n" * 5000))
    second = start_of(a_file(tmp_path, b"GET /health\n" + b"b\n" * 5000), {first.file_id: 10_012})
    assert second.offset == 0


def test_a_file_for_another_service_is_another_import(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\n")
    assert start_of(path).file_id != start_of(path, target="log\npensions").file_id


def test_tables_with_the_same_header_are_told_apart(tmp_path: Path) -> None:
    ids = {start_of(a_file(tmp_path, b"checked_at,service\n" + row), target="probes\nimport").file_id for row in (b"1,a\n", b"2,b\n")}
    assert len(ids) == 2


def test_a_file_shorter_than_what_is_stored_of_it_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\n")
    with pytest.raises(BadInput, match="it has 4 bytes"):
        read(path, 400)


def test_pieces_are_whole_lines_and_miss_none(tmp_path: Path) -> None:
    content = b"".join(b"line %d %s\n" % (n, b"x" * (n % 300)) for n in range(80_000))
    path = a_file(tmp_path, content)
    found = read(path)
    assert len(found) > 2
    assert b"".join(piece.lines for piece in found) == content
    assert all(piece.lines.endswith(b"\n") and len(piece.lines) < 2 * PIECE_BYTES for piece in found)
    assert [piece.end_offset for piece in found][-1] == len(content)
    assert [piece.first_line for piece in found][1] == 1 + found[0].lines.count(b"\n")


def test_a_last_line_without_its_end_waits_until_it_is_asked_for(tmp_path: Path) -> None:
    with open_lines(a_file(tmp_path, b"one\ntw")) as file:
        assert [piece.lines for piece in file.pieces()] == [b"one\n"]
        assert file.has_unended_line
        assert file.last_piece() == Piece(b"tw", 2, 6)
        assert file.last_piece() is None


def test_what_is_added_while_a_file_is_open_comes_next(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\ntw")
    with open_lines(path) as file:
        list(file.pieces())
        with path.open("ab") as log:
            log.write(b"o\nthree\n")
        assert list(file.pieces()) == [Piece(b"two\nthree\n", 2, 14)]


def test_a_compressed_file_is_the_file_it_was(tmp_path: Path) -> None:
    content = b"".join(b"line %d\n" % n for n in range(9000))
    plain = a_file(tmp_path, content)
    packed = a_file(tmp_path, gzip.compress(content[:5000]) + gzip.compress(content[5000:]), "access.log.2.gz")
    assert start_of(packed) == start_of(plain)
    assert read(packed, 7) == read(plain, 7)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(b"one\n" * 9000)[:-20], id="cut off"),
        pytest.param(b"\x1f\x8b\x08rest", id="no header"),
        pytest.param(gzip.compress(b"one\n")[:-6] + b"wrong!", id="wrong checksum"),
    ],
)
def test_a_damaged_gzip_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"access\.log"):
        read(a_file(tmp_path, content))


def test_two_imports_do_not_read_a_file_at_once(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\n")
    with open_lines(path) as first, open_lines(path) as second:
        first.hold()
        with pytest.raises(Conflict):
            second.hold()


def test_a_line_without_end_is_refused_by_its_number(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\n" + b"x" * (2 * LINE_BYTES_MAX + PIECE_BYTES))
    with pytest.raises(BadInput, match="cannot read line 2"):
        read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        start_of(tmp_path / "nowhere.log")
