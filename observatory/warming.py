"""Compile everything that is compiled, once for a release and a machine, or load what was.

`python -m observatory.warming` makes it before anything is started.
"""

from collections.abc import Callable

import click

from observatory.decode import warming as decoders
from observatory.kernels import compiling
from observatory.rollup import warming as rollups
from observatory.store import opening


def warm(say: Callable[[str], object] = click.echo) -> None:
    """Load everything that is compiled, or say that it takes long and compile it."""
    if compiling.is_first_time():
        say("Compiling the decoders for this machine, once: a minute or two")
    decoders.warm()
    rollups.warm()
    opening.warm()


if __name__ == "__main__":
    warm()
