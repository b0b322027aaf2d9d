"""A file is known by its beginning, goes on where it stopped, and comes in whole lines."""

from pathlib import Path

import pytest

from observatory.cli.import_file import LINE_BYTES_MAX, PIECE_BYTES, Piece, Start, find_start, has_unended_line, open_lines, pieces
from observatory.errors import BadInput

LOG = "log\njob-portal"


def start_of(path: Path, stored: dict[bytes, int] | None = None, target: str = LOG) -> Start:
    with open_lines(path) as file:
        return find_start(file, path, target, lambda file_id: (stored or {}).get(file_id, 0))


def read(path: Path, start: Start, *, take_unended: bool = False) -> list[Piece]:
    with open_lines(path) as file:
        return list(pieces(file, start, take_unended=take_unended))


def a_file(folder: Path, content: bytes, name: str = "access.log") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_new_file_starts_at_its_first_line(tmp_path: Path) -> None:
    start = start_of(a_file(tmp_path, b"one\ntwo\n"))
    assert (start.offset, start.first_line) == (0, 1)


def test_a_file_that_grew_goes_on_behind_what_is_stored(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\ntwo\n")
    first = start_of(path)
    path.write_bytes(b"one\ntwo\n" + b"three\n" * 50_000)
    start = start_of(path, {first.file_id: 8})
    assert (start.file_id, start.offset, start.first_line) == (first.file_id, 8, 3)


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
    with pytest.raises(BadInput, match="4"):
        start_of(path, {start_of(path).file_id: 400})


def test_pieces_are_whole_lines_and_miss_none(tmp_path: Path) -> None:
    content = b"".join(b"line %d %s\n" % (n, b"x" * (n % 300)) for n in range(20_000))
    path = a_file(tmp_path, content)
    found = read(path, start_of(path))
    assert len(found) > 2
    assert b"".join(piece.lines for piece in found) == content
    assert all(piece.lines.endswith(b"\n") and len(piece.lines) < 2 * PIECE_BYTES for piece in found)
    assert [piece.end_offset for piece in found][-1] == len(content)
    assert [piece.first_line for piece in found][1] == 1 + found[0].lines.count(b"\n")


@pytest.mark.parametrize(("take_unended", "expected"), [(False, [b"one\n"]), (True, [b"one\n", b"tw"])])
def test_a_last_line_without_its_end_waits_unless_asked_for(tmp_path: Path, take_unended: bool, expected: list[bytes]) -> None:
    path = a_file(tmp_path, b"one\ntw")
    assert [piece.lines for piece in read(path, start_of(path), take_unended=take_unended)] == expected


@pytest.mark.parametrize(("content", "expected"), [(b"", False), (b"a\n", False), (b"a", True)])
def test_a_line_without_its_end_is_noticed(tmp_path: Path, content: bytes, expected: bool) -> None:
    with open_lines(a_file(tmp_path, content)) as file:
        assert has_unended_line(file) is expected


def test_a_line_without_end_is_refused_by_its_number(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"one\n" + b"x" * (2 * LINE_BYTES_MAX + PIECE_BYTES))
    with pytest.raises(BadInput, match="cannot read line 2"):
        read(path, start_of(path))


def test_a_compressed_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="gunzip"):
        start_of(a_file(tmp_path, b"\x1f\x8b\x08rest"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        start_of(tmp_path / "nowhere.log")
