"""Speak OpenID Connect with the provider of single sign-on: where to send people, and who they are when they come back.

Nothing it sends is believed that does not fit: its name has to be the one that is set, letter by letter, its algorithms have
to be on our list, and who comes back has to carry what was given along (state, nonce, PKCE verifier; RFC 9700, RFC 9207).
"""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from observatory.parts import Parts
from observatory.settings import is_encrypted_or_local

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

ALGORITHMS = ("EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
"""Of ID tokens: signed with a key that only the provider has. `none` and secrets that both know are not here."""
TIMEOUT_SECONDS = 5.0
DESCRIPTION_KEPT_SECONDS = 300.0
DOWN_KEPT_SECONDS = 10.0
"""For how long nobody waits again for a provider that did not answer."""
ANSWER_BYTES_MAX = 512 * 1024
CLOCKS_APART_SECONDS = 60
SUBJECT_LENGTH_MAX = 255
"""OpenID Connect Core section 2."""


class ProviderDown(Exception):
    """It does not answer, or not in a way anybody could read."""


class ProviderRefused(Exception):
    """What it sent, or who came back from it, proves nothing."""


class _Description(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: list[str]
    code_challenge_methods_supported: list[str] = []
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody carries to the provider and back: random, and good for this once."""

    state: str
    nonce: str
    verifier: str


def add_provider(parts: Parts) -> None:
    """Add the provider that is set to the parts of an application, if one is. Raises BadSettings if its secret cannot be read."""
    settings = parts.settings
    if settings.oidc_issuer:
        parts.add(Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret()))


def new_errand() -> Errand:
    """Return a new one."""
    return Errand(*(secrets.token_urlsafe(32) for _ in range(3)))


class Provider:
    """The provider that is set. Any number of threads at once; its description is kept for some minutes."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self._client_id, self._client_secret = client_id, client_secret
        self._lock = threading.Lock()
        self._described: tuple[float, _Description] | None = None
        self._down: tuple[float, str] | None = None

    def look(self) -> None:
        """Read what the provider says of itself. Raises ProviderDown, and ProviderRefused if it cannot be used."""
        self._description()

    def address_for(self, errand: Errand, redirect_uri: str) -> str:
        """Return where somebody proves who they are. Raises ProviderDown, ProviderRefused."""
        endpoint = self._description().authorization_endpoint
        with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(endpoint, state=errand.state, nonce=errand.nonce, code_verifier=errand.verifier)
        return str(address)

    def subject_of(self, answer: Mapping[str, str], errand: Errand, redirect_uri: str, now: datetime) -> str:
        """Return who came back, as the provider names them. Raises ProviderDown, ProviderRefused."""
        description = self._description()
        self._check_answer(answer, errand, description)
        id_token = self._id_token(answer["code"], errand, redirect_uri, description)
        return self._subject(id_token, errand, description, now)

    def _id_token(self, code: str, errand: Errand, redirect_uri: str, description: _Description) -> object:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        with self._client(redirect_uri) as client:
            try:
                token = client.fetch_token(
                    description.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=errand.verifier,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
            except RequestException as error:
                raise ProviderDown(type(error).__name__) from None
            except (AuthlibBaseError, ValueError, KeyError, TypeError) as error:
                raise ProviderRefused(f"token: {type(error).__name__}") from None
        return token.get("id_token") if isinstance(token, dict) else None

    def _check_answer(self, answer: Mapping[str, str], errand: Errand, description: _Description) -> None:
        """Raise ProviderRefused unless an answer is to what was asked, and by whom it was asked."""
        if not secrets.compare_digest(answer.get("state", "").encode(), errand.state.encode()):
            raise ProviderRefused("another state")
        if answer.get("iss", self.issuer) != self.issuer or (
            description.authorization_response_iss_parameter_supported and "iss" not in answer
        ):
            raise ProviderRefused("another issuer answers")
        if not answer.get("code"):
            raise ProviderRefused("no code")

    def _subject(self, id_token: object, errand: Errand, description: _Description, now: datetime) -> str:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if not isinstance(id_token, str) or len(id_token) > ANSWER_BYTES_MAX:
            raise ProviderRefused("no ID token")
        keys = self._fetch(description.jwks_uri)
        allowed = [name for name in description.id_token_signing_alg_values_supported if name in ALGORITHMS]
        try:
            claims = jwt.decode(id_token, KeySet.import_key_set(msgspec.json.decode(keys)), algorithms=allowed).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=CLOCKS_APART_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": errand.nonce},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderRefused(f"ID token: {type(error).__name__}") from None
        subject, parties = claims["sub"], claims["aud"]
        if claims.get("azp", self._client_id) != self._client_id or (
            isinstance(parties, list) and len(parties) > 1 and "azp" not in claims
        ):
            raise ProviderRefused("ID token: for another party")
        if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_LENGTH_MAX:
            raise ProviderRefused("ID token: no subject")
        return subject

    def _description(self) -> _Description:
        """Return what the provider says of itself, read anew every few minutes; one caller asks, the others wait for it."""
        with self._lock:
            if self._described is not None and time.monotonic() - self._described[0] < DESCRIPTION_KEPT_SECONDS:
                return self._described[1]
            if self._down is not None and time.monotonic() - self._down[0] < DOWN_KEPT_SECONDS:
                raise ProviderDown(self._down[1])
            try:
                found = _described(self._fetch(self.issuer.rstrip("/") + "/.well-known/openid-configuration"))
            except ProviderDown as error:
                self._down = time.monotonic(), str(error)
                raise
            self._check(found)
            self._described = time.monotonic(), found
            return found

    def _check(self, found: _Description) -> None:
        """Raise ProviderRefused for another provider than the one that is set, or one that proves nothing safely."""
        if found.issuer != self.issuer:
            raise ProviderRefused("it calls itself otherwise than OBSERVATORY_OIDC_ISSUER")
        if not set(found.id_token_signing_alg_values_supported) & set(ALGORITHMS):
            raise ProviderRefused("it signs with none of our algorithms")
        if "S256" not in found.code_challenge_methods_supported:
            raise ProviderRefused("it does not say that it takes PKCE with S256")
        endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        local = self.issuer.startswith("http://")
        if not all(is_encrypted_or_local(url) and (local or url.startswith("https://")) for url in endpoints):
            raise ProviderRefused("an endpoint of it is not https")

    def _client(self, redirect_uri: str) -> "OAuth2Session":
        from authlib.integrations.requests_client import OAuth2Session

        method = "client_secret_basic" if self._client_secret else "none"
        client = OAuth2Session(
            self._client_id,
            self._client_secret or None,
            token_endpoint_auth_method=method,
            scope="openid",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        client.trust_env = False
        return client

    def _fetch(self, url: str) -> bytes:
        """Return what stands at an address of the provider. Raises ProviderDown."""
        from requests import RequestException, Session

        try:
            with Session() as session:
                session.trust_env = False
                with session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
                    body = next(answer.iter_content(ANSWER_BYTES_MAX + 1), b"")
        except (RequestException, ValueError) as error:
            raise ProviderDown(type(error).__name__) from None
        if answer.status_code != 200 or len(body) > ANSWER_BYTES_MAX:
            raise ProviderDown(f"status {answer.status_code}")
        return bytes(body)


def _described(text: bytes) -> _Description:
    try:
        return msgspec.json.decode(text, type=_Description)
    except msgspec.DecodeError:
        raise ProviderDown("cannot read its description") from None
