"""`observatory dispute`: an auditor of the service answers, and nobody else."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from observatory import clock
from observatory.cli.disputes import dispute as group
from observatory.errors import BadInput, Conflict, NotAllowed, NotFound
from observatory.flows.disputes import dispute
from observatory.model.text import Text
from observatory.store.opening import open_register
from tests.cli.test_correction import REASONS, folder
from tests.registers import in_change, in_look
from tests.summaries import an_incident

__all__ = ["folder"]

OUTAGE = an_incident("job-portal-20261118T0004")
ID = f"{OUTAGE.id}-dispute-1"


@pytest.fixture
def answer(folder: Path) -> Callable[..., str]:
    """Return the command on a folder in which a dispute waits."""
    with closing(open_register(folder)) as register:
        in_change(register).incidents.keep([OUTAGE])
        dispute(register, OUTAGE.id, Text("로그인은 되었습니다", ""), "mark", clock.now())

    def run(*arguments: str) -> str:
        return CliRunner().invoke(group, [*arguments, "--data", str(folder)], catch_exceptions=False).stdout

    return run


def test_an_auditor_accepts_and_the_minutes_are_corrected(answer: Callable[..., str], folder: Path) -> None:
    assert [each["id"] for each in json.loads(answer("list", "--json"))] == [ID]
    told = json.loads(answer("answer", ID, "--auditor", "auditor", "--accept", *REASONS, "--json"))
    assert (told["state"], told["text_en"], told["reason_en"]) == ("accepted", None, "records came late")
    assert answer("list") == ""
    assert f"{ID}  accepted" in answer("list", "--all")
    with closing(open_register(folder)) as register:
        (entry, *_) = in_look(register).log.entries_of_kind("service-corrected")
        found = [each for each in in_look(register).corrections.corrections() if each.start == OUTAGE.started_at and each.approved_at]
    assert b'"auditor"' in entry.body
    assert {each.menu_id for each in found} == {None, *OUTAGE.menu_ids}
    with pytest.raises(Conflict):
        answer("answer", ID, "--auditor", "auditor", "--decline", *REASONS)


def test_an_auditor_declines_and_nothing_is_corrected(answer: Callable[..., str], folder: Path) -> None:
    assert "declined" in answer("answer", ID, "--auditor", "auditor", "--decline", *REASONS)
    with closing(open_register(folder)) as register:
        assert list(in_look(register).log.entries_of_kind("service-corrected")) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((ID, "--auditor", "auditor"), BadInput),
        ((ID, "--auditor", "elsewhere", "--accept"), NotAllowed),
        ((ID, "--auditor", "nobody", "--accept"), NotFound),
        (("nothing", "--auditor", "auditor", "--accept"), NotFound),
    ],
)
def test_who_or_what_does_not_fit_is_refused(
    answer: Callable[..., str], folder: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        answer("answer", *arguments, *REASONS)
    with closing(open_register(folder)) as register:
        assert list(in_look(register).log.entries_of_kind("service-incident-dispute-answered")) == []
