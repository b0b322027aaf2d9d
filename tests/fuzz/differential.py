"""Mutated OTLP messages in; the compiled decoder and the official library must make the same of each of them.

Each is decoded alone, and again together with those before it, as small bodies are. For each there is one in mutated JSON:
what is rewritten as protobuf must say what it says decoded as it is.

Usage: python -m tests.fuzz.differential COUNT [SEED]. Ends with 1 and the message at the first disagreement.
"""

import sys
from random import Random

from observatory.decode.otlp import protobuf as otlp_wire
from tests.decode import upb_oracle
from tests.decode.json_messages import as_json, mutated_text
from tests.decode.otlp.test_json_to_protobuf import agree
from tests.decode.otlp.test_protobuf import read, read_together
from tests.decode.otlp_messages import Maker, mutated
from tests.fuzz.pieces import check_pieces

PIECE = 5000
TOGETHER = 25
KINDS = ("logs", "traces")
ODDNESSES = (0.0, 0.005, 0.02, 0.1)


def check_piece(seed: int) -> str:
    """Check PIECE messages; return the first one on which the decoders disagree, or nothing."""
    chance = Random(seed)
    for _ in range(PIECE // TOGETHER):
        kind = chance.choice(KINDS)
        bodies = [_body(chance, kind) for _ in range(TOGETHER)]
        expected = [read(upb_oracle, body, kind) for body in bodies]
        if read_together(bodies, kind) != expected:
            return f"{kind}, together: {' '.join(body.hex() for body in bodies)}"
        for body, meant in zip(bodies, expected, strict=True):
            if read(otlp_wire, body, kind) != meant:
                return f"{kind} {body.hex()}"
            text = mutated_text(as_json(_made(chance, kind), kind, chance) or b"{}", chance)
            if not agree(text, kind):
                return f"{kind} in JSON {text!r}"
    return ""


def _body(chance: Random, kind: str) -> bytes:
    """Return a message, mostly a mutated one."""
    body = _made(chance, kind)
    return mutated(body, chance) if chance.random() < 0.8 else body


def _made(chance: Random, kind: str) -> bytes:
    body: bytes = getattr(Maker(chance, chance.choice(ODDNESSES)), kind)()
    return body


def main(arguments: list[str]) -> int:
    """Check COUNT messages on all processors, and show how far it is."""
    return check_pieces(check_piece, arguments, piece=PIECE, told_every=20, what="messages", disagree="the decoders disagree on")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
