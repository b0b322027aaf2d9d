"""Ask each witness of the log policy to sign the newest checkpoint, and keep what it signed."""

from datetime import datetime, timedelta

import structlog

from observatory.errors import BadInput
from observatory.flows.log_witnesses import keep_cosignatures
from observatory.flows.public_log import SignedLog
from observatory.parts import Parts
from observatory.transparency.checkpoint import SignedCheckpoint
from observatory.transparency.cosignature import seconds_of
from observatory.transparency.merkle import consistency_proof
from observatory.transparency.note import Note, NoteSignature
from observatory.transparency.policy import Witness
from observatory.transparency.witnessing import WitnessRequest
from observatory.workers.witness_client import ask

ASKED_AGAIN_AFTER = timedelta(seconds=30)
"""After a failure."""
COSIGNED_AGAIN_AFTER = timedelta(days=1)
"""A log that does not grow is cosigned anew this often: what a witness signs tells by when it had seen the log."""

log = structlog.get_logger(__name__)


class AskWitnesses:
    """A step that remembers what each witness signed last, and when it failed."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._failed: dict[str, tuple[datetime, str]] = {}

    def __call__(self, parts: Parts) -> bool:
        """Ask those who have not signed the newest checkpoint yet, or long ago; each once."""
        signed_log, now = parts.get(SignedLog), parts.now()
        state = signed_log.look(now)
        if signed_log.policy is None or state.checkpoint is None or state.broken is not None:
            return False
        note = Note.parse(signed_log.note(now))
        for witness in signed_log.policy.witnesses.values():
            failed = self._failed.get(witness.name)
            waits = failed is not None and abs(now - failed[0]) < ASKED_AGAIN_AFTER
            if witness.url and not waits and _is_due(note, witness, now):
                self._ask(parts, witness, state.checkpoint, now)
        return False

    def _ask(self, parts: Parts, witness: Witness, signed: SignedCheckpoint, now: datetime) -> None:
        try:
            line = self._line_of(parts, witness, signed)
        except (BadInput, OSError) as error:
            reason = error.message if isinstance(error, BadInput) else str(error).lower()
            if self._failed.get(witness.name, (now, ""))[1] != reason:
                log.warning("witness has not signed", witness=witness.name, reason=reason)
            self._failed[witness.name] = now, reason
            return
        self._sizes[witness.name] = signed.size
        self._failed.pop(witness.name, None)
        keep_cosignatures(parts.register, signed, [line])
        log.info("witness has signed", witness=witness.name, size=signed.size)

    def _line_of(self, parts: Parts, witness: Witness, signed: SignedCheckpoint) -> str:
        """Return the cosignature of a witness, asked again at once if it had signed another size than we knew. Raises BadInput, OSError."""
        status, answer = ask(witness.url, self._request(parts, witness, signed))
        if status == 409 and answer.strip().isdigit() and int(answer) <= signed.size and int(answer) != self._sizes.get(witness.name, 0):
            self._sizes[witness.name] = int(answer)
            status, answer = ask(witness.url, self._request(parts, witness, signed))
        if status != 200:
            raise BadInput(f"it answered {status}: {answer.strip()[:200]!r}")
        for line in answer.removesuffix("\n").split("\n"):
            signature = NoteSignature.parse(line)
            if (signature.name, signature.key_id) == (witness.key.name, witness.key.key_id) and witness.key.fits(
                signed.checkpoint.text, signature.payload
            ):
                return signature.line
        raise BadInput("its signature does not fit")

    def _request(self, parts: Parts, witness: Witness, signed: SignedCheckpoint) -> bytes:
        old = self._sizes.get(witness.name, 0)
        with parts.register.look() as books:
            proof = consistency_proof(old, signed.size, books.log.node)
        return WitnessRequest(old, tuple(proof), Note.parse(signed.content)).content


def _is_due(note: Note, witness: Witness, now: datetime) -> bool:
    signature = note.signed_by(witness.key)
    return signature is None or now.timestamp() - seconds_of(signature) >= COSIGNED_AGAIN_AFTER.total_seconds()
