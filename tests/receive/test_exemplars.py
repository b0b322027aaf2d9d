"""Records that failed or were slow leave a trace of themselves: from the door to what is kept of their minute."""

import pytest

from observatory.flows.catalogue import apply_catalogue
from observatory.judge.days import minute_of
from observatory.model.catalogue import OTHER_MENU_INDEX
from observatory.model.exemplar import EXEMPLARS_PER_KIND_MAX, Exemplar, ExemplarKind
from tests.builders import a_catalogue, a_menu, a_service
from tests.moments import NOW
from tests.receive.doors import JSON, NOW_NS, Doors, a_span, traces, traces_json

TRACE = bytes(range(16))


def kept(doors: Doors) -> list[Exemplar]:
    service = doors.parts.register.catalogue().service("job-portal")
    assert service is not None
    return doors.parts.telemetry.exemplars(service.index, minute_of(NOW))


def test_of_what_came_in_only_what_failed_or_was_slow_is_kept(doors: Doors) -> None:
    failed, slow = a_span(status=503, route="/jobs/{id}"), a_span(duration_ms=3001)
    failed.trace_id = TRACE
    doors.post("/v1/traces", traces(a_span(), failed, a_span(status=404), slow))
    (bad, late) = kept(doors)
    assert (bad.kind, bad.status, bad.template, bad.trace_id, bad.end_ms) == (
        ExemplarKind.BAD,
        503,
        "/jobs/{id}",
        TRACE.hex(),
        NOW_NS // 1_000_000,
    )
    assert (late.kind, late.status, late.duration_us, late.trace_id) == (ExemplarKind.SLOW, 200, 3_001_000, "")


def test_a_body_that_comes_twice_is_kept_once(doors: Doors) -> None:
    body = traces(*[a_span(status=500)] * 3)
    for _ in range(3):
        assert doors.post("/v1/traces", body).status_code == 200
    assert (doors.count(), len(kept(doors))) == (3, 3)


@pytest.mark.parametrize("bodies", [1, 4])
def test_an_outage_fills_the_room_and_no_more(doors: Doors, bodies: int) -> None:
    for number in range(bodies):
        doors.post("/v1/traces", traces(*[a_span(status=500, duration_ms=100 + number)] * 100))
    assert (doors.count(), len(kept(doors))) == (100 * bodies, EXEMPLARS_PER_KIND_MAX)


def test_what_is_not_counted_is_not_kept(doors: Doors) -> None:
    doors.post("/v1/traces", traces_json(name="pensions").replace(b'"200"', b'"500"'), JSON)
    assert (doors.count("pensions"), kept(doors)) == (0, [])


def test_a_name_in_a_path_or_route_is_not_written_down(doors: Doors) -> None:
    routes = ("/mypage/홍길동", "/users/honggildong/edit", "/jobs/{id}")
    doors.post("/v1/traces", traces(*[a_span(status=500, route=route) for route in routes]))
    assert sorted(one.template for one in kept(doors)) == ["/jobs/{id}", "/mypage/{text}", "/users/{text}/edit"]


def test_what_a_menu_matches_is_matched_before_anything_is_taken_away(doors: Doors) -> None:
    service = a_service("job-portal", menus=(a_menu(routes=("/mypage/홍*",)),))
    apply_catalogue(doors.parts.register, a_catalogue(service, a_service("pensions")), NOW)
    doors.post("/v1/traces", traces(a_span(status=500, route="/mypage/홍길동"), a_span(status=500, route="/mypage/김길동")))
    [of_menu] = [one for one in kept(doors) if one.menu != OTHER_MENU_INDEX]
    assert of_menu.template == "/mypage/{text}"
    assert len(kept(doors)) == 2
