"""`observatory explain`: why a minute was judged as it was, for people and for programs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from observatory.cli import observatory
from observatory.errors import BadInput, BadSettings, NotFound
from observatory.model.columns import Source
from observatory.model.exemplar import ExemplarRows
from observatory.store.telemetry import Batch
from tests.builders import a_menu, a_service
from tests.judge.world import World, close_world, open_world
from tests.registers import in_change

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a failure of an essential menu, seen by a probe as well, was judged; its stores stay open."""
    data = tmp_path_factory.mktemp("explained")
    menus = (replace(a_menu("search", index=0), critical=True), a_menu("apply", index=0))
    world = open_world(data, a_service(index=0, menus=menus))
    world.users(range(30), count=1000, menu="apply").users(range(30), count=40, bad=20, menu="search")
    vantage = in_change(world.register).probes.add_vantage("seoul") - Source.PROBE
    world.probe(range(0, 30, 5), ok=False, vantage=vantage, menu="search", interval_s=300).judge(29)
    keep_a_record(world, 7)
    yield data
    close_world(world)


def keep_a_record(world: World, minute: int) -> None:
    """Keep a failed record with a trace, judged already."""
    menu = world.service.menus[0].index
    at = world.origin + minute
    values = np.zeros((1, 10), np.int64)
    values[0, :8] = [at, world.service.index, menu, 0, Source.ACCESS_LOG, at * 60_000 + 7000, 1_250_000, 503]
    values[0, 8:] = np.frombuffer(bytes.fromhex(TRACE), np.int64)
    nothing = world.rows([], menu, Source.ACCESS_LOG, {}, 1)
    world.telemetry.add([Batch(nothing, world.at(minute), exemplars=ExemplarRows(values, ("/jobs/{id}",)))])


def explain(folder: Path, *arguments: str) -> str:
    """Run `observatory explain` on a folder; errors come as they are raised."""
    result = CliRunner().invoke(observatory, ["explain", "--data", str(folder), *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


EXPECTED = """\
job-portal, 2026-03-02T01:07Z, obs-method/2
Requests are read from: access log

the service as a whole: DOWN, down, incident job-portal-20260302T0100
  requests  1040, 20 bad, 0 slow
  users     UP: 20 of 1040 requests bad, 0 slow: neither often enough
  probes    DOWN: 0 ok, 1 failed
  decision  requests decide: UP; with its critical menus: DOWN

menu search (critical): DOWN, down, incident job-portal.search-20260302T0100
  requests  40, 20 bad, 0 slow
  users     DOWN: 20 of 40 requests bad, at least 5 and 50 % or more
  probes    DOWN: 0 ok, 1 failed
              probe seoul failed at 2026-03-02T01:05Z, holds before 2026-03-02T01:10Z
  decision  requests decide: DOWN

menu apply: UP, up
  requests  1000, 0 bad, 0 slow
  users     UP: 0 of 1000 requests bad, 0 slow: neither often enough
  probes    UNKNOWN: 0 ok, 0 failed
  decision  requests decide: UP

menu    source      count  bad  slow  throttled  client error  excluded  mean ms
search  access log  40     20   0     0          0             0         80.0
apply   access log  1000   0    0     0          0             0         80.0

end       menu    kind  status  ms      route       source      trace
01:07:07  search  bad   503     1250.0  /jobs/{id}  access log  0123456789abcdef0123456789abcdef
"""


def test_people_read_why(folder: Path) -> None:
    assert explain(folder, "job-portal", "2026-03-02T01:07Z") == EXPECTED


def test_programs_read_the_same(folder: Path) -> None:
    found = json.loads(explain(folder, "job-portal", "2026-03-02T01:07Z", "--json"))
    service, search, apply = found["subjects"]
    assert (service["own_verdict"], service["verdict"], search["class"], apply["incident"]) == ("up", "down", "down", None)
    assert found["votes"] == [
        {"menu": "search", "vantage": "seoul", "cast": "2026-03-02T01:05Z", "holds_before": "2026-03-02T01:10Z", "failed": True}
    ]
    assert [(row["menu"], row["count"]) for row in found["counted"]] == [("search", 40), ("apply", 1000)]
    assert found["exemplars"][0]["trace_id"] == TRACE
    assert found["thresholds"]["users_count_min"] == 20


@pytest.mark.parametrize(
    ("minute", "text"), [("9999-01-01T00:00Z", "This minute is still to come."), ("2001-01-01T00:00Z", "Nothing is known of this minute")]
)
def test_where_there_is_nothing_to_explain_it_says_so(folder: Path, minute: str, text: str) -> None:
    assert text in explain(folder, "job-portal", minute)
    assert json.loads(explain(folder, "job-portal", minute, "--json"))["subjects"] == []


def test_unknown_services_folders_and_minutes_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot find service 'nobody'"):
        explain(folder, "nobody", "2026-03-02T01:07Z")
    with pytest.raises(BadSettings, match=f"there is no observatory in {tmp_path}/nowhere"):
        explain(tmp_path / "nowhere", "job-portal", "2026-03-02T01:07Z")
    with pytest.raises(BadInput, match="cannot read minute"):
        explain(folder, "job-portal", "09:04")
