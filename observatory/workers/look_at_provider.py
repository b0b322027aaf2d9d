"""Look at the provider of single sign-on, at the start and then now and again, and say what keeps people from signing in by it."""

import structlog

from observatory.access.people.provider import Provider, ProviderDown, ProviderRefused
from observatory.parts import Parts

log = structlog.get_logger(__name__)


def step(parts: Parts) -> bool:
    """Look once. There is never more to do at once."""
    if parts.has(Provider):
        try:
            parts.get(Provider).look()
        except ProviderDown as error:
            log.warning("single sign-on does not answer; people sign in another way", reason=str(error))
        except ProviderRefused as error:
            log.error("single sign-on cannot be used as it is set", reason=str(error), mend="compare OBSERVATORY_OIDC_ISSUER")  # noqa: TRY400
    return False
