"""What was signed at the desk is what everybody reads; who edits it afterwards is found out."""

import html
import sqlite3

from click.testing import CliRunner

from observatory.cli import observatory
from observatory.settings import Settings
from tests.frozen import DIGEST
from tests.people import REASONS, Person

FAILED_REASONS = "지원서를 끝까지 낼 수 없었습니다. 세 번째 화면에서 멈춥니다."


def sign_a_pass_and_a_fail(minister: Person) -> None:
    """Sign both through the form."""
    minister.sign_in()
    minister.now.pass_by(seconds=30)
    minister.decide()
    minister.confirm()
    minister.decide(decision="fail", reasons=FAILED_REASONS)
    minister.confirm()


def test_a_pass_and_a_fail_appear_on_the_page_and_in_the_api(minister: Person) -> None:
    sign_a_pass_and_a_fail(minister)

    page = html.unescape(minister.client.get("/ko/services/job-portal").text)
    answer = minister.client.get("/api/v1/services/job-portal/signoffs").get_json()

    for part in (REASONS, FAILED_REASONS, DIGEST, "김책임", "고용노동부 장관", "badge failed"):
        assert part in page
    assert [signoff["decision"] for signoff in answer["signoffs"]] == ["fail", "pass"]
    assert [signoff["reasons"] for signoff in answer["signoffs"]] == [FAILED_REASONS, REASONS]


def test_a_record_edited_by_hand_is_named_by_check_log_and_shown_no_more(minister: Person, settings: Settings) -> None:
    sign_a_pass_and_a_fail(minister)
    with sqlite3.connect(settings.data / "register.sqlite") as connection:
        connection.execute("UPDATE log SET body = CAST(replace(body, 'password+totp', 'passkey-synced') AS BLOB) WHERE log_index = 7")
    connection.close()

    checked = CliRunner().invoke(observatory, ["check-log", "--data", str(settings.data)])

    assert checked.exit_code == 1
    assert checked.stdout == "broken: entry 7 was changed: its hash does not match its kind, time and body\n"
    answer = minister.client.get("/api/v1/services/job-portal/signoffs").get_json()
    assert [signoff["decision"] for signoff in answer["signoffs"]] == ["pass"]
