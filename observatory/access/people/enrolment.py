"""Let people and programs in, and end that: each change is stored together with the log entry that tells of it.

Entries are public: an account stands in them as a mark and by office and roles, never by name.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from observatory.access.people.account_marks import account_mark
from observatory.access.programs.tokens import new_token, new_vantage_token
from observatory.model.delivery import SIGNALS
from observatory.model.sign_in_ways import SignInWay
from observatory.model.signoff import NewEntry
from observatory.model.staff import Grant, StaffMember, StaffSecrets, Token
from observatory.signoff.canonical_json import Json, canonical
from observatory.store.opening import FolderKeys
from observatory.store.register import Books, RegisterStore
from observatory.store.sealing import seal

ENROLLED, RESET, ENDED, ROLES_CHANGED = "account-enrolled", "account-reset", "account-ended", "account-roles-changed"
CREATED, REVOKED = "token-created", "token-revoked"
HOST = "host"
"""Who did something by a command on this host."""


def enrol(register: RegisterStore, keys: FolderKeys, member: StaffMember, secrets: StaffSecrets, now: datetime) -> None:
    """Give somebody an account, by a command on this host. Raises Conflict if the id is taken."""
    sealed = _sealed(secrets, member.id, keys)
    with register.change() as books:
        books.staff.add(member, sealed)
        if secrets.password_hash:
            books.ways.add(new_totp_way(member.id, HOST, now))
        books.log.append(_account_entry(ENROLLED, keys, member, now))


def reset(register: RegisterStore, keys: FolderKeys, member: StaffMember, secrets: StaffSecrets, now: datetime) -> bool:
    """Give somebody new secrets; False unless they have an account that has not ended."""
    with register.change() as books:
        if replaced := replace_secrets(books, keys, new_totp_way(member.id, HOST, now), secrets):
            books.log.append(_account_entry(RESET, keys, member, now))
    return replaced


def replace_secrets(books: Books, keys: FolderKeys, way: SignInWay, secrets: StaffSecrets) -> bool:
    """Give the member of a way its secrets in place of their old ones; False unless they have an account that has not ended."""
    replaced = books.staff.replace_secrets(way.staff_id, _sealed(secrets, way.staff_id, keys))
    if replaced:
        for old in books.ways.ways_of(way.staff_id):
            if old.kind == "totp":
                books.ways.revoke(old.id, way.enrolled_at)
        books.ways.add(way)
    return replaced


def new_totp_way(staff_id: str, enrolled_by: str, now: datetime) -> SignInWay:
    """Return what stands for a password with its authenticator."""
    return SignInWay(token_hex(16), staff_id, "totp", now, enrolled_by)


def change_roles(register: RegisterStore, keys: FolderKeys, staff_id: str, grants: Sequence[Grant], now: datetime) -> bool:
    """Give a member these roles in place of theirs, and end their sessions; False unless they have an account that has not ended."""
    with register.change() as books:
        if changed := books.staff.replace_grants(staff_id, grants):
            roles: list[Json] = [grant.text for grant in grants]
            body: dict[str, Json] = {"account": account_mark(keys, staff_id), "by": HOST, "roles": roles}
            books.log.append(NewEntry(ROLES_CHANGED, canonical(body), now))
    return changed


def end(register: RegisterStore, keys: FolderKeys, staff_id: str, now: datetime) -> bool:
    """End an account; False if there is none that has not ended."""
    with register.change() as books:
        member = books.staff.member(staff_id)
        ended = books.staff.disable(staff_id, now)
        if member is not None and ended:
            books.log.append(_account_entry(ENDED, keys, member, now))
    return ended


def create_token(
    register: RegisterStore, keys: FolderKeys, service_ids: Iterable[str], now: datetime, signals: Collection[str] = SIGNALS
) -> tuple[Token, str]:
    """Return a new token and its text, which is shown once and kept nowhere. Raises BadInput without a service or a signal."""
    token, text = new_token(service_ids, keys, now, signals)
    _add(register, token, now)
    return token, text


def create_vantage_token(register: RegisterStore, keys: FolderKeys, vantage: str, now: datetime) -> tuple[Token, str]:
    """Return a new token of a place of checks whose votes count, and its text. Raises BadInput for a name that cannot be shown."""
    token, text = new_vantage_token(vantage, keys, now)
    _add(register, token, now)
    return token, text


def _add(register: RegisterStore, token: Token, now: datetime) -> None:
    with register.change() as books:
        books.tokens.add(token)
        books.log.append(_token_entry(CREATED, token, now))


def revoke_token(register: RegisterStore, token_id: str, now: datetime) -> bool:
    """End a token; False if there is none of that id that still works."""
    with register.change() as books:
        token = books.tokens.token(token_id)
        revoked = books.tokens.revoke(token_id, now)
        if token is not None and revoked:
            books.log.append(_token_entry(REVOKED, token, now))
    return revoked


def _sealed(secrets: StaffSecrets, staff_id: str, keys: FolderKeys) -> StaffSecrets:
    return replace(secrets, totp_secret=seal(secrets.totp_secret, staff_id, keys)) if secrets.totp_secret else secrets


def _account_entry(kind: str, keys: FolderKeys, member: StaffMember, now: datetime) -> NewEntry:
    roles: list[Json] = [grant.text for grant in member.grants]
    body: dict[str, Json] = {
        "account": account_mark(keys, member.id),
        "by": HOST,
        "office_en": member.office.en,
        "office_ko": member.office.ko,
        "roles": roles,
    }
    return NewEntry(kind, canonical(body), now)


def _token_entry(kind: str, token: Token, now: datetime) -> NewEntry:
    body: dict[str, Json] = {"services": [*token.service_ids], "token": token.id}
    if token.signals != SIGNALS:
        body["signals"] = [*token.signals]
    if token.vantage:
        body["vantage"] = token.vantage
    return NewEntry(kind, canonical(body), now)
