"""Declared failures against the naive method, whatever else happens: each minute is the worse of what was measured and what was said."""

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatory.model.declaration import DeclaredSeverity
from tests.judge import naive_method
from tests.judge.naive_method import DOWN, PARTIAL
from tests.judge.stories import MENU_IDS, Story, declare, judge, next_world, stories, tell
from tests.judge.test_declared import declared
from tests.judge.test_naive_method import _found
from tests.judge.world import World

Said = tuple[int | None, int, int, DeclaredSeverity]
"""Which menu (None: the service with all of them), from which minute, how many, and how badly."""
SAID = st.tuples(st.none() | st.integers(0, 2), st.integers(0, 300), st.integers(1, 90), st.sampled_from(("down", "partial")))


def overlaid(verdicts: list[int], said: list[Said], menu: int | None) -> list[int]:
    """Return verdicts of a menu, or of the service, with what was said of it."""
    worse = list(verdicts)
    for subject, first, length, severity in said:
        if subject in (None, menu):
            for minute in range(first, min(first + length, len(worse))):
                worse[minute] = max(worse[minute], DOWN if severity == "down" else PARTIAL)
    return worse


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=stories(), said=st.lists(SAID, max_size=4))
def test_what_is_declared_agrees_with_the_naive_method(many: tuple[World, Iterator[int]], story: Story, said: list[Said]) -> None:
    world, count = next_world(many, story), len(story.menus)
    declare(world, story)
    fitting = [each for each in said if (each[0] is None or each[0] < count) and each[1] + each[2] < story.end]
    for menu in range(count):
        tell(world, story, 0, story.end, menu)
    for subject, first, length, severity in fitting:
        menus = () if subject is None else (MENU_IDS[subject],)
        declared(world, first, first + length, *menus, severity=severity, at=story.end - 1)
    judge(world, story.end - 1)
    service, measured = naive_method.verdicts_of_service(story.menus, story.end, story.block, story.blind)
    of_menus = [overlaid(each, fitting, menu) for menu, each in enumerate(measured)]
    for whole, verdicts in zip(story.menus, of_menus, strict=True):
        if whole.critical:
            service = [max(own, each if each >= PARTIAL else 0) for own, each in zip(service, verdicts, strict=True)]
    service = overlaid(service, [each for each in fitting if each[0] is None], None)
    for menu_id, verdicts in ((None, service), *zip(MENU_IDS, of_menus, strict=False)):
        of_subject = story.menus if menu_id is None else [story.menus[MENU_IDS.index(menu_id)]]
        quiets = [naive_method.quiet(of_subject, minute) for minute in range(story.end)]
        assert [int(verdict) for verdict in world.verdicts(0, story.end, menu_id)] == verdicts
        assert _found(world, menu_id) == naive_method.incidents(verdicts, quiets)
