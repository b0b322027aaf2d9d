"""Values for tests, with what a test does not care about already filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from observatory.model.catalogue import HOME, Agency, Catalogue, Menu, Service, TelemetryIdentity
from observatory.model.columns import Outcome, RequestColumns, Source
from observatory.model.signoff import Condition, Decision, Release, SignOff
from observatory.model.staff import Grant, StaffMember
from observatory.model.text import Text

LABOR = Agency(id="labor", name=Text("고용노동부", "Ministry of Employment and Labor"))


def a_service(
    service_id: str = "job-portal", *, index: int = 1, menus: tuple[Menu, ...] = (HOME,), agency_id: str = "labor", server_source: str = ""
) -> Service:
    """Return a service whose telemetry identity is (agency, id)."""
    return Service(
        id=service_id,
        agency_id=agency_id,
        name=Text(f"{service_id} 서비스", f"{service_id} service"),
        url=f"https://{service_id}.example.go.kr",
        telemetry=(TelemetryIdentity(agency_id, service_id),),
        menus=menus,
        server_source=server_source,
        index=index,
    )


def a_menu(menu_id: str = "search", *, routes: tuple[str, ...] = ("/jobs", "/jobs/*"), index: int = 11, slow_ms: int = 3000) -> Menu:
    """Return a menu."""
    return Menu(id=menu_id, name=Text(f"{menu_id} 메뉴", f"{menu_id} menu"), routes=routes, index=index, slow_ms=slow_ms)


def a_catalogue(*services: Service) -> Catalogue:
    """Return a catalogue of these services, or of one."""
    return Catalogue(agencies=(LABOR,), services=services or (a_service(),))


def some_columns(
    *,
    end_ms: Sequence[int],
    duration_us: Sequence[int] | int = 100_000,
    status: Sequence[int] | int = 200,
    outcome: Sequence[Outcome] | Outcome = Outcome.GOOD,
    template: str = "/jobs",
    resource: TelemetryIdentity | None = None,
    source: Source | int = Source.OTLP_SPAN,
) -> RequestColumns:
    """Return records of one route and resource; a single value stands for all of them."""
    n = len(end_ms)
    return RequestColumns(
        resource_index=np.zeros(n, np.int32),
        template_index=np.zeros(n, np.int32),
        end_ms=np.asarray(end_ms, np.int64),
        duration_us=np.broadcast_to(np.asarray(duration_us, np.int64), n).copy(),
        status=np.broadcast_to(np.asarray(status, np.int16), n).copy(),
        outcome=np.broadcast_to(np.asarray(outcome, np.uint8), n).copy(),
        source=source,
        resources=(resource or TelemetryIdentity("labor", "job-portal"),),
        templates=(template,),
    )


def a_staff_member(
    staff_id: str = "minister", *, grants: tuple[Grant, ...] = (Grant("executive", service_id="job-portal"),)
) -> StaffMember:
    """Return somebody who may sign for the service of `a_service`."""
    return StaffMember(
        id=staff_id,
        name="김책임",
        office=Text("고용노동부 장관", "Minister of Employment and Labor"),
        grants=grants,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def a_signoff(
    *,
    service_id: str = "job-portal",
    decision: Decision = "pass",
    conditions: tuple[Condition, ...] = (),
    signed_at: datetime = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
) -> SignOff:
    """Return a sign-off of release 2.4.1 by the member of `a_staff_member`."""
    return SignOff(
        release=Release(service_id, "2.4.1", "sha256:" + "ab" * 32),
        plan_reference="사용성 시험 계획 2026-7",
        decision=decision,
        reasons="여덟 명의 시민과 함께 모든 과업을 직접 끝까지 해 보았습니다.",
        conditions=conditions,
        signer_id="minister",
        signer_name="김책임",
        office=Text("고용노동부 장관", "Minister of Employment and Labor"),
        assurance="password+totp",
        signed_at=signed_at,
    )
