"""How many vantages SQLite's register numbers."""

import pytest

from observatory.errors import Conflict
from observatory.store.register import RegisterStore
from tests.registers import in_change


def test_there_is_a_limit_to_vantages(register: RegisterStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observatory.store.sqlite.register.probes.VANTAGES_MAX", 2)
    in_change(register).probes.add_vantage("one")
    in_change(register).probes.add_vantage("two")
    with pytest.raises(Conflict, match="2 others have made checks"):
        in_change(register).probes.add_vantage("three")
