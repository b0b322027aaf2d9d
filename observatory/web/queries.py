"""Refuse query strings that say more than an address understands: whoever sent them would believe they were heard."""

from flask import request

from observatory.errors import BadInput, phrase

_SHOWN_LENGTH_MAX = 60


def refuse_repeated() -> None:
    """Raise BadInput if this request gives a parameter more than once: only one of its values would count."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadInput(
                phrase("cannot use parameter %(name)r: it is given %(count)d times"),
                phrase("give it once"),
                name=name[:_SHOWN_LENGTH_MAX],
                count=len(values),
            )


def refuse_any() -> None:
    """Raise BadInput if this request has parameters at all."""
    for name in request.args:
        raise BadInput(
            phrase("cannot use parameter %(name)r: no such name"), phrase("this address takes none"), name=name[:_SHOWN_LENGTH_MAX]
        )
