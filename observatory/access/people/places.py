"""Tell from where a request comes, as keyed hashes of its network and of the browser's device."""

import hmac

from flask import request

from observatory.access.networks import network_of
from observatory.access.people.proving import Origin
from observatory.parts import Parts
from observatory.web.context import parts

IPV4_PREFIX, IPV6_PREFIX = 24, 48
"""What is one network here: whoever has one has all of its addresses."""


def origin_here(device: str | None) -> Origin:
    """Return from where this request comes; `device` is what its browser says it is."""
    found, network = parts(), network_of(request.remote_addr or "", IPV4_PREFIX, IPV6_PREFIX)
    return Origin(_hash(found, f"network\0{network}"), _hash(found, f"device\0{device}") if device else None)


def _hash(found: Parts, text: str) -> bytes:
    return hmac.digest(found.keys.secret, b"sign-in\0" + text.encode(), "sha256")
