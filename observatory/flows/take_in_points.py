"""Take in data points of metrics: each stands for many requests, and counts only what came since the point before it."""

from collections import Counter as Tally

from observatory.flows.submitting import oldest_taken, store_one
from observatory.model.catalogue import Catalogue
from observatory.model.delivery import Delivery, Receipt
from observatory.model.metric_points import MetricPoints
from observatory.rollup.attribution import Attribution
from observatory.rollup.left_out import refused_of
from observatory.rollup.minutes import RolledUp, no_counters
from observatory.rollup.points.counters import place_points
from observatory.rollup.points.updates import Counted, SeriesUpdates, count_deltas
from observatory.rollup.sending import notes_of_counted, notes_of_strays
from observatory.store.telemetry_writer import TelemetryWriter


def take_in_points(points: MetricPoints, delivery: Delivery, catalogue: Catalogue, writer: TelemetryWriter) -> Receipt:
    """Store data points of metrics as `take_in` does records; accepted and rejected are points, each of many requests."""
    attributed = catalogue.derived(Attribution).attribute(points.columns, delivery.sender.service_ids)
    placed, oldest = place_points(points, attributed), oldest_taken(delivery)
    writer.note(notes_of_strays(attributed, points.columns.source, [delivery.sender.name], delivery.received_at))
    deltas = count_deltas([each for each in placed if not each.point.cumulative], delivery.received_at, oldest)
    series = SeriesUpdates([each for each in placed if each.point.cumulative], delivery.received_at, oldest)
    rolled, zone = deltas.rolled.with_left_out(refused_of(attributed)), catalogue.site.zone
    stored = store_one(rolled, {**attributed.rejected, **points.rejected}, points.columns.skipped_count, delivery, writer, zone, series)
    later = series.counted or Counted(RolledUp(no_counters(), len(series), 0, 0), {})
    writer.note(notes_of_counted([(later.rolled, delivery.sender.name)], delivery.received_at))
    rejected = Tally(stored.rejected) + Tally(deltas.rejected) + Tally(later.rejected) + Tally(too_late=later.rolled.too_late)
    return stored._replace(
        accepted=stored.accepted + later.rolled.accepted, rejected=dict(rejected), clamped=stored.clamped + later.rolled.clamped
    )
