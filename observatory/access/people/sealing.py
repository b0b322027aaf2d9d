"""Seal the secrets of accounts anew, with the key that seals today."""

import structlog

from observatory.store.opening import FolderKeys
from observatory.store.register import RegisterStore
from observatory.store.sealing import CannotUnseal, is_sealed_today, seal, unseal

log = structlog.get_logger(__name__)


def seal_again(register: RegisterStore, keys: FolderKeys) -> None:
    """Seal with today's key what is plain or was sealed with the folder's own; interrupted anywhere, it may be run again."""
    lost = 0
    with register.look() as books:
        found = {member.id: books.staff.secrets(member.id) for member in books.staff.members()}
    stored = {staff_id: secrets.totp_secret for staff_id, secrets in found.items() if secrets and secrets.totp_secret}
    for staff_id, before in stored.items():
        if is_sealed_today(before, keys):
            continue
        try:
            after = seal(unseal(before, staff_id, keys), staff_id, keys)
        except CannotUnseal:
            lost += 1
            continue
        with register.change() as books:
            books.staff.replace_totp_secret(staff_id, before, after)
    if lost:
        log.error("secrets of accounts are sealed with a key that is not here", accounts=lost, mend="name it with OBSERVATORY_KEY_FILE")
