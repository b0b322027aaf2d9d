"""Headers that keep a browser from being used against its user."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("path", ["/", "/ko/method", "/static/observatory.css", "/livez", "/nothing-here"])
def test_every_answer_carries_the_policy(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_only_https_promises_https(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/ko/method").headers
    assert "max-age=" in client.get("/ko/method", base_url="https://observatory.example").headers["Strict-Transport-Security"]
