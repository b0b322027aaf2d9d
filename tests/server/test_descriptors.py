"""Open files are shared so that connections never take those that storing needs."""

import pytest

from observatory.server.descriptors import CONNECTIONS_MAX, DESCRIPTORS_OWN, DESCRIPTORS_PER_THREAD, share
from observatory.web.waiting_lines import PURPOSES


@pytest.mark.parametrize("descriptors", [64, 100, 256, 1024, 4096])
def test_threads_and_connections_together_leave_what_the_worker_needs(descriptors: int) -> None:
    shares = share(descriptors, threads=32)
    assert DESCRIPTORS_OWN + shares.threads * DESCRIPTORS_PER_THREAD + shares.connections <= descriptors
    assert shares.threads >= len(PURPOSES)
    assert shares.connections >= shares.threads


def test_with_enough_descriptors_there_are_as_many_threads_as_asked_for() -> None:
    assert share(4096, threads=32).threads == 32
    assert share(4096, threads=32).connections == CONNECTIONS_MAX


def test_without_room_a_little_is_served_all_the_same() -> None:
    assert share(16, threads=32).connections == 1
