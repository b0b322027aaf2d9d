"""A catalogue file becomes a catalogue, or is refused with the line, the reason and what to do about it."""

import pytest

from observatory.errors import BadInput
from observatory.model.catalogue import (
    HOME,
    PROBE_STEPS_MAX,
    Agency,
    Catalogue,
    Menu,
    ProbeStep,
    ProbeTarget,
    Service,
    Site,
    TelemetryIdentity,
)
from observatory.model.catalogue_file import parse_catalogue
from observatory.model.catalogue_lines import CatalogueLines
from observatory.model.text import Text
from tests.catalogue_text import job_portal

FILE = """[site]
name_ko = "공공서비스 관측소"
name_en = "Public Service Observatory"
time_zone = "Asia/Seoul"
"""
FILE += job_portal("""grade = 1                                   # 1-4, sets availability and repair targets
executive_office_ko = "고용정책실장"
executive_office_en = "Deputy Minister for Employment Policy"
telemetry = [{ namespace = "labor", name = "job-portal" }]   # resource attributes that mean this service
origins = ["https://jobs.example.go.kr"]    # who may send browser beacons
channels_ko = ["국번 없이 1350"]             # where to turn while it is down
low_traffic_block_minutes = 1               # 1, 5 or 15
hours = "00:00-24:00"                       # service hours, local
  [[service.menu]]
  id = "search"
  name_ko = "일자리 찾기"
  name_en = "Find a job"
  routes = ["/jobs", "/jobs/*"]             # on http.route, then on the path template; first match wins
  critical = true
  slow_ms = 3000
  probe = { url = "https://jobs.example.go.kr/jobs", interval_s = 60 }

[[service]]
id = "bare"
agency = "labor"
name_ko = "맨몸"
name_en = "Bare"
url = "https://bare.example.go.kr"
""")

LABOR = Agency("labor", Text("고용노동부", "Ministry of Employment and Labor"))
SEARCH = Menu(
    id="search",
    name=Text("일자리 찾기", "Find a job"),
    routes=("/jobs", "/jobs/*"),
    critical=True,
    slow_ms=3000,
    probe=ProbeTarget("https://jobs.example.go.kr/jobs", 60),
)
PORTAL = Service(
    id="job-portal",
    agency_id="labor",
    name=Text("일자리 포털", "Job Portal"),
    url="https://jobs.example.go.kr",
    grade=1,
    executive_office=Text("고용정책실장", "Deputy Minister for Employment Policy"),
    telemetry=(TelemetryIdentity("labor", "job-portal"),),
    origins=("https://jobs.example.go.kr",),
    channels=(Text("국번 없이 1350", ""),),
    menus=(SEARCH,),
)
BARE = Service(id="bare", agency_id="labor", name=Text("맨몸", "Bare"), url="https://bare.example.go.kr", menus=(HOME,))


def test_the_described_form_is_read() -> None:
    assert parse_catalogue(FILE, "town.toml") == Catalogue(Site(), (LABOR,), (PORTAL, BARE))


def test_an_empty_file_observes_nobody() -> None:
    assert parse_catalogue("", "town.toml") == Catalogue()


def test_channels_in_english_and_the_server_source_may_be_given() -> None:
    text = FILE.replace("hours =", 'channels_en = ["call 1350"]\nserver_source = "span"\nhours =', 1)
    service = parse_catalogue(text, "town.toml").services[0]
    assert (service.channels, service.server_source) == ((Text("국번 없이 1350", "call 1350"),), "span")


def test_a_namespace_may_be_left_out() -> None:
    service = parse_catalogue(FILE.replace('namespace = "labor", ', ""), "town.toml").services[0]
    assert service.telemetry == (TelemetryIdentity("", "job-portal"),)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason", "hint"),
    [
        ('name_en = "Find', 'nam_en = "Find', 28, "'nam_en' is no key of menu 'search'", "did you mean 'name_en'?"),
        ("[site]", "[place]", 1, "'place' is no key of the file", "known here are site, agency, service"),
        ("namespace =", "space =", 20, "'space' is no key of telemetry", "did you mean 'namespace'?"),
        ("interval_s = 60", "every = 60", 32, "'every' is no key of probe", "known here are url, interval_s"),
        ('id = "bare"', 'id = "job-portal"', 35, "service id 'job-portal' is given twice", "every id stands for one thing only"),
        ('url = "https://bare.example.go.kr"\n', "", 34, "service 'bare' lacks 'url'", "add a line url = ..."),
        ('id = "bare"\n', "", 34, "service lacks 'id'", "add a line id = ..."),
        ('agency = "labor"', 'agency = "labour"', 13, "service 'job-portal' names agency 'labour', which", "known are: labor"),
        ("grade = 1 ", "grade = 5 ", 17, "service 'job-portal': grade is 5", "choose 1, 2, 3 or 4"),
        ("grade = 1 ", "grade = true ", 17, "'grade' of service 'job-portal' is True", "write a whole number"),
        ("grade = 1 ", 'grade = "1" ', 17, "'grade' of service 'job-portal' is '1'", "write a whole number"),
        ("critical = true", "critical = 1", 30, "'critical' of menu 'search' is 1", "write true or false"),
        ('"Find a job"', "7", 28, "'name_en' of menu 'search' is 7", "write a text in quotes"),
        ('["/jobs", "/jobs/*"]', '"/jobs"', 29, "'routes' of menu 'search' is '/jobs'", "write a list of texts"),
        ('["/jobs", "/jobs/*"]', "[]", 29, "menu 'search' has no routes", "give at least one pattern"),
        ('["/jobs", "/jobs/*"]', '["/jobs?q=*"]', 29, "bad route pattern '/jobs?q=*': a path has no spaces", 'write it as "/jobs"'),
        ('["/jobs", "/jobs/*"]', '["https://a/b"]', 29, "bad route pattern 'https://a/b': it holds a whole address", "/jobs"),
        ('["/jobs", "/jobs/*"]', '["/**"]', 29, "bad route pattern '/**': one * already stands for any text", "/jobs"),
        ('["/jobs", "/jobs/*"]', '["*/*/*/*/*/*/*/*/*"]', 29, "it has more than 8 of *", "/jobs"),
        ('["/jobs", "/jobs/*"]', '[""]', 29, "it has 0 characters, not 1 to 300", "/jobs"),
        ("slow_ms = 3000", "slow_ms = 0", 31, "menu 'search': slow_ms is 0", "choose 1 to 60000"),
        ("interval_s = 60", "interval_s = 5", 32, "cannot probe every 5 s", "choose 10 to 7200 seconds"),
        ("interval_s = 60", "status = 99", 32, "cannot probe for status 99", "choose 200 to 599, or leave it out"),
        ("interval_s = 60", f'text = "{"긴" * 201}"', 32, "cannot probe for this text", "give at most 200 characters"),
        ("probe = {", "probe = [] #", 32, "'probe' of menu 'search' is []", "write a table"),
        ("telemetry = [{", "telemetry = 3 # [{", 20, "'telemetry' of service 'job-portal' is 3", "write a list of tables"),
        ('id = "search"', 'id = "Search"', 26, "cannot use 'Search' as the id of a menu", "lower-case letters"),
        (
            '"https://jobs.example.go.kr"]',
            '"https://jobs.example.go.kr/x"]',
            21,
            "has origin 'https://jobs.example.go.kr/x'",
            "scheme and host",
        ),
        ('url = "https://jobs.example.go.kr"\n', 'url = "javascript:x"\n', 16, "has url 'javascript:x'", "http or https"),
        ('"00:00-24:00"', '"all day"', 24, "cannot read service hours 'all day'", "write them as"),
        ("minutes = 1 ", "minutes = 2 ", 23, "low_traffic_block_minutes is 2", "choose 1, 5, 15 or 60"),
        ('"Asia/Seoul"', '"Asia/Seul"', 4, "cannot use time zone 'Asia/Seul'", "IANA name"),
        ('name_en = "Ministry of Employment and Labor"\n', "", 6, "agency 'labor' lacks 'name_en'", "add a line name_en = ..."),
        ("grade = 1 ", "grade = ", 17, "invalid value", "valid TOML"),
        ("grade = 1 ", "grade = 1\ngrade = 2 ", 18, "cannot overwrite a value", "valid TOML"),
        ('"Bare"', '"Bare', 38, "illegal character", "valid TOML"),
        ('"Bare"', '"Ba\u200bre"', 38, "'name_en' of service 'bare' holds U+200B ZERO WIDTH SPACE, which cannot be seen", "type it"),
        ('"Bare"', r'"Ba\u202Ere"', 38, "holds U+202E RIGHT-TO-LEFT OVERRIDE", "type it"),
        ('["/jobs", "/jobs/*"]', r'["/jobs\u0000"]', 29, "'routes' of menu 'search' holds U+0000, which", "type it"),
        ("grade = 1 ", "grade = 1e400 ", 17, "'grade' of service 'job-portal' is inf", "write a whole number"),
        ("grade = 1 ", "grade = nan ", 17, "'grade' of service 'job-portal' is nan", "write a whole number"),
        ("slow_ms = 3000", "slow_ms = 1" + "0" * 30, 31, "slow_ms is 1000", "choose 1 to 60000"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line_and_a_hint(right: str, wrong: str, line: int, reason: str, hint: str) -> None:
    assert right in FILE
    with pytest.raises(BadInput) as refused:
        parse_catalogue(FILE.replace(right, wrong, 1), "town.toml")
    assert refused.value.message.startswith(f"cannot use town.toml, line {line}: ")
    assert reason in refused.value.message
    assert hint in refused.value.hint


def test_telemetry_of_two_services_may_not_overlap() -> None:
    text = FILE + 'telemetry = [{ name = "bare" }, { namespace = "labor", name = "job-portal" }]\n'
    with pytest.raises(BadInput, match="line 40: service 'bare' claims telemetry of namespace 'labor' and name 'job-portal'") as refused:
        parse_catalogue(text, "town.toml")
    assert "that of service 'job-portal'" in refused.value.message


def test_two_menus_of_a_service_may_not_share_an_id() -> None:
    menu = '[[service.menu]]\nid = "a"\nname_ko = "가"\nname_en = "A"\nroutes = ["*"]\n'
    with pytest.raises(BadInput, match="line 46: menu id 'a' is given twice"):
        parse_catalogue(FILE + menu + menu, "town.toml")


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observatory.model.catalogue_file.CATALOGUE_LENGTH_MAX", 100)
    with pytest.raises(BadInput, match="it has 101 characters"):
        parse_catalogue("#" * 101, "town.toml")


@pytest.mark.parametrize(
    "value", ["[" * 20_000 + "]" * 20_000, "1" + "0" * 5000, "{a=" * 20_000 + "1" + "}" * 20_000, "a." * 20_000 + "a = 1"]
)
def test_a_value_that_python_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match=r"town\.toml, line"):
        parse_catalogue(f"{FILE}more = {value}\n", "town.toml")


@pytest.mark.parametrize("zone", ["", "..", "/etc/passwd", "../../etc/passwd", "Asia", "Asia/Seoul\\n", "a" * 5000])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(BadInput, match=r"town\.toml, line 4: "):
        parse_catalogue(FILE.replace("Asia/Seoul", zone, 1), "town.toml")


def test_lines_are_found_around_strings_comments_arrays_and_dotted_keys() -> None:
    text = '''a = """
[[service]]
b = 1 \\""" still inside
"""   # [[service]]
list = [
  "]", # ]
  { c = 1 },
]
"quoted key" = \'\'\'
x = 1\'\'\'
[[service]]
url.long = 1
  [service."the probe"]
  every = 2
[[service]]
  [[service.menu]]
  [[service.menu]]
  id = 3
'''
    lines = CatalogueLines(text)
    paths = [
        ("a",),
        ("b",),
        ("list",),
        ("list", 1, "c"),
        ("quoted key",),
        ("x",),
        ("service", 0),
        ("service", 0, "url", "long"),
        ("service", 0, "the probe", "every"),
        ("service", 1, "menu", 1, "id"),
        ("service", 1, "menu", 1, "name"),
        ("service", 1, "url"),
    ]
    assert [lines.line(path) for path in paths] == [1, 1, 5, 5, 9, 1, 11, 12, 14, 18, 17, 15]


STEPS = 'steps = [{ url = "https://jobs.example.go.kr/in", status = 200 }, { url = "https://jobs.example.go.kr/jobs", text = "일자리" }]'

MANY = ", ".join(['{ url = "https://a.example/" }'] * (PROBE_STEPS_MAX + 1))


def probing(probe: str) -> ProbeTarget | None:
    return (
        parse_catalogue(FILE.replace('url = "https://jobs.example.go.kr/jobs", interval_s = 60', probe), "town.toml")
        .services[0]
        .menus[0]
        .probe
    )


def test_a_probe_may_be_a_journey_of_steps() -> None:
    steps = ProbeStep("https://jobs.example.go.kr/in", status=200), ProbeStep("https://jobs.example.go.kr/jobs", "일자리")
    assert probing(STEPS) == ProbeTarget(steps=steps)
    single = probing('url = "https://jobs.example.go.kr/jobs", text = "일자리"')
    assert single is not None
    assert single.journey == steps[1:]


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        (f'url = "https://jobs.example.go.kr/", {STEPS}', "cannot probe an address and steps"),
        (f"text = 'x', {STEPS}", "cannot probe an address and steps"),
        ("steps = []", "lacks 'url'"),
        ('steps = [{ text = "x" }]', "lacks 'url'"),
        ('steps = [{ url = "ftp://jobs.example.go.kr/" }]', "cannot probe 'ftp"),
        ('steps = [{ url = "https://jobs.example.go.kr/", every = 1 }]', "'every' is no key of steps"),
        (f"steps = [{MANY}]", f"cannot probe {PROBE_STEPS_MAX + 1} steps"),
    ],
)
def test_a_journey_that_cannot_be_is_refused_with_its_line(probe: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        probing(probe)
    line = FILE.partition("  probe =")[0].count("\n") + 1
    assert f"line {line}:" in refused.value.message
