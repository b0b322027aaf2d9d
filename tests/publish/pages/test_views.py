"""Status pages, as a citizen without scripts reads them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from observatory.decode.machines import MACHINES_LIST
from observatory.model.catalogue import Agency, Menu, Site
from observatory.model.signoff import Condition
from observatory.model.target import TargetFigure
from observatory.model.text import Text
from tests.builders import a_menu, a_service, a_signoff
from tests.moments import NOW
from tests.publish.page_reading import Page
from tests.summaries import FixedSummary, a_load_time, a_summary, an_incident, no_figures, some_figures

HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def read(client: FlaskClient, path: str) -> Page:
    """Return the page at a path, which has to be there and without faults."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert not page.faults
    return page


@pytest.mark.parametrize(
    ("accepted", "home"), [("ko-KR,ko;q=0.9,en;q=0.5", "/ko/"), ("en-US,en;q=0.9", "/en/"), ("fr", "/ko/"), ("", "/ko/")]
)
def test_the_root_sends_a_reader_to_the_language_the_browser_asks_for(client: FlaskClient, accepted: str, home: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Location"]) == (302, home)
    assert "Accept-Language" in answer.headers["Vary"]


def test_only_the_root_looks_at_the_browsers_language(client: FlaskClient, known: FixedSummary) -> None:
    answer = client.get("/ko/", headers={"Accept-Language": "en"})
    assert '<html lang="ko">' in answer.text
    assert "Accept-Language" not in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("states", "sentence_ko", "sentence_en"),
    [
        (("up", "up"), "아니요, 지금 장애가 있는 서비스는 없습니다.", "Nothing is down right now."),
        (("up", "down"), "네, 지금 서비스 1곳에 장애가 있습니다.", "Yes: 1 service is down right now."),
        (("down", "down"), "네, 지금 서비스 2곳에 장애가 있습니다.", "Yes: 2 services are down right now."),
        (("down", "partial"), "네, 지금 서비스 1곳에 장애가, 1곳에 일부 장애가 있습니다.", "Yes: 1 down and 1 partly failing right now."),
        (("partial", "up"), "멈춘 서비스는 없지만, 1곳에 일부 장애가 있습니다.", "No service is down, but 1 is partly failing."),
        (
            ("recovering", "up"),
            "멈춘 서비스는 없지만, 1곳은 장애에서 복구되었는지 확인하고 있습니다.",
            "No service is down, but 1 is recovering from a failure.",
        ),
        (("degraded", "up"), "장애는 없지만, 1곳이 느립니다.", "Nothing is down, but 1 service is slow."),
        (("unknown", "up"), "알려진 장애는 없지만, 1곳은 자료가 없어 알 수 없습니다.", "No failure is known, but 1 service sends no data."),
        (("unknown", "unknown"), "지금은 자료가 없어 알 수 없습니다.", "There are no data right now, so we cannot say."),
        (("maintenance", "up"), "아니요, 지금 장애가 있는 서비스는 없습니다.", "Nothing is down right now."),
    ],
)
def test_the_first_sentence_says_whether_anything_is_down(
    client: FlaskClient, known: FixedSummary, states: tuple[str, ...], sentence_ko: str, sentence_en: str
) -> None:
    known.services = tuple(a_summary(a_service(f"s{index}"), state=state) for index, state in enumerate(states))  # type: ignore[arg-type]
    for language, sentence in (("ko", sentence_ko), ("en", sentence_en)):
        html = client.get(f"/{language}/").text
        assert f">{sentence}</h1>" in html
        assert html.index("</h1>") < html.index("<table")


def test_a_site_without_services_says_what_to_do(client: FlaskClient, known: FixedSummary) -> None:
    page = read(client, "/ko/")
    assert "아직 등록된 서비스가 없습니다." in page.text
    assert "observatory catalogue apply" in page.text
    assert "<table" not in page.html


def test_failing_services_are_named_with_links_before_the_table(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(a_service("fine")), a_summary(a_service("broken"), state="down"))
    page = read(client, "/en/")
    before, table = page.html.split("<table", 1)
    assert "/en/services/broken" in before
    assert table.index("broken") < table.index("fine")


def test_search_finds_by_menu_and_says_how_many(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(a_service("jobs", menus=(a_menu("benefit"),))), a_summary(a_service("care", menus=(a_menu("visit"),))))
    page = read(client, "/ko/?q=benefit")
    assert "/ko/services/jobs" in page.links
    assert "/ko/services/care" not in page.links
    assert "찾은 서비스 1곳" in page.text
    assert "/en/?q=benefit" in page.links
    assert "맞는 서비스가 없습니다" in read(client, "/ko/?q=nothing-like-it").text


def test_more_services_than_fit_come_in_pages_that_keep_the_filter(client: FlaskClient, known: FixedSummary) -> None:
    known.services = tuple(a_summary(a_service(f"s{number}")) for number in range(60))
    assert "/ko/?state=up&page=2" in [link.replace("&amp;", "&") for link in read(client, "/ko/?state=up").links]
    assert "/ko/services/s59" in read(client, "/ko/?page=2").links


def test_what_others_wrote_is_text_and_never_markup(client: FlaskClient, known: FixedSummary) -> None:
    hostile = Text(HOSTILE, HOSTILE)
    menu = Menu("m", hostile)
    service = replace(a_service("jobs", menus=(menu,)), name=hostile, channels=(hostile,))
    signoff = replace(a_signoff(), reasons=HOSTILE, plan_reference=HOSTILE, office=hostile, signer_name=HOSTILE)
    agency = Agency("labor", hostile)
    known.services = (a_summary(service, agency=agency, state="down", incidents=(an_incident(menu_ids=("m",)),), signoffs=(signoff,)),)
    for path in ("/ko/", f"/en/?q={HOSTILE}", "/ko/services/jobs", "/en/services/jobs", "/ko/services/jobs/chart"):
        page = read(client, path)
        assert "<script>" not in page.html
        assert HOSTILE in page.text or "%22" in page.html


def test_a_service_page_says_state_since_when_figures_and_menus(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(state="degraded"),)
    text = read(client, "/ko/services/job-portal").text
    assert "되기는 하지만 느립니다." in text
    assert "어제까지 30일 동안의 숫자입니다." in text
    assert "2026-11-20 08:40 (한국시간)부터 3시간 20분째입니다" in text
    for shown in (
        "1.24초",
        "서버 기록, 표본 4,321건",
        "2회",
        "3시간 20분",
        "99.500% ~ 99.523%",
        "98.7%",
        "1,000건 중 5.0건",
        "search 메뉴",
        "1.50초",
    ):
        assert shown in text
    assert "Since 2026-11-20 08:40 (Korea time), for 3 h 20 min" in read(client, "/en/services/job-portal").text


@pytest.mark.parametrize(("untimed", "told"), [(0, False), (4, False), (5, True), (4321, True)])
def test_a_service_page_says_where_many_requests_are_in_no_load_time(
    client: FlaskClient, known: FixedSummary, untimed: int, *, told: bool
) -> None:
    load_time = a_load_time(n=95, untimed=untimed)
    menu = a_menu("search")
    known.services = (a_summary(a_service(menus=(menu,)), figures=some_figures(menus=(menu,), load_time=load_time)),)
    page = client.get("/en/services/job-portal").text
    assert page.count("are in no load time: no duration was told") == 2 * told
    assert ("걸린 시간이 전해지지 않았거나 다른 주소로 넘겨졌을 뿐" in client.get("/ko/services/job-portal").text) is told
    assert "Worked, but no duration was told" in page


def test_a_service_page_says_how_many_came_quickly_and_what_is_in_no_load_time(client: FlaskClient, known: FixedSummary) -> None:
    shown = a_summary()
    counted = replace(shown.figures, throttled_requests=1001, client_error_requests=1002, unmatched_requests=1003, clamped_requests=1004)
    counted = replace(counted, rejected_records=1006, quarantined_records=1007, late_records=1008)
    known.services = (replace(shown, figures=replace(counted, excluded_requests=1005)),)
    korean, english = (read(client, f"/{language}/services/job-portal").text for language in ("ko", "en"))
    for told in (
        "91.2%",
        "97.3%",
        "99.4%",
        "8.10초",
        "표본 600건",
        "기다리다 실패한 시간",
        "1,001",
        "1,002",
        "1,003",
        "1,004",
        "1,005",
        "1,006",
        "1,007",
        "1,008",
    ):
        assert told in korean
    for told in ("Within 3 s", "Within 8 s", "95 of 100 within", "Waited, then failed", "8.10 s", "Client errors"):
        assert told in english


def test_a_mean_of_few_is_called_a_hint(client: FlaskClient, known: FixedSummary) -> None:
    shown = a_summary()
    known.services = (replace(shown, figures=replace(shown.figures, load_time=a_load_time(n=40, rough=True))),)
    assert "1.24초 (참고)" in read(client, "/ko/").text
    assert "1.24초 (참고)" in read(client, "/ko/services/job-portal").text


def test_a_recovering_service_is_not_said_to_fail(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(state="recovering"),)
    korean, english = (read(client, f"/{language}/services/job-portal") for language in ("ko", "en"))
    assert "복구 확인 중" in korean.text
    assert "다시 이용할 수 있습니다. 5분 연속으로 정상이면 장애가 끝난 것으로 봅니다." in korean.text
    assert "It works again. The failure counts as over once it has worked for 5 minutes in a row." in english.text
    assert "It is partly failing" not in english.text
    assert "일부 접속" not in korean.text
    assert "/ko/services/job-portal" in read(client, "/ko/").html.split("<table", 1)[0]


def test_menus_of_a_new_service_show_the_last_24_hours_and_say_so(client: FlaskClient, known: FixedSummary) -> None:
    service = a_service(menus=(a_menu("search"),))
    lately = some_figures(menus=service.menus, days=1, load_time=a_load_time(987.0, n=77))
    nothing = replace(no_figures(), menus=tuple(replace(each, load_time=a_load_time(None, n=0), coverage=None) for each in lately.menus))
    known.services = (a_summary(service, figures=nothing, figures_day=lately),)
    for language, words, full in (
        ("ko", "아직 하루를 다 채운 수치가 없어 최근 24시간의 수치를 보입니다.", "어제까지 30일 동안의 숫자입니다."),
        ("en", "There are no figures of full days yet: these are of the last 24 hours.", "Of the last 30 full days."),
    ):
        page = read(client, f"/{language}/services/job-portal")
        assert words in page.text
        assert full not in page.text
        assert "0.99" in page.text


def test_pages_claim_only_what_is_built(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    method, data = read(client, "/en/method").text, read(client, "/en/data").text
    for false in ("we open the service", "our own checks", "second try", "calculate with them again", "takes no announcements"):
        assert false not in method
    for true in (
        "agency checks and decide nothing",
        "does not collect it yet",
        "up to 8 hours of it a month are not measured",
        MACHINES_LIST,
    ):
        assert true in method
    assert "up to 20 failed and 20 slow requests of each menu and minute are kept for 72 hours" in data
    assert "reduced to counts" not in data
    assert "실패한 접속과 느린 접속을 20건까지 72시간 동안" in read(client, "/ko/data").text


def test_another_zone_is_named_by_its_iana_name(client: FlaskClient, known: FixedSummary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observatory.web.language.site", lambda: Site(time_zone="Europe/Berlin"))
    known.services = (a_summary(),)
    assert "2026-11-20 04:00 (Europe/Berlin)" in read(client, "/ko/").text


def test_too_little_evidence_is_said_in_words_and_not_in_numbers(client: FlaskClient, known: FixedSummary) -> None:
    service = a_service()
    thin = some_figures(coverage=0.4, failures=None, load_time=a_load_time(None, n=12, p75_ms=None), menus=service.menus)
    thin = replace(thin, unknown_minutes=63_000)
    known.services = (a_summary(service, figures=thin, figures_day=no_figures(days=1)),)
    text = read(client, "/ko/services/job-portal").text
    for words in ("표본 부족", "측정 불충분", "자료 없음"):
        assert words in text
    assert "99.523%" not in text
    front = read(client, "/en/").text
    assert "sample too small" in front
    assert "measured too little" in front


def test_a_new_service_shows_its_last_24_hours_on_the_front_page(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(figures=no_figures(), figures_day=some_figures(days=1, downtime_minutes=61)),)
    text = read(client, "/en/").text
    assert "last 24 hours" in text
    assert "1 h 1 min and 12 min partly" in text


def test_a_menu_says_what_of_its_downtime_was_no_failure_and_what_was_partly(client: FlaskClient, known: FixedSummary) -> None:
    service = a_service()
    known.services = (a_summary(service, figures=some_figures(downtime_minutes=61, menus=service.menus)),)
    text = read(client, "/en/services/job-portal").text
    _, _, menus = text.partition("Three quarters within")
    assert "1 h 1 min of it 3 min in stops too short to be a failure and 12 min partly" in menus


def test_a_target_says_since_when_it_is_this_one(client: FlaskClient, known: FixedSummary) -> None:
    figures = some_figures()
    target = TargetFigure("mois-service-level-2025", 1, 99.92, "met", 120, 0, date(2026, 11, 3))
    known.services = (a_summary(figures=replace(figures, target=target)),)
    assert "Target of grade 1: 99.92% since 2026-11-03" in read(client, "/en/services/job-portal").text
    known.services = (a_summary(figures=replace(figures, target=replace(target, valid_from=None))),)
    assert "2026-11-03부터" not in read(client, "/ko/services/job-portal").text


@pytest.mark.parametrize("page", ["method", "data", "maintenance"])
def test_a_page_without_a_language_leads_to_that_of_the_browser(client: FlaskClient, page: str) -> None:
    answer = client.get(f"/{page}", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/en/{page}")
    assert client.get(f"/{page}").headers["Location"] == f"/ko/{page}"


def test_other_ways_are_shown_while_a_service_fails(client: FlaskClient, known: FixedSummary) -> None:
    service = replace(a_service(), channels=(Text("전화 1350", ""),))
    known.services = (a_summary(service, state="down"),)
    assert "전화 1350" in read(client, "/ko/services/job-portal").text
    english = read(client, "/en/services/job-portal")
    assert '<span lang="ko">전화 1350</span>' in english.html
    assert "translation in preparation" in english.text
    known.services, known.revision = (a_summary(service, state="up"),), 2
    assert "전화 1350" not in read(client, "/ko/services/job-portal").text


def test_other_ways_are_at_hand_while_nobody_knows_whether_a_service_works(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(replace(a_service(), channels=(Text("전화 1350", "Call 1350"),)), state="unknown"),)
    page = read(client, "/en/services/job-portal")
    assert "If it does not work for you" in page.text
    assert "What you can do meanwhile" not in page.text
    assert page.html.count("Call 1350") == 1


def test_a_channel_is_shown_in_the_language_in_which_it_is_written(client: FlaskClient, known: FixedSummary) -> None:
    channels = (Text("전화 1350", "Call 1350"), Text("고용센터 창구", ""), Text("", ""))
    known.services = (a_summary(replace(a_service(), channels=channels), state="down"),)
    page = read(client, "/en/services/job-portal")
    assert '<li>Call 1350</li><li><span lang="ko">고용센터 창구</span>' in page.html
    assert "<li></li>" not in page.html


def test_incidents_are_listed_with_start_end_minutes_and_how_they_ended(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (
        a_summary(
            state="down",
            incidents=(
                an_incident("open", minutes=None, started_at=datetime(2026, 11, 20, 2, 43, tzinfo=UTC)),
                an_incident("lost", severity="partial", end_reason="evidence_lost", menu_ids=("search",)),
            ),
        ),
    )
    page = read(client, "/ko/services/job-portal")
    for shown in (
        "2026-11-20 11:43 (한국시간)",
        "진행 중",
        "17분",
        "자료가 끊겨 끝난 때를 알 수 없음",
        "2026-11-18 12:24 (한국시간)",
        "search 메뉴",
    ):
        assert shown in page.text
    assert {"/ko/incidents/open", "/ko/incidents/lost"} <= set(page.links)


def test_all_signoffs_are_shown_with_who_when_what_and_why(client: FlaskClient, known: FixedSummary) -> None:
    earlier = a_signoff(
        decision="conditional", conditions=(Condition("글자를 키운다", date(2026, 12, 31)),), signed_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    known.services = (a_summary(signoffs=(a_signoff(), earlier), signoff_state="signed"),)
    text = read(client, "/ko/services/job-portal").text
    for shown in ("합격", "고용노동부 장관", "김책임", "2026-11-20 10:02 (한국시간)", a_signoff().reasons, "2.4.1", "sha256:" + "ab" * 32):
        assert shown in text
    for shown in ("이전 판정", "조건부 합격", "글자를 키운다", "2026-12-31까지"):
        assert shown in text


def test_a_service_nobody_signed_for_says_so(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(replace(a_service(), executive_office=Text("고용노동부 차관", "Vice Minister"))),)
    text = read(client, "/ko/services/job-portal").text
    assert "판정한 기록이 아직 없습니다. 최고책임자: 고용노동부 차관." in text


def test_ninety_days_are_a_drawing_and_a_real_table(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    page = read(client, "/en/services/job-portal")
    assert sum(tag == "rect" for tag, _ in page.attributes) == 90
    details = page.html.split("<details>", 1)[1].split("</details>", 1)[0]
    assert details.count('<tr><th scope="row">') == 90
    assert "2026-11-20" in details.split("</tr>", 2)[1], "today first"


def test_the_large_chart_is_loaded_on_its_own_page_only(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    page = read(client, "/ko/services/job-portal")
    assert "/ko/services/job-portal/chart" in page.links
    assert not [source for source in page.sources if "plotly" in source]
    chart = read(client, "/ko/services/job-portal/chart")
    assert [source for source in chart.sources if "plotly" in source]
    figure = client.get("/ko/services/job-portal/chart.json")
    assert figure.mimetype == "application/json"
    assert figure.json is not None
    assert figure.json["layout"]["yaxis"]["title"]["text"] == "평균 로딩시간(초)"


@pytest.mark.parametrize("path", ["/ko/services/none", "/ko/services/none/chart", "/ko/services/none/chart.json", "/ko/incidents/none"])
def test_what_does_not_exist_is_404(client: FlaskClient, known: FixedSummary, path: str) -> None:
    assert client.get(path).status_code == 404


def test_pages_name_each_other_across_languages(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    for path in ("/", "/services/job-portal", "/services/job-portal/chart", "/method", "/data"):
        for language in ("ko", "en"):
            page = read(client, f"/{language}{path}")
            assert f'<html lang="{language}">' in page.html
            alternates = {given["hreflang"]: given["href"] for tag, given in page.attributes if tag == "link" and "hreflang" in given}
            assert alternates == {"ko": f"/ko{path}", "en": f"/en{path}"}


def test_english_pages_hold_no_korean_of_ours_and_the_other_way_round(client: FlaskClient, known: FixedSummary) -> None:
    known.services = ()
    for path in ("/", "/method", "/data"):
        english = read(client, f"/en{path}").text.replace("한국어", "")
        assert not [letter for letter in english if "가" <= letter <= "힣"]
        words = read(client, f"/ko{path}").text
        assert not [phrase for phrase in ("How ", "Status", "Open data", " the ", " of ") if phrase in words]


def test_pages_say_how_old_they_are(client: FlaskClient, known: FixedSummary) -> None:
    known.services = (a_summary(),)
    assert NOW.hour == 3
    for path in ("/ko/", "/ko/services/job-portal"):
        assert "2026-11-20 12:00 (한국시간) 기준" in read(client, path).text
