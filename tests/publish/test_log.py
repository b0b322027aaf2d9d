"""The log is served as other programs verify it: a checkpoint, tiles that never change, proofs of single entries."""

from datetime import datetime

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from observatory.flows.public_log import SignedLog
from observatory.model.signoff import NewEntry
from observatory.transparency.checkpoint import open_checkpoint
from observatory.transparency.leaf import data_of
from observatory.transparency.merkle import root_of
from observatory.transparency.proof import check_proof, read_proof
from observatory.transparency.tiles import read_bundle
from observatory.web.context import parts_of
from tests.registers import in_look

ENTRIES = 258


@pytest.fixture
def log(app: APIFlask, client: FlaskClient, now: datetime) -> FlaskClient:
    """Whoever reads a log of a full tile and two entries."""
    with parts_of(app).register.change() as books:
        for number in range(ENTRIES - 1):  # The first is of the keys.
            books.log.append(NewEntry("test", b'{"number":%d}' % number, now))
    return client


def test_the_checkpoint_is_signed_and_not_kept_for_long(app: APIFlask, log: FlaskClient) -> None:
    answer = log.get("/checkpoint")
    [key] = [signer.key for signer in parts_of(app).get(SignedLog).signer.signers(parts_of(app).now())]
    found = open_checkpoint(answer.data, [key])
    assert (found.size, found.root) == in_look(parts_of(app).register).log.tree()
    assert key.name.startswith("localhost/log-")
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_tiles_hold_all_hashes_and_all_entries(app: APIFlask, log: FlaskClient) -> None:
    entries = in_look(parts_of(app).register).log.entries()
    hashes = [entry.leaf_hash for entry in entries]
    full, partial, above = (log.get(f"/tile/{path}") for path in ("0/000", "0/001.p/2", "1/000.p/1"))
    assert (full.data, partial.data) == (b"".join(hashes[:256]), b"".join(hashes[256:]))
    assert above.data == root_of(hashes[:256])
    bundles = log.get("/tile/entries/000").data, log.get("/tile/entries/001.p/2").data
    assert [leaf for bundle in bundles for leaf in read_bundle(bundle)] == list(map(data_of, entries))
    assert full.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert partial.headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("path", ["0/001", "0/001.p/3", "0/002.p/1", "1/000", "2/000.p/1", "entries/001", "0/0", "x", "entries/000/"])
def test_a_tile_beyond_the_checkpoint_is_not_there(log: FlaskClient, path: str) -> None:
    answer = log.get(f"/tile/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("index", [0, 100, 255, 256, 257])
def test_every_entry_is_proved(app: APIFlask, log: FlaskClient, index: int) -> None:
    [entry] = in_look(parts_of(app).register).log.entries(index, 1)
    keys = [signer.key for signer in parts_of(app).get(SignedLog).signer.signers(parts_of(app).now())]
    proof = read_proof(log.get(f"/log/proof/{index}").text, entry.leaf_hash)
    assert proof.index == index
    assert check_proof(proof, keys).size == ENTRIES


def test_an_entry_that_is_not_there_is_not_proved(log: FlaskClient) -> None:
    assert log.get(f"/log/proof/{ENTRIES}").status_code == 404


def test_the_name_of_the_log_is_that_of_the_host_once_and_for_ever(app: APIFlask, client: FlaskClient, now: datetime) -> None:
    parts = parts_of(app)
    origin = client.get("/checkpoint").text.split("\n")[0]
    with parts.register.change() as books:
        books.log.keep_origin("other.go.kr/log")
    assert client.get("/checkpoint").text.split("\n")[0] == origin == in_look(parts.register).log.origin()
