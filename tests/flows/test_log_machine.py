"""The log beside a naive model, in any order of events: what was appended and signed stays, also over a crash at any statement."""

import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from observatory.flows.log_checking import check_log
from observatory.flows.public_log import SignedLog
from observatory.flows.signing_keys import MADE, SigningKeys
from observatory.model.signoff import NewEntry
from observatory.store.opening import head_note_of, open_register, prepare_folder
from observatory.store.sqlite.register.store import SqliteRegister
from observatory.transparency.checkpoint import SignedCheckpoint
from observatory.transparency.merkle import consistency_proof, is_consistent
from observatory.transparency.proof import check_proof
from tests.moments import NOW
from tests.registers import in_look
from tests.transparency import naive_tree

bodies = st.lists(st.binary(max_size=20), min_size=1, max_size=4)


class LogMachine(RuleBasedStateMachine):
    """A log, and beside it a list of what was appended."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(mkdtemp())
        self.folder = self.place / "0"
        self.count = 0
        self.bodies: list[bytes] = []
        self.signed: list[SignedCheckpoint] = []
        self.now = NOW

    @initialize()
    def begin(self) -> None:
        keys = prepare_folder(self.folder)
        self.open()
        SigningKeys(self.register, keys).make_first(NOW)
        self.bodies = [entry.body for entry in in_look(self.register).log.entries()]

    def open(self) -> None:
        register = open_register(self.folder)
        assert isinstance(register, SqliteRegister)
        self.register = register
        self.log = SignedLog(register, prepare_folder(self.folder), head_note_of(self.folder))

    def teardown(self) -> None:
        self.register.close()
        shutil.rmtree(self.place)

    @property
    def leaves(self) -> list[bytes]:
        """The leaf hashes, made as the description says."""
        kinds = [MADE, *(["test"] * (len(self.bodies) - 1))]
        told = zip(kinds, self.bodies, strict=True)
        return [naive_tree.leaf(kind.encode() + b"\n2026-11-20T03:00:00.000000Z\n" + body) for kind, body in told]

    def append(self, added: list[bytes]) -> None:
        with self.register.change() as books:
            for body in added:
                books.log.append(NewEntry("test", body, NOW))

    @rule(added=bodies)
    def entries_are_appended(self, added: list[bytes]) -> None:
        self.append(added)
        self.bodies += added

    @rule(added=bodies, statement=st.integers(0, 60))
    def a_crash_comes_while_entries_are_appended(self, added: list[bytes], statement: int) -> None:
        left = self.left_at(statement, lambda: self.append(added))
        self.go_on_in(left)
        found = [entry.body for entry in in_look(self.register).log.entries()]
        assert found in (self.bodies, self.bodies + added)
        self.bodies = found

    @rule(statement=st.integers(0, 40))
    def a_crash_comes_while_it_is_signed(self, statement: int) -> None:
        self.now += timedelta(minutes=2)
        self.go_on_in(self.left_at(statement, lambda: self.log.look(self.now)))

    @rule()
    def it_is_signed(self) -> None:
        self.now += timedelta(minutes=2)
        state = self.log.look(self.now)
        assert state.broken is None
        assert state.checkpoint is not None
        assert (state.size, state.checkpoint.root) == (len(self.bodies), naive_tree.root(self.leaves))
        self.signed.append(state.checkpoint)

    @rule()
    def it_is_started_again(self) -> None:
        self.go_on_in(self.folder)

    @precondition(lambda self: self.signed)
    @rule(data=st.data())
    def an_entry_is_proved(self, data: st.DataObject) -> None:
        size = self.log.look(self.now).size
        if size:
            index = data.draw(st.integers(0, size - 1))
            proof = self.log.proof(index, self.now)
            assert (proof.leaf_hash, list(proof.path)) == (self.leaves[index], naive_tree.path(index, self.leaves[:size]))
            assert check_proof(proof, [self.log.signer.signers(self.now)[0].key]).size == size

    @precondition(lambda self: self.bodies)
    @rule(data=st.data())
    def somebody_edits_an_entry_and_is_found_out(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.bodies) - 1))
        self.edit(index, self.bodies[index] + b"!")
        self.now += timedelta(minutes=2)
        broken, reported = self.log.look(self.now).broken, check_log(self.register).broken
        assert broken is not None
        assert reported is not None
        assert (broken.index, reported.index) == (index, index)
        self.edit(index, self.bodies[index])
        self.now += timedelta(minutes=2)
        assert self.log.look(self.now).broken is None

    @precondition(lambda self: self.bodies)
    @rule()
    def an_old_copy_that_is_put_back_is_never_signed(self) -> None:
        old = self.place / "old"
        shutil.copy(self.folder / "register.sqlite", old)
        self.append([b"later"])
        self.now += timedelta(minutes=2)
        newest = self.log.look(self.now).checkpoint
        assert newest is not None
        current = self.place / "current"
        shutil.copy(self.folder / "register.sqlite", current)
        for restarted in (False, True):
            self.register.close()
            shutil.copy(old, self.folder / "register.sqlite")
            self.go_on_in(self.folder) if restarted else self.open()
            self.now += timedelta(minutes=2)
            state = self.log.look(self.now)
            assert state.broken is not None
            assert state.checkpoint == newest
        self.register.close()
        shutil.copy(current, self.folder / "register.sqlite")
        self.open()
        self.bodies.append(b"later")
        self.signed.append(newest)

    @invariant()
    def what_was_signed_is_the_beginning_of_what_is_there(self) -> None:
        """I15: sizes grow, and each root follows from the one before."""
        node = partial(naive_tree.node, self.leaves)
        for before, after in zip(self.signed[-3:], self.signed[-2:], strict=False):
            proof = consistency_proof(before.size, after.size, node)
            assert is_consistent(before.size, after.size, before.root, after.root, proof)

    def left_at(self, statement: int, act: object) -> Path:
        """Return what the folder would have been if the process had been killed before so many more statements of SQL."""
        self.count += 1
        left, seen = self.place / str(self.count), 0

        def trace(_: str) -> None:
            nonlocal seen
            if seen == statement:
                shutil.copytree(self.folder, left)
            seen += 1

        [connection] = self.register._file._idle
        connection.set_trace_callback(trace)
        assert callable(act)
        act()
        connection.set_trace_callback(None)
        if not left.exists():
            shutil.copytree(self.folder, left)
        return left

    def go_on_in(self, folder: Path) -> None:
        with suppress(sqlite3.Error):
            self.register.close()
        self.folder = folder
        self.open()

    def edit(self, index: int, body: bytes) -> None:
        with closing(sqlite3.connect(self.folder / "register.sqlite")) as connection:
            connection.execute("UPDATE log SET body = ? WHERE log_index = ?", (body, index))
            connection.commit()


LogMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestLog = LogMachine.TestCase
