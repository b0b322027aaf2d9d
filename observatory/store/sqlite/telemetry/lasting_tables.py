"""Define the later tables of telemetry.sqlite: how days that were over changed, and what is made ready for readers."""

DAY_CHANGES = (
    """CREATE TABLE day_change (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        service INTEGER NOT NULL,
        day TEXT NOT NULL,
        changed_s INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        down_before INTEGER NOT NULL,
        isolated_before INTEGER NOT NULL,
        partial_before INTEGER NOT NULL,
        blip_before INTEGER NOT NULL,
        unknown_before INTEGER NOT NULL,
        down INTEGER NOT NULL,
        isolated INTEGER NOT NULL,
        partial INTEGER NOT NULL,
        blip INTEGER NOT NULL,
        unknown INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX day_change_by_time ON day_change (changed_s, number)",
    "CREATE INDEX day_change_of_day ON day_change (service, day, changed_s)",
)
MORE_COLUMNS = (
    "menu INTEGER NOT NULL DEFAULT 0",
    "reason TEXT NOT NULL DEFAULT 'untold'",
    "load_time_source TEXT NOT NULL DEFAULT 'server'",
    "maintenance_before INTEGER NOT NULL DEFAULT 0",
    "maintenance INTEGER NOT NULL DEFAULT 0",
    "requests_before INTEGER",  # NULL: it was not written down then
    "failed_before INTEGER",
    "mean_us_before INTEGER",
    "requests INTEGER",
    "failed INTEGER",
    "mean_us INTEGER",
    "mark_before BLOB",
)

IMPORTED = """CREATE TABLE imported (
    service INTEGER NOT NULL,
    slice INTEGER NOT NULL,  -- minute / 1440
    first_minute INTEGER NOT NULL,
    last_minute INTEGER NOT NULL,
    PRIMARY KEY (service, slice)
) STRICT, WITHOUT ROWID"""

PUBLISHED = (
    """CREATE TABLE published (
        service INTEGER NOT NULL,
        name TEXT NOT NULL,  -- PartName
        revision INTEGER NOT NULL,
        version TEXT NOT NULL,
        made_minute INTEGER NOT NULL,
        until_minute INTEGER NOT NULL,
        document BLOB NOT NULL,
        change INTEGER NOT NULL,
        PRIMARY KEY (service, name)
    ) STRICT""",
    "CREATE INDEX published_by_change ON published (name, change)",
    "CREATE TABLE country (change INTEGER NOT NULL) STRICT",
    "INSERT INTO country (change) VALUES (0)",
)

LEFT_OUT = (
    """CREATE TABLE left_out (
        service INTEGER NOT NULL,
        day TEXT NOT NULL,  -- the civil day the records came
        reason TEXT NOT NULL,
        records INTEGER NOT NULL,
        PRIMARY KEY (service, day, reason)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE left_out_since (from_minute INTEGER NOT NULL) STRICT",
    """INSERT INTO left_out_since (from_minute)
       SELECT max(coalesce((SELECT max(end_minute) FROM strip), 0), coalesce((SELECT max(minute) + 1 FROM minute), 0),
                  coalesce((SELECT max(last_minute) + 1 FROM run), 0))""",
)
