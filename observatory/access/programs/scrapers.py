"""Refuse who may not scrape: the access rule of the metrics."""

import hmac

from flask import request

from observatory.errors import NotAllowed, NotSignedIn
from observatory.web.context import part, parts
from observatory.web.forwarding import Proxies

HOW_TO_SCRAPE = 'scrape from this host, or send "Authorization: Bearer KEY" with the key of the data folder'


def only_scrapers() -> None:
    """Let a request through if it comes from this host itself or carries the folder's key.

    A proxy on this host speaks for somebody else, so what it forwards needs the key. Raises NotSignedIn or NotAllowed.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if not hmac.compare_digest(value.strip().encode(), parts().keys.admin.encode()):
            raise NotAllowed("cannot show metrics: this key is wrong", HOW_TO_SCRAPE)
    elif not part(Proxies).client_of(request.environ).is_this_host:
        raise NotSignedIn("cannot show metrics to another host without a key", HOW_TO_SCRAPE)
