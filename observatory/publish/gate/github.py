"""Answer GitHub's deployment protection rules: a webhook asks, and the answer is sent to the address it names.

https://docs.github.com/en/actions/how-tos/managing-workflow-runs-and-deployments/managing-deployments/creating-custom-deployment-protection-rules
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from observatory.errors import BadInput, NotFound, phrase
from observatory.publish.gate.hooks import AskedByHook, Sending, check_signature, comment_of, read_hook
from observatory.signoff.gate import GateAnswer

SIGNATURE_HEADER, EVENT_HEADER, EVENT = "X-Hub-Signature-256", "X-GitHub-Event", "deployment_protection_rule"
ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
TAGS = "refs/tags/"
"""What a branch is called somebody who may push chooses; a tag can be protected."""
CALLBACK = r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*"
TOKEN_HOLDS = timedelta(minutes=9)
"""A signature of the app; GitHub takes ten minutes at most."""


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """A GitHub App that is asked for the deployments of one repository."""

    repository: str
    """`owner/name`."""
    service: str
    secret: bytes
    """Of its webhook."""
    app_id: str
    key: RSAPrivateKey
    api: str = "https://api.github.com"


class _Deployment(msgspec.Struct):
    sha: str


class _Named(msgspec.Struct):
    full_name: str


class _Installation(msgspec.Struct):
    id: int


class _Asked(msgspec.Struct):
    action: str
    environment: str
    deployment_callback_url: str
    deployment: _Deployment
    repository: _Named
    installation: _Installation
    ref: str = ""
    """`refs/tags/...` or `refs/heads/...`."""


def asked_by_github(apps: tuple[GitHubApp, ...], signature: str, body: bytes) -> AskedByHook:
    """Return what a webhook asks. Raises NotFound for a repository nobody named, NotSignedIn, BadInput."""
    asked = read_hook(body, _Asked)
    app = next((each for each in apps if each.repository == asked.repository.full_name), None)
    if app is None:
        raise NotFound(phrase("cannot find this repository"), phrase("name it in the file of OBSERVATORY_GATE_HOOKS"))
    check_signature(app.secret, body, signature.removeprefix("sha256="))
    own = re.fullmatch(re.escape(f"{app.api}/repos/{app.repository}/") + CALLBACK, asked.deployment_callback_url, re.ASCII)
    if asked.action != "requested" or own is None:
        raise BadInput(phrase("cannot answer this webhook"), phrase("its answer has to go to the repository it is about"))
    tag = asked.ref.removeprefix(TAGS) if asked.ref.startswith(TAGS) else ""
    versions = (asked.deployment.sha, tag) if tag else (asked.deployment.sha,)

    def answer(found: GateAnswer | None, send: Callable[[Sending], object], now: datetime) -> None:
        _answer(app, asked, found, send, now)

    return AskedByHook(app.service, asked.environment, versions, answer)


def _answer(app: GitHubApp, asked: _Asked, found: GateAnswer | None, send: Callable[[Sending], object], now: datetime) -> None:
    """Ask for a token of the installation, and send the answer with it. Raises ValueError for a token that is none."""
    told = send(
        Sending(
            f"{app.api}/app/installations/{asked.installation.id}/access_tokens",
            {**ACCEPT, "Authorization": f"Bearer {_app_token(app, now)}"},
        )
    )
    token = told.get("token") if isinstance(told, dict) else None
    if not isinstance(token, str):
        raise ValueError("no token for the installation")  # noqa: TRY004 - of what was sent
    state = "approved" if found is not None and found.decision == "allow" else "rejected"
    body = {"environment_name": asked.environment, "state": state, "comment": comment_of(found)}
    send(Sending(asked.deployment_callback_url, {**ACCEPT, "Authorization": f"Bearer {token}"}, body))


def _app_token(app: GitHubApp, now: datetime) -> str:
    """Return what proves the app for a few minutes: a JSON Web Token, RS256 (RFC 7519)."""
    claims = {"iss": app.app_id, "iat": int((now - timedelta(minutes=1)).timestamp()), "exp": int((now + TOKEN_HOLDS).timestamp())}
    signed = ".".join(_part(json.dumps(each).encode()) for each in ({"alg": "RS256", "typ": "JWT"}, claims))
    return f"{signed}.{_part(app.key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
