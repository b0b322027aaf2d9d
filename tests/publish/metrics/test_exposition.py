"""The text writer against the client library's parser, and against promtool."""

import math
import subprocess

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from observatory.publish.metrics.exposition import Family, text_of


def test_a_family_is_described_once_and_its_samples_follow() -> None:
    family = Family("menu_up", "gauge", "Whether a menu works.", ("service_id", "menu_id"))
    family.add(1, "job-portal", "search")
    family.add(0, "job-portal", "apply")
    assert text_of([family]) == (
        "# HELP observatory_menu_up Whether a menu works.\n"
        "# TYPE observatory_menu_up gauge\n"
        'observatory_menu_up{service_id="job-portal",menu_id="search"} 1\n'
        'observatory_menu_up{service_id="job-portal",menu_id="apply"} 0\n'
    )


def test_an_unknown_value_has_no_sample_and_an_empty_family_no_header() -> None:
    family = Family("failures_30d", "gauge", "Failures.", ("service_id",))
    family.add(None, "job-portal")
    assert text_of([family]) == ""


def test_a_state_set_has_one_sample_for_each_state() -> None:
    family = Family("service_state", "gauge", "State.", ("service_id", "state"))
    family.add_states("down", ("up", "down"), "job-portal")
    assert [line.rsplit(" ", 1)[1] for line in family.lines] == ["0", "1"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")), st.floats(allow_nan=False))
def test_any_label_and_value_reads_back_the_same(label: str, value: float) -> None:
    family = Family("odd", "gauge", "Odd \\ help\nin two lines.", ("label",))
    family.add(value, label)
    (parsed,) = text_string_to_metric_families(text_of([family]))
    assert parsed.samples[0].labels == {"label": label}
    assert math.isclose(parsed.samples[0].value, value, rel_tol=0, abs_tol=0)


def test_promtool_finds_nothing_to_say() -> None:
    states = Family("service_state", "gauge", "State of a service.", ("service_id", "state"))
    states.add_states("up", ("up", "down"), "job-portal")
    seconds = Family("menu_server_response_seconds", "summary", "Response times.", ("service_id",))
    seconds.add(1.25, "job-portal", suffix="_sum")
    seconds.add(5, "job-portal", suffix="_count")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text_of([states, seconds]), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
