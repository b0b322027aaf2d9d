"""A credential stands for a sender, from the headers alone; wrong, revoked and flooding ones do not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from observatory.access.failed_attempts import ADDRESSES_MAX, ATTEMPTS_MAX, WINDOW_SECONDS, FailedAttempts
from observatory.access.programs.senders import RECHECK_SECONDS, Senders
from observatory.access.programs.tokens import new_token
from observatory.errors import BadInput, NotAllowed, NotSignedIn, Overloaded
from observatory.model.delivery import Sender
from observatory.model.staff import Token
from observatory.store.opening import FolderKeys, open_register, prepare_folder
from observatory.store.register import RegisterStore
from observatory.web.forwarding import Proxies
from tests.moments import NOW
from tests.registers import in_change

PEER = "198.51.100.7"


@dataclass
class Door:
    """Senders on a real register, with a clock the test turns."""

    register: RegisterStore
    keys: FolderKeys
    at: float = 1000.0
    senders: Senders = field(init=False)

    def __post_init__(self) -> None:
        self.senders = Senders(self.register, self.keys, seconds=lambda: self.at)

    def token(self, *service_ids: str) -> tuple[Token, str]:
        token, text = new_token(service_ids or ("job-portal",), self.keys, NOW)
        in_change(self.register).tokens.add(token)
        return token, text

    def knock(self, credential: str | None, peer: str = PEER, *, forwarded: bool = False) -> Sender:
        environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": PEER} if forwarded else {"REMOTE_ADDR": peer}
        return self.senders.recognise(credential, Proxies().client_of(environ))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    keys = prepare_folder(tmp_path)
    return Door(open_register(tmp_path), keys)


def test_a_token_speaks_for_its_services(door: Door) -> None:
    token, text = door.token("job-portal", "pensions")
    assert door.knock(text) == Sender(name=token.id, service_ids=frozenset({"job-portal", "pensions"}), backfill=False)


def test_a_token_is_long_random_and_kept_as_a_mac_only(door: Door) -> None:
    token, text = door.token()
    prefix, token_id, secret = text.split("_", 2)
    assert (prefix, token_id) == ("obs", token.id)
    assert len(secret) == 43
    assert secret.encode() not in token.mac
    assert len(token.mac) == 32
    assert door.token()[1] != text


def test_a_token_for_nothing_is_refused(door: Door) -> None:
    with pytest.raises(BadInput, match="no service"):
        new_token((), door.keys, NOW)


@pytest.mark.parametrize("credential", [None, ""])
def test_without_a_token_nobody_is_known(door: Door, credential: str | None) -> None:
    with pytest.raises(NotSignedIn):
        door.knock(credential)


WRONG: list[Callable[[str], str]] = [
    lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
    lambda text: text + "x",
    lambda text: text.replace("obs_", "obx_"),
    lambda text: text.split("_", 2)[2],
    lambda text: "obs_" + "0" * 12 + "_" + text.split("_", 2)[2],
    lambda text: text + "x" * 10_000,
    lambda text: text[:3] + "관측소",
    lambda text: text[:4] + "_",
]


@pytest.mark.parametrize("spoil", WRONG)
def test_a_wrong_token_is_refused(door: Door, spoil: Callable[[str], str]) -> None:
    _, text = door.token()
    with pytest.raises(NotAllowed, match="unknown, wrong or revoked"):
        door.knock(spoil(text))


def test_a_token_of_another_folder_is_refused(door: Door, tmp_path: Path) -> None:
    stranger = replace(door.keys, secret=b"x" * 32)
    token, text = new_token(("job-portal",), stranger, NOW)
    in_change(door.register).tokens.add(token)
    with pytest.raises(NotAllowed):
        door.knock(text)


def test_a_revoked_token_ends_within_a_moment_of_its_last_use(door: Door) -> None:
    token, text = door.token()
    door.knock(text)
    in_change(door.register).tokens.revoke(token.id, NOW + timedelta(seconds=1))
    door.at += RECHECK_SECONDS
    with pytest.raises(NotAllowed):
        door.knock(text)


def test_the_folders_own_key_speaks_for_everybody_and_backfills(door: Door) -> None:
    expected = Sender(name="admin", service_ids=None, backfill=True)
    assert [door.knock(door.keys.admin, peer) for peer in ("127.0.0.1", "::1", "127.8.8.8")] == [expected] * 3


@pytest.mark.parametrize(("peer", "forwarded"), [(PEER, False), ("127.0.0.1", True), ("", False), ("::ffff:198.51.100.7", False)])
def test_the_folders_own_key_works_on_its_host_only(door: Door, peer: str, forwarded: bool) -> None:
    with pytest.raises(NotAllowed, match="another machine"):
        door.knock(door.keys.admin, peer, forwarded=forwarded)


def flood(door: Door, peer: str = PEER) -> None:
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(NotAllowed):
            door.knock("obs_wrong_wrong", peer)


def test_an_address_that_keeps_failing_has_to_wait(door: Door) -> None:
    flood(door)
    with pytest.raises(Overloaded) as caught:
        door.knock("obs_wrong_wrong")
    assert 0 < caught.value.retry_after_seconds <= WINDOW_SECONDS
    door.at += WINDOW_SECONDS
    with pytest.raises(NotAllowed):
        door.knock("obs_wrong_wrong")


def test_a_flood_touches_no_genuine_token_seen_before_or_not(door: Door) -> None:
    token, text = door.token()
    flood(door)
    assert door.knock(text).name == token.id
    door.at += 2 * RECHECK_SECONDS
    assert door.knock(text).name == token.id


def test_wrong_secrets_of_a_known_token_close_it_to_nobody(door: Door) -> None:
    token, text = door.token()
    for _ in range(2 * ATTEMPTS_MAX):
        with pytest.raises(NotAllowed):
            door.knock(f"obs_{token.id}_{'x' * 43}")
    assert door.knock(text).name == token.id


def test_a_flood_behind_the_proxy_makes_only_its_own_address_wait(door: Door) -> None:
    def knock(client: str) -> Sender:
        environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": client}
        return door.senders.recognise("obs_wrong_wrong", Proxies().client_of(environ))

    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(NotAllowed):
            knock(PEER)
    with pytest.raises(Overloaded):
        knock(PEER)
    with pytest.raises(NotAllowed):
        knock("203.0.113.9")


def test_one_ipv6_network_counts_as_one_address() -> None:
    failed = FailedAttempts()
    for n in range(ATTEMPTS_MAX):
        failed.note(f"2001:db8:0:1::{n:x}", 0.0)
    assert failed.wait_seconds("2001:db8:0:1::ffff", 1.0) > 0
    assert failed.wait_seconds("2001:db8:0:2::1", 1.0) == 0


def test_only_so_many_addresses_are_remembered() -> None:
    failed = FailedAttempts()
    for n in range(ADDRESSES_MAX + 10):
        failed.note(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 0.0)
    assert len(failed._windows) == ADDRESSES_MAX
