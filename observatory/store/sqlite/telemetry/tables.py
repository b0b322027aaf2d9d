"""Hold the statements that make the tables of telemetry.sqlite; which migration runs which is said in `schema`.

Minutes are whole minutes since 1970 UTC, days are ISO text, blobs are little-endian. A statement is never edited after release.
"""

# Minute first: what comes in now is written side by side (7 times faster than service first). One service is read by
# one seek for each minute, so no second index is needed.
MINUTES = """CREATE TABLE minute (
    minute INTEGER NOT NULL,
    service INTEGER NOT NULL,
    menu INTEGER NOT NULL,
    source INTEGER NOT NULL,
    counters BLOB NOT NULL,  -- int64 for each Counter
    histogram BLOB NOT NULL,  -- (int16 bucket, uint32 count) in order of buckets
    PRIMARY KEY (minute, service, menu, source)
) STRICT, WITHOUT ROWID"""

TOTALS = """CREATE TABLE total (
    service INTEGER NOT NULL,
    menu INTEGER NOT NULL,
    source INTEGER NOT NULL,
    count INTEGER NOT NULL,
    bad INTEGER NOT NULL,
    throttled INTEGER NOT NULL,
    timed INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    newest_minute INTEGER NOT NULL,
    PRIMARY KEY (service, menu, source)
) STRICT, WITHOUT ROWID"""

BATCHES = (
    "CREATE TABLE batch_key (key BLOB PRIMARY KEY, received_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX batch_key_by_age ON batch_key (received_ms)",
    "CREATE TABLE import_position (file_id BLOB PRIMARY KEY, offset INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)

KEY_GROUPS = (
    """CREATE TABLE key_group (
        id INTEGER PRIMARY KEY,
        newest_ms INTEGER NOT NULL,
        keys BLOB NOT NULL  -- 32 bytes for each key, then the int64 milliseconds when each was received
    ) STRICT""",
    "CREATE INDEX key_group_by_age ON key_group (newest_ms)",
)

JUDGED = (
    """CREATE TABLE judging (
        service INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL DEFAULT 0,  -- grows with every change of the service's minutes
        revision INTEGER NOT NULL DEFAULT 0  -- grows with everything the judge stores
    ) STRICT""",
    """CREATE TABLE unjudged (
        service INTEGER NOT NULL,
        slice INTEGER NOT NULL,  -- minute / 1440, so that today's traffic does not hold up an older day
        first_minute INTEGER NOT NULL,
        last_minute INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (service, slice)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE strip (
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        menu INTEGER NOT NULL,
        first_minute INTEGER NOT NULL,
        end_minute INTEGER NOT NULL,
        source INTEGER NOT NULL,
        settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
        minutes BLOB NOT NULL,
        UNIQUE (service, day, menu)
    ) STRICT""",
    "CREATE INDEX strip_unsettled ON strip (end_minute, service, day) WHERE settled = 0",
    "CREATE INDEX strip_by_day ON strip (day)",
    """CREATE TABLE load (
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        menu INTEGER NOT NULL,
        source INTEGER NOT NULL,
        authoritative INTEGER NOT NULL CHECK (authoritative IN (0, 1)),
        counters BLOB NOT NULL,  -- as in minute
        histogram BLOB NOT NULL,  -- (int16 bucket, int64 count) in order of buckets
        PRIMARY KEY (service, day, menu, source)
    ) STRICT, WITHOUT ROWID""",
)

RUNS = "CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, first_minute INTEGER NOT NULL, last_minute INTEGER NOT NULL) STRICT"

# Minute first, as in minute: what is forgotten lies side by side.
EXEMPLARS = (
    """CREATE TABLE exemplar (
        minute INTEGER NOT NULL,
        service INTEGER NOT NULL,
        menu INTEGER NOT NULL,
        kind INTEGER NOT NULL,  -- ExemplarKind
        number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 19),
        source INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        duration_us INTEGER NOT NULL,
        status INTEGER NOT NULL,
        template INTEGER NOT NULL,  -- number of the service's template of that day; -1: one too many
        trace_id BLOB NOT NULL,  -- 16 bytes, or none
        PRIMARY KEY (minute, service, menu, kind, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE template (
        day INTEGER NOT NULL,  -- minute / 1440
        service INTEGER NOT NULL,
        number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 499),
        text TEXT NOT NULL,
        PRIMARY KEY (day, service, number),
        UNIQUE (day, service, text)
    ) STRICT, WITHOUT ROWID""",
)

# A new series is counted against its service's limit, so counting has to be quick: nothing but the key is read.
SERIES = (
    """CREATE TABLE series (
        service INTEGER NOT NULL,
        series BLOB NOT NULL,  -- hash of all that tells it from others
        state BLOB NOT NULL,  -- its newest points, as rollup.series writes them
        seen_ms INTEGER NOT NULL,
        PRIMARY KEY (service, series)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX series_by_age ON series (seen_ms)",
    "CREATE INDEX series_by_service ON series (service)",
)


SENDERS = """CREATE TABLE sender (
    sender TEXT NOT NULL,
    reason TEXT NOT NULL,  -- empty: counted
    service INTEGER NOT NULL,
    source INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    records INTEGER NOT NULL,
    newest_minute INTEGER NOT NULL,
    PRIMARY KEY (sender, reason, service, source, namespace, name, template)
) STRICT, WITHOUT ROWID"""


DAY_ACCOUNTS = (
    """CREATE TABLE day_account (
        day TEXT NOT NULL,
        service INTEGER NOT NULL,
        menu INTEGER NOT NULL,
        first_minute INTEGER NOT NULL,
        minutes BLOB NOT NULL,  -- how many of each class
        partial_share INTEGER NOT NULL,
        evidence_from INTEGER,
        PRIMARY KEY (day, service, menu)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX day_account_of_service ON day_account (service, menu, day)",
)
