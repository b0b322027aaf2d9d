"""Show staff why a minute of a service was judged as it was, and the records kept of it."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from observatory.access.people.grants import check_covered
from observatory.access.rules import staff
from observatory.desk.frame import frame
from observatory.errors import NotFound, NotSignedIn, phrase
from observatory.flows.figures import MinuteAccount, look_into
from observatory.judge.days import moment_of
from observatory.judge.explaining import minute_named, name_of
from observatory.judge.explanation import rule_of
from observatory.model.catalogue import Service
from observatory.model.columns import NO_DURATION, Source
from observatory.model.exemplar import EXEMPLARS_KEPT, EXEMPLARS_PER_KIND_MAX, OTHER_TEMPLATE
from observatory.model.minute import Counter
from observatory.web.context import parts
from observatory.web.language import site

SEE_OTHER = 303

bp = Blueprint("minutes", __name__, url_prefix="/<any(ko, en):language>/services/<service_id>/minutes")
frame(bp)


@bp.get("/<minute>")
def minute(service_id: str, minute: str) -> str:
    """Show one minute, down to its records."""
    found = parts()
    account = look_into(_service(service_id), minute_named(minute), found.register, found.telemetry, found.now())
    return render_template("desk/minute.html", **_shown(account))


@bp.errorhandler(NotSignedIn)
def lead_to_the_door(_: NotSignedIn) -> AnyResponse:
    """Send whoever is not signed in to the sign-in form, which leads back here."""
    return redirect(url_for("door.ask", next=request.path), SEE_OTHER)


def _service(service_id: str) -> Service:
    """Return a service that some role of whoever asks covers. Raises NotFound or NotAllowed."""
    service = parts().register.catalogue().service(service_id)
    if service is None:
        raise NotFound(phrase("cannot find service %(id)r"), phrase("services are listed on the front page"), id=service_id[:64])
    check_covered(staff().member, service)
    return service


def _shown(account: MinuteAccount) -> dict[str, object]:
    """Return what the page shows, and what it needs to name it."""
    return {
        "service": account.service,
        "explained": account.explanation,
        "exemplars": account.exemplars,
        "menus": {menu.index: menu for menu in account.service.menus},
        "vantages": account.vantages,
        "Source": Source,
        "rule_of": rule_of,
        "counters": Counter,
        "moment_of": moment_of,
        "name_of": name_of,
        "time_of_day": _time_of_day,
        "kept_hours": int(EXEMPLARS_KEPT.total_seconds()) // 3600,
        "kept_most": EXEMPLARS_PER_KIND_MAX,
        "other_template": OTHER_TEMPLATE,
        "no_duration": NO_DURATION,
    }


def _time_of_day(end_ms: int) -> str:
    """Return `18:04:07`, in the site's zone."""
    return f"{datetime.fromtimestamp(end_ms / 1000, UTC).astimezone(site().zone):%H:%M:%S}"
