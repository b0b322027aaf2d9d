"""Write what a place of checks is to check as JSON, and read it there."""

from dataclasses import dataclass

import msgspec

from observatory.errors import BadInput
from observatory.model.catalogue import Catalogue
from observatory.prober.schedule import ProbedMenu, probed_menus


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a place is to check."""

    vantage: str
    menus: tuple[ProbedMenu, ...]


_decoder = msgspec.json.Decoder(Wanted)


def wanted_document(vantage: str, catalogue: Catalogue) -> bytes:
    """Return what a vantage is to check."""
    return msgspec.json.encode({"vantage": vantage, "menus": catalogue.derived(_Menus).encoded})


def read_wanted(document: bytes) -> Wanted:
    """Return what such a document says. Raises BadInput for anything else."""
    try:
        return _decoder.decode(document)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput(f"cannot read what is to be checked: {error}", "give the address of an observatory of this version") from None


class _Menus:
    """The menus of a catalogue that are to be checked: written once, asked for by every place each minute."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.encoded = msgspec.Raw(msgspec.json.encode(list(probed_menus(catalogue).values())))
