"""Nothing comes in; all compiled code stands ready behind it, made once for a release and a machine, else loaded.

`python -m observatory.warming` makes it before anything is started.
"""

from observatory.decode import warming as decoders
from observatory.rollup import warming as rollups
from observatory.store import opening


def warm() -> None:
    """Load everything that is compiled, or compile it, which takes a minute or two."""
    decoders.warm()
    rollups.warm()
    opening.warm()


if __name__ == "__main__":
    warm()
