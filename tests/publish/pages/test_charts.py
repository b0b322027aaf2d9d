"""Drawings: what their lines and bars mean."""

import json
from datetime import timedelta

from observatory.model.figure import DayLoadMark
from observatory.publish.pages.charts import LOAD_HEIGHT, STRIP_HEIGHT, load_figure, load_line, strip_bars
from tests.summaries import TODAY, ninety_days, ninety_loads


def some_loads(*means: float | None) -> list[DayLoadMark]:
    """Return marks of consecutive days."""
    return [DayLoadMark(TODAY + timedelta(days=index), mean, 100) for index, mean in enumerate(means)]


def test_every_day_has_a_bar_in_order_and_worse_days_have_higher_ones() -> None:
    bars = strip_bars(ninety_days("up"))
    assert [bar.x for bar in bars] == list(range(1, 900, 10))
    height = {bar.mark.state: bar.height for bar in bars}
    assert height["up"] < height["degraded"] < height["partial"] < height["down"] == STRIP_HEIGHT
    assert all(bar.y + bar.height == STRIP_HEIGHT for bar in bars)


def test_the_line_of_load_times_is_broken_where_a_day_has_no_number() -> None:
    line = load_line(some_loads(500, 1000, None, 250))
    assert line is not None
    assert line.top_ms == 1000
    assert line.path == "M5 50.0h.1L15 0.0M35 75.0h.1"
    assert line.width == 40


def test_limits_are_drawn_only_inside_the_drawing() -> None:
    line = load_line(some_loads(4000))
    assert line is not None
    assert line.bands == ((3000, LOAD_HEIGHT * 0.4),)


def test_a_load_time_over_a_minute_stays_inside_the_drawing() -> None:
    line = load_line(some_loads(90_000))
    assert line is not None
    assert line.path.startswith("M5 0.0")


def test_without_a_number_there_is_no_line() -> None:
    assert load_line(some_loads(None, None)) is None
    assert load_line([]) is None


def test_the_large_chart_has_the_same_days_and_numbers() -> None:
    figure = json.loads(load_figure(ninety_days("down"), ninety_loads(), "Mean load time (s)", "Failing (min)"))
    load_times, downtime = figure["data"]
    assert load_times["x"] == downtime["x"] == [mark.day.isoformat() for mark in ninety_days()]
    assert load_times["y"][:11] == [None] * 10 + [0.904]
    assert downtime["y"][50:52] == [200, 12]
    assert downtime["y"][89] == 200
    assert "template" not in figure["layout"]
