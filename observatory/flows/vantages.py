"""Give the place checks are made from its number, at the first check of it that counts."""

from observatory.store.register import RegisterStore


def source_of(register: RegisterStore, vantage: str, *, of_agency: bool = False) -> int:
    """Return the source number of a vantage, registering it at first sight. Raises Conflict once there are no more."""
    with register.look() as books:
        known = books.probes.vantage(vantage, of_agency=of_agency)
    if known is not None:
        return known
    with register.change() as books:
        return books.probes.add_vantage(vantage, of_agency=of_agency)
