"""Make up a catalogue: services of ten menus, some thirty to an agency, with names people could search for.

Identities and routes are those of `loadtests.bodies`, so that its traffic is traffic of the first hundred.
"""

import random

from loadtests.bodies import MENU_COUNT, service_id
from observatory.model.catalogue import Agency, Catalogue, Menu, Service, TelemetryIdentity
from observatory.model.text import Text

SERVICES_PER_AGENCY = 33
WORDS = (
    ("민원", "civil"), ("세금", "tax"), ("고용", "job"), ("건강", "health"), ("보험", "insurance"), ("여권", "passport"),
    ("면허", "licence"), ("주택", "housing"), ("연금", "pension"), ("출생", "birth"), ("교육", "school"), ("병원", "hospital"),
    ("복지", "welfare"), ("창업", "startup"), ("특허", "patent"), ("관세", "customs"), ("기상", "weather"), ("재난", "safety"),
    ("도로", "road"), ("우편", "post"), ("수도", "water"), ("전기", "power"), ("산림", "forest"), ("농업", "farm"), ("문화", "culture"),
)  # fmt: skip
ACTS = (("신청", "application"), ("조회", "enquiry"), ("예약", "booking"), ("발급", "certificates"), ("신고", "report"), ("상담", "advice"))


def country_catalogue(services: int, rng: random.Random) -> Catalogue:
    """Return a catalogue of so many services, none of them registered yet."""
    agencies = tuple(_agency(number, rng) for number in range(-(-services // SERVICES_PER_AGENCY)))
    return Catalogue(
        agencies=agencies, services=tuple(_service(number, agencies[number // SERVICES_PER_AGENCY].id, rng) for number in range(services))
    )


def _agency(number: int, rng: random.Random) -> Agency:
    korean, english = rng.choice(WORDS)
    return Agency(f"agency-{number:03d}", Text(f"{korean}청 {number}", f"{english.title()} Agency {number}"))


def _service(number: int, agency_id: str, rng: random.Random) -> Service:
    first, second, act = rng.choice(WORDS), rng.choice(WORDS), rng.choice(ACTS)
    return Service(
        id=service_id(number),
        agency_id=agency_id,
        name=Text(f"{first[0]} {second[0]} {act[0]} {number}", f"{first[1].title()} and {second[1]} {act[1]} {number}"),
        url=f"https://{service_id(number)}.example",
        grade=rng.choice((1, 2, 3, 4)),
        telemetry=(TelemetryIdentity("bench", service_id(number)),),
        channels=(Text("전화 110", "Call 110"),),
        server_source="log",
        menus=tuple(_menu(number, rng) for number in range(MENU_COUNT)),
    )


def _menu(number: int, rng: random.Random) -> Menu:
    korean, english = rng.choice(ACTS)
    return Menu(f"menu-{number}", Text(f"{korean} {number}", f"{english.title()} {number}"), (f"/menu-{number}", f"/menu-{number}/*"))
