"""Write an account down where names of people must not stand: as a mark that only this host can tell the account from."""

import hmac

from observatory.store.opening import FolderKeys

MARK_BYTES = 6


def account_mark(keys: FolderKeys, staff_id: str) -> str:
    """Return 12 hexadecimal digits, the same for the same account as long as the folder lives."""
    return hmac.digest(keys.secret, b"account\0" + staff_id.encode(), "sha256")[:MARK_BYTES].hex()
