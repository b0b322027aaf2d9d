"""Write what happens to the process as one line of JSON per event on standard error.

Lines carry what was done and how it ended; never an address of a client, a query string, a header or a body.
"""

import logging
import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from observatory import clock


def _stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["at"] = clock.now().isoformat(timespec="milliseconds")
    return event


SHARED = (structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _stamp, structlog.processors.format_exc_info)


def logging_config() -> dict[str, Any]:
    """Return the configuration for `logging`: everybody's records, libraries' included, as JSON lines.

    The web server is quiet below ERROR: its own news are ours told twice.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {name: {"level": "ERROR", "propagate": True, "handlers": []} for name in ("_granian", "granian.access")},
    }


def begin() -> None:
    """Write JSON lines from now on, whether an event comes through structlog or through `logging`."""
    logging.config.dictConfig(logging_config())
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
