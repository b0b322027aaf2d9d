"""Shape figures as they are published: the order of the fields is that of the columns of CSV files."""

from datetime import date

from pydantic import ConfigDict, Field

from observatory.model.figure import LoadTime, LoadTimeSource, MenuFigures, ServiceFigures
from observatory.model.target import TargetResult
from observatory.web.shapes import Moment, Shape


class WindowShape(Shape):
    """A half-open span of whole minutes."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class LoadTimeShape(Shape):
    """How long the pages that came took; numbers of too small a sample are null."""

    source: LoadTimeSource
    mean_ms: float | None
    p75_ms: float | None
    p95_ms: float | None
    n: int = Field(
        description="Pages that came (2xx, or no status told) with a duration; mean or percentiles are null where metrics do not tell them."
    )
    capped: int
    abandoned: int
    mean_is_rough: bool = Field(description="Whether a few long ones may have moved the mean.")
    p75_low_ms: float | None = Field(description="Lower end of the 95 % interval of p75_ms, by order statistics.")
    p75_high_ms: float | None = Field(description="Its upper end.")
    within_3s_percent: float | None = Field(description="Of the pages that came.")
    within_5s_percent: float | None
    within_8s_percent: float | None
    failed_waits: int = Field(description="Failed requests with a duration; they are in no load time.")
    failed_wait_mean_ms: float | None
    not_modified: int = Field(description="Answers with status 304: nothing was loaded.")
    untimed: int = Field(
        description="The other requests that worked and are in no load time: no duration was told (an access log in the format"
        " `combined` tells none), or they only redirected."
    )

    @classmethod
    def of(cls, load_time: LoadTime) -> "LoadTimeShape":
        """Return a published load time."""
        return cls.model_validate(load_time)


class MenuFiguresShape(Shape):
    """Figures of one menu."""

    menu_id: str
    load_time: LoadTimeShape
    failures: int | None
    downtime_minutes: int | None = Field(description="In incidents and isolated minutes; null if nothing was measured.")
    partial_minutes: int | None = Field(description="Null if nothing was measured.")
    failed_requests_permille: float | None
    coverage: float | None
    requests: int
    failed_requests: int
    isolated_minutes: int | None = Field(description="Of the downtime, what was too short to be an incident.")
    client_error_requests: int = Field(description="Of requests, answered with a status of 4xx.")

    @classmethod
    def of(cls, figures: MenuFigures) -> "MenuFiguresShape":
        """Return the published figures of a menu."""
        return cls.model_validate(figures)


class TargetShape(Shape):
    """How a service did against the target of its grade."""

    scheme: str
    grade: int
    availability_percent: float
    availability: TargetResult = Field(description="Met only with every unknown minute counted as down, missed only without any.")
    repair_minutes: int
    repairs_exceeded: int
    valid_from: date | None = Field(description="From which day on this grade is in force; null: ever since the service is observed.")


class FiguresShape(Shape):
    """Figures of a service in a window, with those of its menus."""

    service_id: str
    window: WindowShape
    method: str
    as_of: Moment
    revision: int
    availability_percent: float | None = Field(description="If the unknown minutes were like the measured ones.")
    availability_any_percent: float | None = Field(description="With partial minutes taken off as well.")
    downtime_minutes: int | None = Field(description="In incidents and isolated minutes; null if nothing was measured.")
    partial_minutes: int | None = Field(description="Null if nothing was measured.")
    failures: int | None = Field(description="Null if nothing was measured.")
    failures_scaled: float | None = Field(description="For thirty open days; null where much less than a week was measured.")
    failed_requests_permille: float | None
    measured_minutes: int
    unknown_minutes: int
    maintenance_minutes: int
    closed_minutes: int
    coverage: float | None
    mttr_minutes: float | None
    mttd_minutes: float | None
    mtbf_minutes: float | None
    load_time: LoadTimeShape
    menus: tuple[MenuFiguresShape, ...]
    requests: int
    failed_requests: int
    throttled_requests: int
    excluded_requests: int
    request_success_percent: float | None
    availability_worst_percent: float | None = Field(description="If it was down in every unknown minute.")
    isolated_minutes: int | None = Field(description="Of the downtime, what was too short to be an incident.")
    blip_minutes: int | None = Field(description="Partly down outside incidents.")
    partial_share_minutes: float | None = Field(description="Partial minutes, each charged by the share that failed.")
    unobserved_minutes: int = Field(description="Of the window, before observed_from; closed hours left out.")
    observed_from: Moment | None
    judged_to: Moment
    target: TargetShape | None = Field(description="Null for grades without one.")
    final: bool = Field(description="Whether no evidence that still comes can change these figures.")
    client_error_requests: int = Field(description="Of requests, answered with a status of 4xx.")
    unmatched_requests: int = Field(description="Of no menu of the catalogue: they are in no other figure.")
    clamped_requests: int = Field(description="Their clock ran ahead: they count at the time of receipt.")
    rejected_records: int | None = Field(
        description="Received in this window and refused: too old, not readable, or not of this service. Null where the window is not "
        "made of whole days, or begins before this was counted; so are the next two."
    )
    quarantined_records: int | None = Field(description="Received in it, of no production environment or of a name nobody knows.")
    late_records: int | None = Field(description="Received in it more than 10 minutes after their minute, and counted all the same.")

    @classmethod
    def of(cls, figures: ServiceFigures) -> "FiguresShape":
        """Return the published figures of a service."""
        return cls.model_validate(figures)
