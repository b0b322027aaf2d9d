"""Whatever happens to a log, every line of it comes out once, in pieces with a position to go on from."""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from observatory.errors import Conflict
from observatory.importing.followed_log import QUIET_SECONDS, TAILS_MAX, FollowedLog
from observatory.importing.line_file import open_lines


class Following:
    """A log, what its server has stored of it, and a follower that may be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "access.log"
        self.positions: dict[bytes, int] = {}
        self.seen: list[str] = []
        self.clock = 0.0
        self.start()

    def start(self) -> None:
        """Begin to follow, as a new process would."""
        self.log = FollowedLog(self.path, "log\nportal", lambda file_id: self.positions.get(file_id, 0))

    def restart(self) -> None:
        self.log.close()
        self.start()

    def write(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)

    def look(self, seconds: float = 0.5) -> None:
        """Look once, without storing anything."""
        self.clock += seconds
        self.log.look(self.clock)

    def store(self, seconds: float = 0.5) -> list[str]:
        """Look once and store all there is; return every line stored so far."""
        self.look(seconds)
        for tail in self.log.tails:
            while piece := tail.next_piece():
                assert piece.end_offset > self.positions.get(tail.file_id, 0)
                self.positions[tail.file_id] = piece.end_offset
                self.seen += piece.lines.decode().splitlines()
                tail.note_stored()
        return self.seen


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Following]:
    found = Following(tmp_path)
    yield found
    found.log.close()


def test_lines_come_as_they_are_written(following: Following) -> None:
    following.write("a\nb\n")
    assert following.store() == ["a", "b"]
    following.write("c\n")
    assert following.store() == ["a", "b", "c"]


def test_a_log_that_is_not_there_yet_is_waited_for(following: Following) -> None:
    assert following.store() == []
    following.write("a\n")
    assert following.store() == ["a"]


def test_a_line_being_written_waits_for_its_end(following: Following) -> None:
    following.write("a")
    assert following.store() == []
    following.write("b\nc")
    assert following.store() == ["ab"]
    following.write("\n")
    assert following.store() == ["ab", "c"]


def test_what_is_not_stored_is_offered_again(following: Following) -> None:
    following.write("a\n")
    following.look()
    following.write("b\n")
    following.look()
    assert following.store() == ["a", "b"]


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_beginning(following: Following) -> None:
    following.write("a\n")
    following.store()
    following.write("b\n")
    old = following.path.rename(following.path.with_name("access.log.1"))
    following.write("x\n")
    assert following.store() == ["a", "b", "x"]
    with old.open("a") as file:
        file.write("c\n")
    following.write("y\n")
    assert following.store() == ["a", "b", "x", "c", "y"]


def test_a_renamed_log_is_let_go_once_it_is_quiet_and_its_last_line_taken(following: Following) -> None:
    following.write("a\nb")
    following.store()
    following.path.rename(following.path.with_name("access.log.1"))
    following.write("x\n")
    assert following.store() == following.store() == ["a", "x"]
    assert following.store(QUIET_SECONDS) == ["a", "x", "b"]
    following.look()
    assert len(following.log.tails) == 1


def test_a_log_that_is_renamed_back_goes_on(following: Following) -> None:
    following.write("a\n")
    following.store()
    away = following.path.rename(following.path.with_name("access.log.1"))
    for _ in range(3):
        following.store(QUIET_SECONDS + 1)
    away.rename(following.path)
    following.write("b\n")
    assert following.store() == ["a", "b"]


def test_several_rotations_while_nothing_can_be_stored_lose_nothing(following: Following) -> None:
    for number in range(5):
        following.write(f"{number}\n")
        following.look()
        following.path.rename(following.path.with_name(f"access.log.{number}"))
    following.write("5\n")
    assert following.store() == ["0", "1", "2", "3", "4", "5"]


def test_more_rotations_than_files_may_be_open_lose_nothing(following: Following) -> None:
    count = TAILS_MAX + 5
    for number in range(count):
        following.write(f"{number}\n")
        os.utime(following.path, (number, number))
        following.look()
        following.path.rename(following.path.with_name(f"access.log.{count - number}"))
    following.write("last\n")
    for _ in range(3):
        following.store()
        following.store(QUIET_SECONDS + 1)
    assert sorted(following.seen) == sorted(["last", *map(str, range(count))])


def test_an_emptied_log_starts_over(following: Following) -> None:
    following.write("a\nb\n")
    following.store()
    os.truncate(following.path, 0)
    assert following.store() == ["a", "b"]
    following.write("x\n")
    assert following.store() == ["a", "b", "x"]


def test_an_emptied_log_that_outgrew_what_was_read_starts_over(following: Following) -> None:
    following.write("a\n")
    following.store()
    os.truncate(following.path, 0)
    following.write("longer than before\nand one more\n")
    assert following.store() == ["a", "longer than before", "and one more"]


def test_an_emptied_log_that_begins_like_before_starts_over(following: Following) -> None:
    for _ in range(3):
        following.write("same\nsame\n")
        following.store()
        os.truncate(following.path, 0)
        following.store()
    following.write("same\n")
    assert following.store() == ["same"] * 7
    following.restart()
    assert following.store() == ["same"] * 7


def test_a_copy_made_before_emptying_has_what_was_written_last(following: Following) -> None:
    following.write("a\n")
    following.store()
    following.write("b\n")
    shutil.copy2(following.path, following.path.with_name("access.log.1"))
    os.truncate(following.path, 0)
    following.write("x\n")
    assert following.store() == ["a", "b", "x"]


def test_pieces_of_an_emptied_log_that_wait_are_stored_or_read_from_its_copy(following: Following) -> None:
    following.write("a\n")
    following.look()
    assert following.log.tails[0].next_piece()
    shutil.copy2(following.path, following.path.with_name("access.log.1"))
    os.truncate(following.path, 0)
    following.write("x\n")
    assert following.store() == ["a", "x"]
    following.write("y\n")
    following.look()
    assert following.log.tails[-1].next_piece()
    os.truncate(following.path, 0)
    following.write("z\n")
    following.store()
    assert following.store() == ["a", "x", "y", "z"]


def test_a_new_follower_goes_on_where_the_last_one_stopped(following: Following) -> None:
    following.write("a\nb\n")
    following.store()
    following.restart()
    following.write("c\n")
    assert following.store() == ["a", "b", "c"]


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_rotated_while_nobody_looked_is_found(following: Following, packed: bool) -> None:
    following.write("a\n")
    following.store()
    following.log.close()
    for number, name in enumerate(["access.log.2", "access.log.1"]):
        following.write(f"{number}\n")
        os.utime(following.path, (number, number))
        old = following.path.rename(following.path.with_name(name))
        if packed:
            old.with_name(f"{name}.gz").write_bytes(gzip.compress(old.read_bytes()))
            os.utime(old.with_name(f"{name}.gz"), (number, number))
            old.unlink()
    following.write("x\n")
    following.start()
    assert following.store() == ["a", "0", "1", "x"]


def test_files_beside_a_log_that_nobody_knows_are_left_alone(following: Following) -> None:
    for name in ("access.log.1", "access.log.old", "other.log"):
        following.path.with_name(name).write_text("before\n")
    following.write("a\n")
    assert following.store() == ["a"]


def test_a_log_that_another_import_reads_is_left_to_it(following: Following) -> None:
    following.write("a\n")
    with open_lines(following.path) as file:
        file.hold()
        with pytest.raises(Conflict):
            following.look()
    assert following.store() == ["a"]
