"""Say by which rules a release gate decides, as one value with a digest."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Literal, get_args

from observatory.errors import BadInput, phrase
from observatory.signoff.canonical_json import canonical

Requirement = Literal["frozen-release", "executive-signoff", "passkey"]
"""What can be asked of a release. `passkey`: the sign-off itself was signed with one."""
VERSION = "gate-policy/1"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The rules of a gate. A change holds for what is frozen after it."""

    requires: tuple[Requirement, ...] = ("frozen-release", "executive-signoff")
    version: str = VERSION

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise BadInput(phrase("cannot use gate policy %(version)r"), phrase("write gate-policy/1"), version=self.version[:64])
        known, always = get_args(Requirement), {"frozen-release", "executive-signoff"}
        if not always <= set(self.requires) <= set(known) or len(set(self.requires)) != len(self.requires):
            raise BadInput(
                phrase("cannot use this gate policy: what it requires is too little, unknown or said twice"),
                phrase("it requires frozen-release and executive-signoff, and may require passkey"),
            )

    @property
    def digest(self) -> str:
        """What stands for it where it is named: sha256 of its canonical JSON."""
        return "sha256:" + sha256(canonical(asdict(self) | {"requires": [*self.requires]})).hexdigest()


IN_FORCE_AT_FIRST = GatePolicy()
"""What holds for what was frozen before any policy stood in the log."""
