"""Say which attributes are read, and in which slot a decoder keeps the value of each; the last of a repeated key wins."""

from observatory.decode import semantic_conventions as names

RECORD_SLOTS = {
    name: slot
    for slot, name in enumerate(
        (
            names.ROUTE,
            *names.PATHS,
            *names.METHODS,
            *names.STATUSES,
            names.DURATION_S,
            names.DURATION_MS,
            names.ERROR_TYPE,
            *names.USER_AGENTS,
            names.SYNTHETIC,
        )
    )
}
"""Attributes of a log record or span."""

(
    ROUTE,
    PATH,
    OLD_PATH,
    METHOD,
    OLD_METHOD,
    STATUS,
    OLD_STATUS,
    DURATION_S,
    DURATION_MS,
    ERROR_TYPE,
    AGENT,
    OLD_AGENT,
    SYNTHETIC,
) = range(len(RECORD_SLOTS))

RESOURCE_SLOTS = {name: slot for slot, name in enumerate((names.NAMESPACE, names.NAME, *names.ENVIRONMENTS))}
"""Attributes of a resource."""

NAMESPACE, NAME, ENVIRONMENT, OLD_ENVIRONMENT = range(len(RESOURCE_SLOTS))
