"""Providers of single sign-on for tests: one by somebody else that tells the truth, and one of our own that lies as it is told."""

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.servers import environment

SCRIPT = Path(__file__).parents[1] / "oidc_provider" / "provider.js"
CLIENT_ID, CLIENT_SECRET = "observatory", "a secret of the two"
READY_SECONDS_MAX = 30.0


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@contextmanager
def honest_provider(port: int, redirect_uri: str) -> Iterator[str]:
    """Run npm's oidc-provider and return its issuer."""
    command = ["node", str(SCRIPT), str(port), redirect_uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True) as process:
        assert process.stdout is not None
        try:
            deadline = time.monotonic() + READY_SECONDS_MAX
            while process.stdout.readline().strip() != "ready":
                assert process.poll() is None, "the provider ended"
                assert time.monotonic() < deadline
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def sign_in_there(address: str, name: str) -> str:
    """Do what somebody does at the honest provider, and return the address that it sends them back to."""
    browser, form = requests.Session(), {"login": name, "password": "any"}
    answer = browser.get(address, allow_redirects=False, timeout=10)
    while True:
        if answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if urlsplit(target).netloc != urlsplit(address).netloc:
                return target
            answer = browser.get(target, allow_redirects=False, timeout=10)
            continue
        action = re.search(r'action="([^"]+)"', answer.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert action, answer.text
        assert prompt, answer.text
        typed = {"prompt": prompt[1], **(form if prompt[1] == "login" else {})}
        answer = browser.post(urljoin(answer.url, action[1]), data=typed, allow_redirects=False, timeout=10)


@dataclass
class LyingProvider:
    """A provider that says whatever it is told to; right unless told otherwise."""

    port: int
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "k", "alg": "RS256"}))
    description: dict[str, Any] = field(default_factory=dict)
    """What it says of itself instead."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What its ID token claims instead; None: nothing."""
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "k"})
    signed_by: RSAKey | OctKey | None = None
    unsigned: bool = False
    verifiers: list[str] = field(default_factory=list)
    """What was sent along to the token endpoint."""
    nonce: str = ""
    now_s: int = 0

    @property
    def issuer(self) -> str:
        """How it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def described(self) -> dict[str, Any]:
        """Return what it says of itself."""
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return usual | self.description

    def token(self) -> dict[str, Any]:
        """Return what its token endpoint answers."""
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "s-1", "nonce": self.nonce, "iat": self.now_s, "exp": self.now_s + 60}
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        if self.unsigned:
            parts = [json.dumps({"alg": "none"}), json.dumps(claims)]
            from tests.authenticator import encoded  # noqa: PLC0415

            return self._told(".".join(encoded(part.encode()) for part in parts) + ".")
        return self._told(jwt.encode(self.header, claims, self.signed_by or self.key, algorithms=["RS256", "HS256"]))

    def _told(self, id_token: str) -> dict[str, Any]:
        return {"access_token": "a", "token_type": "Bearer", "id_token": id_token}

    def come_back(self, address: str) -> dict[str, str]:
        """Return what somebody who was sent to an address of it brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = asked["nonce"]
        return {"state": asked["state"], "code": "c", "iss": self.issuer}


@contextmanager
def running(provider: LyingProvider) -> Iterator[LyingProvider]:
    """Let it answer."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            path = self.path.partition("?")[0]
            keys = {"keys": [provider.key.as_dict(private=False)]}
            self._send(provider.described() if path.endswith("openid-configuration") else keys)

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            provider.verifiers += sent.get("code_verifier", [])
            self._send(provider.token())

        def _send(self, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", provider.port), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
