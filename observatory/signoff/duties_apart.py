"""Tell from the log alone whether whoever signed was the one to sign: the separation of duties, as it was then."""

from collections.abc import Iterable

from observatory.model.staff import ROLES, Grant
from observatory.signoff.gate_history import History
from observatory.signoff.leaves import AccountEnded, AccountOffered, AccountRoles, CredentialEnrolled, CredentialRevoked, Logged
from observatory.signoff.signed import Signed
from observatory.signoff.signers import refusal_by_roles


def duties_were_apart(signed: Logged[Signed], deliverers: Iterable[str], history: History) -> bool:
    """Return whether a signer held the office, delivered nothing, let themself in nowhere, and signed with what was theirs then.

    `deliverers` are who froze the release. Accounts are told by their marks.
    """
    mark, before = signed.told.signoff.signer_id, signed.index
    roles = history.of_account(mark, AccountRoles, before)
    if not roles or history.of_account(mark, AccountEnded, before) or mark in deliverers:
        return False
    service = signed.told.signoff.release.service_id
    if refusal_by_roles(read_roles(roles[-1].told.roles), service, history.agency_of(service, before)) is not None:
        return False
    offered = history.of_account(mark, AccountOffered, before)
    if mark in {*(leaf.told.by for leaf in roles), *(leaf.told.by for leaf in offered)}:
        return False
    return signed.told.assertion is None or _was_theirs(signed.told.assertion.thumbprint, mark, before, history)


def _was_theirs(credential: str, mark: str, before: int, history: History) -> bool:
    """Return whether a credential was enrolled for an account by somebody else, and not revoked since."""
    enrolled = [leaf for leaf in history.of_account(mark, CredentialEnrolled, before) if leaf.told.credential == credential]
    revoked = [leaf for leaf in history.of_account(mark, CredentialRevoked, before) if leaf.told.credential == credential]
    return bool(enrolled) and not revoked and all(leaf.told.by != mark for leaf in enrolled)


def read_roles(roles: Iterable[str]) -> list[Grant]:
    """Return the grants that texts such as `executive:service=job-portal` mean, as leaves hold them; roles of later releases are none."""
    found = []
    for text in roles:
        name, _, scope = text.partition(":")
        kind, _, identifier = scope.partition("=")
        if name in ROLES:
            service, agency = (identifier if kind == wanted else None for wanted in ("service", "agency"))
            found.append(Grant(name, service, agency))
    return found
