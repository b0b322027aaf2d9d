"""Choose the language of a request (URL prefix, else Accept-Language), and write words, numbers and times in it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import groupby
from math import floor
from operator import itemgetter
from typing import Literal, cast, get_args

import flask_babel
from flask import Flask, g, has_request_context, request

from observatory.errors import ObservatoryError
from observatory.model.catalogue import Site
from observatory.model.figure import LoadTime, ServiceFigures
from observatory.model.service_hours import parse_week
from observatory.model.text import Text
from observatory.web.context import parts

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "ko"

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
"""The library has no types; the names are those that the search for messages knows."""

_HANGUL_FIRST, _HANGUL_LAST = "가", "힣"


def preferred_language() -> Language:
    """Return what the browser asks for by Accept-Language; Korean where it asks for neither."""
    return cast(Language, request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE))


def language() -> Language:
    """Return the language of this request: that of its address, else the preferred one."""
    return (address_language() or preferred_language()) if has_request_context() else DEFAULT_LANGUAGE


def address_language() -> Language | None:
    """Return the language that the address of this request names, None where it names none.

    Blueprints under /<language>/ take it off their arguments and leave it in `g.language`.
    """
    if "language" in g:
        return cast(Language, g.language)
    first = request.path.split("/", 2)[1]
    return first if first in LANGUAGES else None


def site() -> Site:
    """Return the site as the catalogue names it, or the unnamed one while the store is away: a page never fails on its own title."""
    if "site" not in g:
        try:
            g.site = parts().register.catalogue().site
        except ObservatoryError:
            return Site()
    return cast(Site, g.site)


def install_language(app: Flask) -> None:
    """Give an application gettext in both languages, and every template the filters below and what `every_page` names."""
    flask_babel.Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=language)
    filters: tuple[Callable[..., object], ...] = (
        moment,
        service_hours,
        iso,
        day,
        minutes,
        seconds,
        percent,
        availability,
        count,
        in_language,
        has_hangul,
        short_digest,
    )
    for template_filter in (*filters, load_time_mean, load_time_p75, load_time_p95, load_time_share, failed_wait, failure_count):
        app.add_template_filter(template_filter)

    @app.context_processor
    def every_page() -> dict[str, object]:
        return {
            "language": language(),
            "languages": LANGUAGES,
            "site": site(),
            "demonstration": parts().settings.demonstration,
            "public_url": parts().settings.public_url.rstrip("/"),
        }


def short_digest(digest: str) -> str:
    """Return `sha256:9f86…0a08`: what people compare, the first and last four digits."""
    algorithm, _, digits = digest.rpartition(":")
    return f"{algorithm}:{digits[:4]}…{digits[-4:]}"


def moment(at: datetime | None) -> str:
    """Return `2026-11-20 18:04 (Korea time)`, in the site's zone, which is named."""
    if at is None:
        return gettext("no data")
    return f"{at.astimezone(site().zone):%Y-%m-%d %H:%M} ({_zone_name()})"


def service_hours(hours: str) -> str:
    """Return `09:00-18:00 (Korea time)`, or `Mon-Fri 09:00-18:00, closed on public holidays (Korea time)`."""
    week = parse_week(hours)
    if {*week.days} == {week.holiday}:
        return f"{hours} ({_zone_name()})"
    names = flask_babel.get_locale().days["format"]["abbreviated"]
    runs = [(opening, [day for day, _ in run]) for opening, run in groupby(enumerate(week.days), key=itemgetter(1))]
    parts = [f"{'-'.join(names[day] for day in dict.fromkeys((days[0], days[-1])))} {_clock(opening)}" for opening, days in runs if opening]
    holiday = gettext("%(hours)s on public holidays", hours=_clock(week.holiday)) if week.holiday else gettext("closed on public holidays")
    return f"{', '.join((*parts, holiday))} ({_zone_name()})"


def _clock(opening: tuple[int, int]) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in opening)


def _zone_name() -> str:
    zone = site().time_zone
    return gettext("Korea time") if zone == "Asia/Seoul" else zone


def iso(at: datetime) -> str:
    """Return a moment for `<time datetime>`: UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(at: date) -> str:
    """Return `2026-11-20`; of a moment, its day in the site's zone."""
    local = at.astimezone(site().zone) if isinstance(at, datetime) else at
    return f"{local:%Y-%m-%d}"


def minutes(total: float | None) -> str:
    """Return whole minutes as `2 d 3 h 20 min`, leaving out what is zero."""
    if total is None:
        return gettext("no data")
    hours, rest_minutes = divmod(floor(total), 60)
    days, rest_hours = divmod(hours, 24)
    words = (
        gettext("%(n)d d", n=days) if days else "",
        gettext("%(n)d h", n=rest_hours) if rest_hours else "",
        gettext("%(n)d min", n=rest_minutes) if rest_minutes or not hours else "",
    )
    return " ".join(word for word in words if word)


def seconds(milliseconds: float | None) -> str:
    """Return a load time in seconds with its unit; three digits after the point below a tenth of a second."""
    if milliseconds is None:
        return gettext("no data")
    return gettext("%(n)s s", n=f"{milliseconds / 1000:.{3 if milliseconds < 100 else 2}f}")


def percent(value: float | None, digits: int = 3) -> str:
    """Return a percentage cut, never rounded up; the tiny addend only undoes the binary form of a decimal."""
    if value is None:
        return gettext("no data")
    scale: int = 10**digits
    return f"{floor(value * scale + 1e-6) / scale:.{digits}f}%"


def availability(figures: ServiceFigures) -> str:
    """Return the availability, or the two between which it lies because minutes are missing: `99.1% ~ 99.9%`."""
    best, worst = percent(figures.availability_percent), percent(figures.availability_worst_percent)
    return best if best == worst else f"{worst} ~ {best}"


def count(number: int | None) -> str:
    """Return a whole number with its thousands apart."""
    return gettext("no data") if number is None else f"{number:,}"


def failure_count(failures: int | None) -> str:
    """Return how many failures there were."""
    return gettext("no data") if failures is None else ngettext("%(num)d failure", "%(num)d failures", failures)


def load_time_mean(load_time: LoadTime) -> str:
    """Return the mean with its unit, marked where a few long ones may have moved it, or why there is none."""
    mean = _measured(load_time.mean_ms, load_time.n, beside=load_time.p75_ms)
    return gettext("%(mean)s (a hint)", mean=mean) if load_time.mean_is_rough else mean


def load_time_p75(load_time: LoadTime) -> str:
    """Return the 75th percentile with its unit, or why there is none."""
    return _placed(load_time, load_time.p75_ms)


def load_time_p95(load_time: LoadTime) -> str:
    """Return the 95th percentile with its unit, or why there is none."""
    return _placed(load_time, load_time.p95_ms)


def load_time_share(load_time: LoadTime, share: float | None) -> str:
    """Return a share of the pages that came, or why there is none."""
    return _placed(load_time, None) if share is None and load_time.n else percent(share, 1)


def failed_wait(load_time: LoadTime) -> str:
    """Return how long those waited on average whose request failed, or why that is not told."""
    return _measured(load_time.failed_wait_mean_ms, load_time.failed_waits)


def _placed(load_time: LoadTime, milliseconds: float | None) -> str:
    """Return what the histogram of load times tells; there may be none, and a mean all the same."""
    return _measured(milliseconds, load_time.n, beside=load_time.mean_ms if load_time.p75_ms is None else None)


def _measured(milliseconds: float | None, sample: int, beside: float | None = None) -> str:
    """Return milliseconds as seconds, or why they are not known; where a number of the same sample stands `beside`, it is not too small."""
    if milliseconds is None and sample > 0:
        return gettext("sample too small") if beside is None else gettext("not told")
    return seconds(milliseconds)


def in_language(text: Text) -> str:
    """Return a text in the reader's language; in the other one where this one's is empty."""
    return text.in_language(language())


def has_hangul(text: str) -> bool:
    """Return whether a free text is Korean, so that a page in English can mark it as such."""
    return any(_HANGUL_FIRST <= letter <= _HANGUL_LAST for letter in text)
