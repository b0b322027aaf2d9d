"""Draw marks of days: the geometry of small drawings, and the figure of the large one."""

from collections.abc import Sequence
from dataclasses import dataclass

from plotly import graph_objects

from observatory.model.figure import DayLoadMark, DayMark, State

STRIP_HEIGHT = 40
DAY_WIDTH = 10
BAR_WIDTH = 8
LOAD_HEIGHT = 100
BAR_HEIGHTS: dict[State, int] = {
    "up": 14,
    "unknown": 14,
    "closed": 14,
    "maintenance": 20,
    "degraded": 22,
    "recovering": 22,
    "partial": 31,
    "down": 40,
}
"""The worse the day, the higher its bar: so that it is seen without colour."""
LOAD_TOPS_MS = (100, 200, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 10_000, 20_000, 30_000, 60_000)
LOAD_BANDS_MS = (3_000, 5_000, 8_000)
"""The bands load times are read against (method section 7)."""


@dataclass(frozen=True, slots=True)
class StripBar:
    """One day of the strip, in drawing units."""

    mark: DayMark
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Daily mean load times as a line, in drawing units: `DAY_WIDTH` per day, LOAD_HEIGHT high."""

    width: int
    path: str
    """An SVG path, broken where a day has no number."""
    top_ms: int
    bands: tuple[tuple[int, float], ...]
    """Limits within the drawing: (milliseconds, y)."""


def strip_bars(days: Sequence[DayMark]) -> tuple[StripBar, ...]:
    """Return a bar for each day, oldest first."""
    return tuple(
        StripBar(mark, index * DAY_WIDTH + (DAY_WIDTH - BAR_WIDTH) // 2, STRIP_HEIGHT - height, height)
        for index, mark in enumerate(days)
        for height in (BAR_HEIGHTS[mark.state],)
    )


def load_line(days: Sequence[DayLoadMark]) -> LoadLine | None:
    """Return the line of daily load times; None where no day has a number."""
    means = [mark.mean_ms for mark in days if mark.mean_ms is not None]
    if not means:
        return None
    top_ms = next((top for top in LOAD_TOPS_MS if top >= max(means)), LOAD_TOPS_MS[-1])
    steps, drawing = [], False
    for index, mark in enumerate(days):
        if mark.mean_ms is None:
            drawing = False
            continue
        x, y = index * DAY_WIDTH + DAY_WIDTH // 2, LOAD_HEIGHT * (1 - min(mark.mean_ms / top_ms, 1))
        # A first point is drawn as a dot, in case no other follows it.
        steps.append(f"L{x} {y:.1f}" if drawing else f"M{x} {y:.1f}h.1")
        drawing = True
    bands = tuple((band, round(LOAD_HEIGHT * (1 - band / top_ms), 1)) for band in LOAD_BANDS_MS if band < top_ms)
    return LoadLine(len(days) * DAY_WIDTH, "".join(steps), top_ms, bands)


def load_figure(days: Sequence[DayMark], load_times: Sequence[DayLoadMark], load_title: str, downtime_title: str) -> str:
    """Return Plotly's JSON of load time over downtime by day; titles in the reader's language. Colours are the page's business."""
    figure = graph_objects.Figure()
    figure.layout.template = None  # the library's own look is 7 kB that the page overrides
    figure.add_scatter(
        x=[mark.day.isoformat() for mark in load_times],
        y=[None if mark.mean_ms is None else round(mark.mean_ms / 1000, 3) for mark in load_times],
        mode="lines+markers",
        name=load_title,
    )
    figure.add_bar(
        x=[mark.day.isoformat() for mark in days],
        y=[mark.downtime_minutes + mark.partial_minutes for mark in days],
        name=downtime_title,
        yaxis="y2",
    )
    figure.update_layout(
        hovermode="x unified",
        showlegend=False,
        margin={"l": 56, "r": 16, "t": 16, "b": 48},
        # Numbers alone: the names of months would come in the library's own language.
        xaxis={"type": "date", "tickformat": "%m-%d", "hoverformat": "%Y-%m-%d", "anchor": "y2"},
        yaxis={"title": {"text": load_title}, "rangemode": "tozero", "domain": [0.42, 1]},
        yaxis2={"title": {"text": downtime_title}, "rangemode": "tozero", "domain": [0, 0.32]},
    )
    text = figure.to_json()
    assert isinstance(text, str)
    return text
