"""Put everything that proves a sign-off into one file, and decide about its release from that file alone.

Of each leaf that a gate asks about there is a proof against one checkpoint. So a bundle shows that what it holds stands in the
log; that nothing else does, and when it was made, is the word of the observatory, which signs the whole of it with its key for
statements. Who does not want to take that word reads the whole log (`observatory check-log --export`).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from observatory.errors import BadInput, CannotDecide, Conflict, phrase
from observatory.flows.gate import readable
from observatory.flows.log_proofs import prove
from observatory.model.release import GateChanged, ReleaseObserved
from observatory.model.signoff import LogEntry
from observatory.readmodel.certificates import Certificate, CertificateSources
from observatory.signoff.canonical_json import Json
from observatory.signoff.dsse import Envelope, read_envelope, signed_by
from observatory.signoff.gate import GateAnswer, GateQuestion, decide
from observatory.signoff.gate_history import History
from observatory.transparency.checkpoint import Checkpoint, open_checkpoint
from observatory.transparency.leaf import hash_of, recorded_text
from observatory.transparency.merkle import is_included
from observatory.transparency.note import Note
from observatory.transparency.policy import Policy

FORMAT = "observatory-bundle/1"
BUNDLE_TYPE = "application/vnd.observatory.bundle+json"
BUNDLE_BYTES_MAX = 16 << 20
LEAVES_MAX = 10_000
NOT_ASKED = (ReleaseObserved, GateChanged)
"""What is told of a service and decides nothing."""
GOOD_FOR = timedelta(hours=24)
"""A bundle knows nothing of what was revoked after it was made."""
MAKE_ANEW = phrase("fetch the bundle again from the certificate's page")


class BundledLeaf(msgspec.Struct, frozen=True, rename="camel"):
    """One entry of the log and the way from it to the root."""

    index: int
    kind: str
    recorded_at: str
    body: str
    """Base64."""
    proof: tuple[str, ...]
    """Hashes, base64."""

    def entry(self) -> LogEntry:
        """Return the entry, its hash made of what it says."""
        said = LogEntry(self.index, self.kind, base64.b64decode(self.body, validate=True), datetime.fromisoformat(self.recorded_at), b"")
        return LogEntry(said.index, said.kind, said.body, said.recorded_at, hash_of(said))


class Bundle(msgspec.Struct, frozen=True, rename="camel"):
    """The whole file."""

    format: str
    made_at: str
    service: str
    digest: str
    environment: str
    zone: str
    """In which the day of a condition ends."""
    checkpoint: str
    """The signed note, with its cosignatures."""
    keys: tuple[str, ...]
    """Under which the log is signed; whoever trusts them has them from elsewhere."""
    leaves: tuple[BundledLeaf, ...]

    @property
    def question(self) -> GateQuestion:
        """What it answers."""
        return GateQuestion(self.service, self.digest, self.environment)


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """A bundle in its envelope."""

    envelope: Envelope
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class OfflineAnswer:
    """What a bundle says, and how far the log goes that it is of."""

    answer: GateAnswer
    tree_size: int
    origin: str


def bundle_of(sources: CertificateSources, certificate: Certificate, now: datetime) -> bytes:
    """Return the bundle of a certificate as JSON. Raises Conflict until the log is signed as far as it goes."""
    if certificate.proof is None or certificate.checkpoint is None:
        raise Conflict(phrase("cannot make the bundle yet: the log is not signed this far"), phrase("ask again in a moment"))
    size, note = certificate.checkpoint.size, certificate.proof.checkpoint
    history, question = readable(sources.history), certificate.answer.question
    leaves: list[Json] = [_leaf(sources, index, note) for index in _asked_about(history, question, certificate) if index < size]
    told: dict[str, Json] = {
        "checkpoint": note.decode(),
        "digest": question.digest,
        "environment": question.environment,
        "format": FORMAT,
        "keys": [signer.vkey for signer in sources.log.signer.signers(now)],
        "leaves": leaves,
        "madeAt": recorded_text(now),
        "service": question.service,
        "zone": history.zone.key,
    }
    return msgspec.json.format(msgspec.json.encode(sources.keys.attest(BUNDLE_TYPE, msgspec.json.encode(told), now)), indent=1)


def read_bundle(content: bytes) -> SignedBundle:
    """Return what a file holds, nothing of it verified. Raises BadInput for what is no bundle."""
    try:
        envelope = read_envelope(msgspec.json.decode(content if len(content) <= BUNDLE_BYTES_MAX else b""))
        found = msgspec.json.decode(envelope.payload, type=Bundle)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(phrase("cannot read the bundle: %(error)s"), MAKE_ANEW, error=str(error)) from None
    if envelope.payload_type != BUNDLE_TYPE or found.format != FORMAT or len(found.leaves) > LEAVES_MAX:
        raise BadInput(phrase("cannot read the bundle: it is none, or of another version"), MAKE_ANEW)
    return SignedBundle(envelope, found)


def decide_offline(signed: SignedBundle, question: GateQuestion, trust: Policy, now: datetime) -> OfflineAnswer:
    """Return what a bundle proves about a question to whoever trusts these keys and witnesses.

    Raises BadInput for a bundle that proves nothing, CannotDecide for one that is too old to be decided by.
    """
    bundle, made_at = signed.bundle, _moment(signed.bundle.made_at)
    checkpoint = open_checkpoint(bundle.checkpoint.encode(), trust.logs)
    entries = [_proven(leaf, checkpoint) for leaf in bundle.leaves]
    if sorted({entry.index for entry in entries}) != [entry.index for entry in entries]:
        raise BadInput(phrase("cannot read the bundle: its entries are out of order"), MAKE_ANEW)
    if not timedelta(minutes=-5) <= now - made_at < GOOD_FOR:
        raise CannotDecide(phrase("cannot decide by this bundle: it is more than a day old"), MAKE_ANEW)
    met = trust.is_met(Note.parse(bundle.checkpoint.encode()))
    witnessed = None if not trust.asks_for_witnesses else checkpoint.size if met else 0
    history = History(zone=_zone(bundle.zone), witnessed_size=witnessed).after(entries, checkpoint.size)
    key = history.statement_key_at(checkpoint.size)
    if key is None or not signed_by(signed.envelope, [key]):
        raise BadInput(phrase("cannot trust the bundle: the observatory has not signed it"), MAKE_ANEW)
    answer = decide(question, history, now)
    until = None if answer.valid_until is None else min(answer.valid_until, made_at + GOOD_FOR)
    return OfflineAnswer(replace(answer, valid_until=until), checkpoint.size, checkpoint.origin)


def _asked_about(history: History, question: GateQuestion, certificate: Certificate) -> list[int]:
    """Return the indexes of all leaves that a gate may ask about a release, in order."""
    signers = {certificate.signed.signoff.signer_id}
    if certificate.answer.signoff is not None:
        signers.add(certificate.answer.signoff.told.signoff.signer_id)
    found = {leaf.index for leaf in history.services.get(question.service, ()) if not isinstance(leaf.told, NOT_ASKED)}
    found |= {leaf.index for mark in signers for leaf in history.accounts.get(mark, ())}
    found |= {leaf.index for leaf in history.policies} | {leaf.index for leaf in history.keys}
    return sorted(found | {certificate.signed.entry.index})


def _leaf(sources: CertificateSources, index: int, note: bytes) -> dict[str, Json]:
    with sources.register.look() as books:
        (entry,) = books.log.entries(index, 1)
    path: list[Json] = [base64.b64encode(each).decode() for each in prove(sources.register, index, note).path]
    return {
        "body": base64.b64encode(entry.body).decode(),
        "index": index,
        "kind": entry.kind,
        "proof": path,
        "recordedAt": recorded_text(entry.recorded_at),
    }


def _proven(leaf: BundledLeaf, checkpoint: Checkpoint) -> LogEntry:
    """Return an entry that stands in the log. Raises BadInput for one that does not."""
    try:
        entry, path = leaf.entry(), _hashes(leaf.proof)
    except ValueError:
        raise BadInput(phrase("cannot read the bundle: entry %(index)d is damaged"), MAKE_ANEW, index=leaf.index) from None
    if not 0 <= leaf.index < checkpoint.size or not is_included(leaf.index, checkpoint.size, entry.leaf_hash, path, checkpoint.root):
        raise BadInput(phrase("cannot trust the bundle: entry %(index)d does not stand in the log"), MAKE_ANEW, index=leaf.index)
    return entry


def _hashes(texts: Sequence[str]) -> list[bytes]:
    return [base64.b64decode(text, validate=True) for text in texts]


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise BadInput(phrase("cannot read the bundle: it is none, or of another version"), MAKE_ANEW) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise BadInput(phrase("cannot read the bundle: it names no time zone"), MAKE_ANEW) from None
