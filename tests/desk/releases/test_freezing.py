"""The desk of those who deliver a release: what is frozen there is what executives sign - and who may not freeze."""

import html
from collections.abc import Callable

import pytest

from observatory.flows.release_history import KnownHistory
from observatory.flows.releases import FrozenRelease, frozen_releases, observe_release
from observatory.model.release import ReleaseObserved
from observatory.store.register import RegisterStore
from tests.desk.test_operations import owner
from tests.frozen import DIGEST
from tests.people import Person, SteppingClock
from tests.registers import in_look

__all__ = ["owner"]

PAGE = "/ko/desk/services/job-portal/releases"
URL = "https://test.job-portal.example.go.kr"


def freeze(person: Person, **typed: str) -> str:
    person.open(PAGE)
    return html.unescape(person.send("/releases", **{"version": "2.4.1", "digest": DIGEST, "url": URL, **typed}).text)


def frozen(register: RegisterStore) -> list[FrozenRelease]:
    return frozen_releases(KnownHistory(register).look(), "job-portal")


def test_what_is_frozen_stands_in_the_log_by_a_mark(owner: Person, register: RegisterStore) -> None:
    page = freeze(owner)

    (release,) = frozen(register)
    assert (release.version, release.digest, release.environment, release.url) == ("2.4.1", DIGEST, "production", URL)
    assert len(release.by) == 12
    assert b"owner" not in in_look(register).log.entries(release.index, 1)[0].body
    assert URL in page
    assert "NO_EXECUTIVE_SIGNOFF" in page


def test_a_bare_digest_is_taken_as_tools_print_it(owner: Person, register: RegisterStore) -> None:
    freeze(owner, digest=DIGEST.removeprefix("sha256:").upper())

    assert [release.digest for release in frozen(register)] == [DIGEST]


def test_what_runs_and_is_not_frozen_yet_is_filled_in(owner: Person, register: RegisterStore, clock: SteppingClock) -> None:
    observe_release(register, ReleaseObserved("job-portal", "production", DIGEST, "2.4.1"), clock())

    owner.open(PAGE)
    owner.send("/releases", url=URL)
    assert [release.digest for release in frozen(register)] == [DIGEST]
    owner.open(PAGE)
    assert [form.fields["digest"] for form in owner.forms() if "digest" in form.fields] == [""]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": ""},
        {"digest": "sha256:ab"},
        {"url": "job-portal"},
        {"url": ""},
        {"environment": "Prod"},
        {"version": "2\u202e4"},
        {"url": "https://x.example.go.kr/" + "a" * 300},
        {"version": "v" * 101},
    ],
)
def test_what_is_wrong_is_said_in_the_form(owner: Person, register: RegisterStore, wrong: dict[str, str]) -> None:
    page = freeze(owner, **wrong)

    assert owner.response is not None
    assert owner.response.status_code == 400
    assert 'role="alert"' in page
    assert frozen(register) == []


def test_a_digest_is_frozen_once(owner: Person, register: RegisterStore) -> None:
    freeze(owner)

    assert "다시 확정할 수 없습니다" in freeze(owner, version="2.4.2")
    assert len(frozen(register)) == 1


def test_who_does_not_run_the_service_freezes_nothing(minister: Person, somebody: Callable[[], Person], register: RegisterStore) -> None:
    minister.sign_in()

    assert minister.open(PAGE).status_code == 403
    assert somebody().client.get(PAGE).status_code == 303
    assert frozen(register) == []


def test_the_page_is_there_in_english_and_is_linked(owner: Person) -> None:
    assert "What the service says it runs" in owner.open(PAGE.replace("/ko/", "/en/")).text
    assert PAGE in owner.open("/ko/desk/operations/services/job-portal").text
