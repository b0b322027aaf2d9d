"""A folder has one owner at a time; everybody can ask who that is and where it listens."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import pytest

from observatory.errors import BadSettings
from observatory.store.opening import FolderOwner, folder_owner, own_folder

OWN_AND_WAIT = """
import sys
from pathlib import Path
from observatory.store.opening import own_folder
lock = own_folder(Path(sys.argv[1]))
print("owned", flush=True)
sys.stdin.read()
"""


def test_a_folder_nobody_owns_has_no_owner(tmp_path: Path) -> None:
    assert folder_owner(tmp_path) is None
    own_folder(tmp_path).release()
    assert folder_owner(tmp_path) is None


def test_the_owner_is_known_at_once_and_its_address_once_it_listens(tmp_path: Path) -> None:
    with own_folder(tmp_path) as lock:
        assert folder_owner(tmp_path) == FolderOwner(os.getpid())
        lock.announce("127.0.0.1", 8000)
        assert folder_owner(tmp_path) == FolderOwner(os.getpid(), "127.0.0.1", 8000)
        lock.announce("::1", 80)
        assert folder_owner(tmp_path) == FolderOwner(os.getpid(), "::1", 80)


def test_a_second_owner_is_refused_within_two_seconds_by_naming_the_first(tmp_path: Path) -> None:
    with own_folder(tmp_path):
        started = time.monotonic()
        with pytest.raises(BadSettings, match=f"it is in use by process {os.getpid()}") as refused:
            own_folder(tmp_path)
        assert time.monotonic() - started < 2
    assert "--data" in refused.value.hint


def test_a_folder_that_is_set_free_meanwhile_is_taken(tmp_path: Path) -> None:
    first = own_folder(tmp_path)
    soon = Timer(0.1, first.release)
    soon.start()
    own_folder(tmp_path).release()
    soon.join()


def test_an_owner_that_is_killed_owns_nothing_any_more(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", OWN_AND_WAIT, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "owned\n"
    assert folder_owner(tmp_path) == FolderOwner(process.pid)
    process.kill()
    process.communicate()
    assert folder_owner(tmp_path) is None
    own_folder(tmp_path).release()


def test_a_folder_that_is_not_there_cannot_be_owned(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="no such file or directory"):
        own_folder(tmp_path / "nowhere")
