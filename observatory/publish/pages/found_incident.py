"""Find an incident with the service it happened to and what people said of it, and name the menus it touched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from observatory.errors import NotFound, phrase
from observatory.judge.beside import MeasuredBeside
from observatory.model.incident import Incident
from observatory.readmodel.stories import IncidentStory
from observatory.readmodel.summary import ServiceSummary
from observatory.web.context import summary
from observatory.web.language import gettext, in_language


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """An incident with the service it happened to, and what people said of it."""

    incident: Incident
    shown: ServiceSummary
    story: IncidentStory
    beside: MeasuredBeside | None


def find_incident(incident_id: str) -> FoundIncident:
    """Return an incident, one that was merged or withdrawn too. Raises NotFound."""
    found = summary().incident(incident_id)
    if found is None:
        raise NotFound(phrase("cannot find incident %(id)r"), phrase("incidents are listed on the page of their service"), id=incident_id)
    return FoundIncident(found, summary().service(found.service_id), summary().stories([found])[found.id], summary().beside(found))


def places_of(shown: ServiceSummary) -> Callable[[Incident], str]:
    """Return what names the menus an incident touched, in the reader's language."""
    return lambda found: named(shown, found.menu_ids if found.menu_id is None else (found.menu_id,))


def named(shown: ServiceSummary, menu_ids: Sequence[str]) -> str:
    """Return the names of menus, or that it is the service as a whole."""
    names = {row.menu.id: in_language(row.menu.name) for row in shown.menus}
    return ", ".join(names.get(menu_id, menu_id) for menu_id in menu_ids) or gettext("the whole service")
