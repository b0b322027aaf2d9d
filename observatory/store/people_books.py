"""Promise what the register keeps of those who may do something: tokens, staff and their sessions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from observatory.model.sent_form import SentForm
from observatory.model.sign_in_ways import EnrolmentCode, SignInWay
from observatory.model.staff import Grant, Passkey, SignInPlace, StaffMember, StaffSecrets, StaffSession, Token

SIGN_IN_PLACES_MAX = 64
"""Of a member, networks and devices together."""
CHALLENGES_KEPT = timedelta(hours=1)
"""How long a challenge that was answered is remembered; it is good for minutes."""


class TokenBook(Protocol):
    """Who may send, and how much they did."""

    def add(self, token: Token) -> None:
        """Keep a new token. Raises Conflict if its id is taken."""

    def token(self, token_id: str) -> Token | None:
        """Return a token, revoked or not."""

    def tokens(self) -> list[Token]:
        """Return all tokens, oldest first."""

    def revoke(self, token_id: str, now: datetime) -> bool:
        """End a token from now on; False if there is none of that id that still works."""

    def keep_use(self, day: date, used: Mapping[str, int]) -> None:
        """Keep how many bytes tokens sent on a day, in place of what was kept of them; forget what is older than a month."""

    def use(self, day: date) -> dict[str, int]:
        """Return how many bytes each token sent on a day."""


class StaffBook(Protocol):
    """Who may sign in, what proves them, and how attempts to sign in went."""

    def add(self, member: StaffMember, secrets: StaffSecrets) -> None:
        """Add somebody. Raises Conflict if the id is taken."""

    def member(self, staff_id: str) -> StaffMember | None:
        """Return a member, disabled or not."""

    def members(self) -> list[StaffMember]:
        """Return all members by id."""

    def secrets(self, staff_id: str) -> StaffSecrets | None:
        """Return what proves a member; of the recovery codes those not used yet."""

    def replace_secrets(self, staff_id: str, secrets: StaffSecrets) -> bool:
        """Give a member new secrets and end what rests on the old: sessions, codes, failures, places. False if disabled or unknown."""

    def replace_totp_secret(self, staff_id: str, before: str, after: str) -> bool:
        """Write the same secret down in another way; False if it is not written as `before` any more."""

    def replace_grants(self, staff_id: str, grants: Sequence[Grant]) -> bool:
        """Give a member these roles in place of what they had, and end their sessions. False if disabled or unknown."""

    def disable(self, staff_id: str, now: datetime) -> bool:
        """End a membership and all its sessions; False if there was none."""

    def use_totp_step(self, staff_id: str, step: int) -> bool:
        """Note that the one-time password of this time step was used; False if it was before, or a later one of the same moment."""

    def use_recovery_code(self, staff_id: str, code_hash: str) -> bool:
        """Strike a recovery code; False if it was not there. Once only, also under concurrency."""

    def note_sign_in(self, staff_id: str, places: Sequence[bytes], now: datetime, *, succeeded: bool) -> None:
        """Count a failure at these places and for the member, or forget their failures and know the places after a success.

        Of each member SIGN_IN_PLACES_MAX places are kept; those where the member never was go first, then the oldest.
        """

    def sign_in_place(self, staff_id: str, place: bytes) -> SignInPlace:
        """Return how attempts to sign in as a member went at a place."""

    def sign_in_failures(self, staff_id: str) -> tuple[int, datetime | None]:
        """Return failures since the last success, at all places, and when the last was; none for somebody unknown."""


class PasskeyBook(Protocol):
    """Which passkeys prove whom."""

    def add(self, passkey: Passkey) -> None:
        """Keep a new passkey. Raises Conflict if it is kept already, for whomever."""

    def passkey(self, credential_id: bytes) -> Passkey | None:
        """Return a passkey, revoked or not."""

    def passkeys_of(self, staff_id: str) -> list[Passkey]:
        """Return all passkeys of a member, revoked ones too, oldest first."""

    def use(self, credential_id: bytes, sign_count: int, now: datetime) -> bool:
        """Note a use; False if it is revoked, or if it counts and did not count on: then there is a copy. Once only, also at once."""

    def revoke(self, credential_id: bytes, now: datetime) -> bool:
        """End a passkey; False if there is none that has not ended."""


class WayBook(Protocol):
    """How people sign in without a passkey."""

    def add(self, way: SignInWay) -> None:
        """Keep a new way. Raises Conflict if it is single sign-on of a person who has an account by it."""

    def ways_of(self, staff_id: str) -> list[SignInWay]:
        """Return all ways of a member, revoked ones too, oldest first."""

    def linked(self, issuer: str, subject: str) -> SignInWay | None:
        """Return the way of a person as a provider names them, None if nobody is linked to them."""

    def note_use(self, way_id: str, now: datetime) -> None:
        """Note that a way was used."""

    def revoke(self, way_id: str, now: datetime) -> bool:
        """End a way; False if there is none that has not ended."""


class EnrolmentBook(Protocol):
    """Who may add a way to sign in."""

    def give(self, code: EnrolmentCode) -> None:
        """Keep a new code; an earlier one of the same member ends. Forgets what is older than ENROLMENT_CODE_GOOD_FOR."""

    def code(self, code_hash: str) -> EnrolmentCode | None:
        """Return a code that was not used, good or too old."""

    def take(self, code_hash: str) -> bool:
        """Use a code up; False if there is none. Once only, also at once."""


class ChallengeBook(Protocol):
    """Which challenges were answered."""

    def use(self, challenge: bytes, now: datetime) -> bool:
        """Note that a challenge is answered; False if it was before. Forgets what is older than CHALLENGES_KEPT."""


class SessionBook(Protocol):
    """Who is signed in."""

    def open(self, session: StaffSession) -> None:
        """Keep a new session."""

    def session(self, id_hash: bytes) -> StaffSession | None:
        """Return an open session."""

    def touch(self, id_hash: bytes, now: datetime) -> None:
        """Note that a session was used."""

    def sessions_of(self, staff_id: str) -> list[StaffSession]:
        """Return the open sessions of a member, newest first."""

    def end(self, id_hash: bytes) -> None:
        """End a session; nothing happens if there is none."""

    def end_all_of(self, staff_id: str, but: bytes = b"") -> int:
        """End the sessions of a member, but for one; return how many."""

    def forget(self, opened_before: datetime, seen_before: datetime) -> int:
        """Delete sessions past their limits; return how many."""


class SentFormBook(Protocol):
    """Which forms of the desk were acted upon."""

    def take(self, sent: SentForm) -> bool:
        """Note that a form is acted upon; False if it was before. Raises Conflict if it said something else then.

        Forgets what is older than SENT_FORMS_KEPT.
        """

    def was_taken(self, sent: SentForm) -> bool:
        """Return whether a form that said the same was acted upon."""
