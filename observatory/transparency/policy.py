"""Read who must have cosigned a checkpoint from lines of logs, witnesses and groups (C2SP tlog-policy).

log <key> [<address>] · witness <name> <key> [<address>] · group <name> <any|all|number> <member> ... · quorum <name|none>
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from observatory.errors import BadInput
from observatory.transparency.key_types import COSIGNATURE
from observatory.transparency.note import Note, NoteKey

LINES_MAX = 1000
NOBODY = "none"
HINT = "a line is: log KEY, witness NAME KEY [ADDRESS], group NAME any|all|NUMBER MEMBER ..., or quorum NAME"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else who signs that a checkpoint continues the one before."""

    name: str
    """In this policy alone."""
    key: NoteKey
    url: str = ""
    """Where it is asked; empty if somebody else asks it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses and groups of which so many must have signed."""

    needed: int
    members: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    logs: list[NoteKey] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None

    def knows(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes a checkpoint believed."""

    logs: tuple[NoteKey, ...]
    """Whose checkpoints it is about; none if it does not say."""
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Return the policy of a file. Raises BadInput, with the number of the line that is wrong."""
        draft = _Draft()
        for number, line in enumerate(text.splitlines()[:LINES_MAX], start=1):
            words = line.split()
            if words and not words[0].startswith("#"):
                try:
                    _READERS[words[0]](draft, words[1:])
                except (KeyError, ValueError, IndexError, BadInput):
                    raise BadInput(f"cannot read the log policy: line {number} is wrong", HINT) from None
        if draft.quorum is None:
            raise BadInput("cannot read the log policy: it has no quorum", HINT)
        return cls(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorum)

    @property
    def asks_for_witnesses(self) -> bool:
        """Whether anybody has to have cosigned."""
        return self.quorum != NOBODY

    def is_met(self, note: Note) -> bool:
        """Tell whether those have cosigned a checkpoint who must; where not, it is UNWITNESSED."""
        return not self.asks_for_witnesses or self._has_signed(self.quorum, self.cosigners_of(note))

    def cosigners_of(self, note: Note) -> frozenset[str]:
        """Return the names of the witnesses whose cosignature stands under a checkpoint and fits."""
        return frozenset(each.name for each in self.witnesses.values() if note.signed_by(each.key) is not None)

    def _has_signed(self, name: str, cosigners: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigners
        return sum(self._has_signed(member, cosigners) for member in group.members) >= group.needed


def _read_log(draft: _Draft, words: list[str]) -> None:
    draft.logs.append(NoteKey.parse(words[0]))


def _read_witness(draft: _Draft, words: list[str]) -> None:
    name, key, url = words[0], NoteKey.parse(words[1]), "".join(words[2:3])
    if draft.knows(name) or name == NOBODY or key.key_type != COSIGNATURE or (url and not url.startswith(("http://", "https://"))):
        raise ValueError(name)
    draft.witnesses[name] = Witness(name, key, url.rstrip("/"))


def _read_group(draft: _Draft, words: list[str]) -> None:
    name, threshold, members = words[0], words[1], tuple(words[2:])
    needed = {"any": 1, "all": len(members)}.get(threshold) or int(threshold)
    if draft.knows(name) or name == NOBODY or not 1 <= needed <= len(members) or len(set(members)) < len(members):
        raise ValueError(name)
    if not all(map(draft.knows, members)):  # So a group has only what stands above it, and never itself.
        raise ValueError(name)
    draft.groups[name] = Group(needed, members)


def _read_quorum(draft: _Draft, words: list[str]) -> None:
    if draft.quorum is not None or len(words) != 1 or (words[0] != NOBODY and not draft.knows(words[0])):
        raise ValueError(words)
    draft.quorum = words[0]


_READERS = {"log": _read_log, "witness": _read_witness, "group": _read_group, "quorum": _read_quorum}
