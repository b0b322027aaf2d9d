"""Static files: addresses that change with the content, compressed, cached for ever."""

import gzip

from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.web.static_files import static_url


def test_an_address_carries_the_contents_digest_and_may_be_kept_for_ever(app: APIFlask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = static_url("observatory.css")
    assert "?v=" in address
    assert client.get(address, buffered=True).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/observatory.css", buffered=True).headers["Cache-Control"] == "public, max-age=300"


def test_text_is_sent_compressed_and_known_text_not_at_all(client: FlaskClient) -> None:
    plain = client.get("/static/observatory.css", buffered=True)
    compressed = client.get("/static/observatory.css", buffered=True, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(compressed.data) == plain.data
    assert int(compressed.headers["Content-Length"]) == len(compressed.data) < len(plain.data) / 2
    assert compressed.headers["ETag"] != plain.headers["ETag"]
    again = client.get(
        "/static/observatory.css", buffered=True, headers={"Accept-Encoding": "gzip", "If-None-Match": compressed.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_part_of_a_file_is_a_part_of_the_file_as_it_is(client: FlaskClient) -> None:
    part = client.get("/static/observatory.css", buffered=True, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert (part.status_code, len(part.data)) == (206, 10)
    assert "Content-Encoding" not in part.headers


def test_nothing_outside_the_folder_is_served(client: FlaskClient) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/none.css"):
        assert client.get(path, buffered=True).status_code == 404
