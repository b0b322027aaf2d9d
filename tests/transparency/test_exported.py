"""An exported log verifies by itself, and no byte of it can be changed unseen."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory.cli import observatory
from observatory.errors import BadInput, ObservatoryError
from observatory.flows.log_witnesses import keep_cosignatures
from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.store.opening import head_note_of, open_register, prepare_folder
from observatory.transparency.cosignature import Cosigner
from observatory.transparency.exported import check_export
from observatory.transparency.note import NoteKey, NoteSigner

ENTRIES = 300
FLIPS = 1000
WITNESS = Cosigner("witness.or.kr", b"w" * 32)


@pytest.fixture
def exported(tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of more than a tile, a long body in it, cosigned by a witness, and exported."""
    keys = prepare_folder(tmp_path / "data")
    register = open_register(tmp_path / "data")
    with register.change() as books:
        for number in range(ENTRIES):
            books.log.append(NewEntry("test", b'{"number":%d}' % number if number != 7 else b'"%b"' % (b"x" * 70_000), now))
    signed = SignedLog(register, keys, head_note_of(tmp_path / "data")).look(now).checkpoint
    assert signed is not None
    keep_cosignatures(register, signed, [WITNESS.cosign(signed.checkpoint.text, 1_796_000_000)])
    register.close()
    (tmp_path / "policy").write_text(f"witness w {WITNESS.key.vkey}\nquorum w\n")
    monkeypatch.setenv("OBSERVATORY_LOG_POLICY", str(tmp_path / "policy"))
    arguments = ["check-log", "--data", str(tmp_path / "data"), "--export", str(tmp_path / "out")]
    assert CliRunner().invoke(observatory, arguments, catch_exceptions=False).exit_code == 0
    return tmp_path / "out"


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def reader(files: dict[str, bytes]) -> Callable[[str], bytes]:
    return lambda name: files.get(name, b"")


def is_found(files: dict[str, bytes]) -> bool:
    try:
        return check_export(reader(files), [])[1] is not None
    except BadInput:
        return True


def test_an_export_is_sound_without_the_folder_it_came_from(exported: Path) -> None:
    own = (exported / "keys").read_text().split("\n")[0]
    for arguments in ((), ("--key", own), ("--json",)):
        result = CliRunner().invoke(observatory, ["check-log", "--from", str(exported), *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    names = files_of(exported).keys()
    assert {"checkpoint", "keys", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"} < names
    assert (exported / "checkpoint").read_text().count("\n— ") == 2


def test_an_export_that_another_key_signed_is_not_believed(exported: Path) -> None:
    [stranger] = [NoteSigner((exported / "checkpoint").read_text().split("\n")[0], b"x" * 32)]
    with pytest.raises(ObservatoryError, match="no key of the log"):
        CliRunner().invoke(observatory, ["check-log", "--from", str(exported), "--key", stranger.vkey], catch_exceptions=False)


def test_one_flipped_byte_anywhere_is_found(exported: Path) -> None:
    files = files_of(exported)
    assert not is_found(files)
    places = [(name, place) for name, content in files.items() for place in range(len(content))]
    small = [each for each in places if not each[0].startswith("body/")]
    for name, place in [*random.sample(small, FLIPS - 50), *random.sample(places, 50)]:
        content = bytearray(files[name])
        content[place] ^= random.randint(1, 255)
        assert is_found(files | {name: bytes(content)}), (name, place)


def test_a_missing_file_is_found_and_named(exported: Path) -> None:
    files = files_of(exported)
    for name in files:
        assert is_found({kept: content for kept, content in files.items() if kept != name}), name
    _, broken = check_export(reader(files | {"tile/entries/001.p/44": b""}), [NoteKey.parse(files["keys"].decode().split("\n")[0])])
    assert broken is not None
    assert broken.index == 256


def test_a_folder_with_something_in_it_is_not_written_to(exported: Path, tmp_path: Path) -> None:
    arguments = ["check-log", "--data", str(tmp_path / "data"), "--export", str(exported)]
    with pytest.raises(ObservatoryError, match="there is something"):
        CliRunner().invoke(observatory, arguments, catch_exceptions=False)
