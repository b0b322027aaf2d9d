"""Of records of many bodies it is told which look like our checks, each for those services alone that its sender speaks for."""

from dataclasses import replace

import numpy as np

from observatory.model.catalogue import TelemetryIdentity
from observatory.model.check import TRACE_MARK
from observatory.model.delivery import Delivery, Sender
from observatory.rollup.check_traces import NO_TRACES, CheckTraces, find_check_traces
from tests.builders import a_catalogue, a_service, some_columns
from tests.moments import NOW

CATALOGUE = a_catalogue(a_service("job-portal", index=1), a_service("pensions", index=2))
RESOURCES = tuple(TelemetryIdentity("labor", name) for name in ("job-portal", "pensions", "nobody"))
OURS = [TRACE_MARK + bytes([number]) * 12 for number in range(4)]
OTHER = b"\x01" * 16


def test_each_body_is_read_in_the_name_of_its_own_sender() -> None:
    trace_id = np.frombuffer(b"".join([OURS[0], OTHER, OURS[1], OURS[2], OURS[3]]), np.uint64).reshape(-1, 2)
    columns = replace(
        some_columns(end_ms=[int(NOW.timestamp()) * 1000] * 5),
        resources=RESOURCES,
        resource_index=np.array([0, 0, 1, 1, 2], np.int32),
        trace_id=trace_id,
    )
    deliveries = [Delivery(Sender(name, frozenset(ids)), NOW) for name, ids in (("a", ["job-portal"]), ("b", []), ("c", ["pensions"]))]
    found = find_check_traces(columns, np.array([2, 3, 5]), deliveries, CATALOGUE)
    assert found == CheckTraces(frozenset({1, 2}), ((1, OURS[0]), (2, OURS[2])))


def test_what_is_not_in_production_and_what_has_no_trace_says_nothing() -> None:
    ours = np.frombuffer(OURS[0], np.uint64).reshape(-1, 2)
    columns = replace(some_columns(end_ms=[int(NOW.timestamp()) * 1000] * 1), resources=RESOURCES[:1], trace_id=ours)
    anyone, ends = [Delivery(Sender("a", None), NOW)], np.array([1])
    assert find_check_traces(columns, ends, anyone, CATALOGUE) == CheckTraces(frozenset({1}), ((1, OURS[0]),))
    assert find_check_traces(replace(columns, quarantined=(True,)), ends, anyone, CATALOGUE) == NO_TRACES
    assert find_check_traces(replace(columns, trace_id=np.zeros((1, 2), np.uint64)), ends, anyone, CATALOGUE) == NO_TRACES
