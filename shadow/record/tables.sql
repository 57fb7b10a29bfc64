-- The record's first version. All times are microseconds since the epoch, UTC.
CREATE TABLE exchanges (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of writing: cursors and the scorer's claim
    id              TEXT NOT NULL UNIQUE,               -- UUIDv7
    at              INTEGER NOT NULL,
    worker          TEXT NOT NULL,
    state           INTEGER NOT NULL,                   -- 0 open (strict audit, not finished), 1 unscored, 2 scored
    route           TEXT NOT NULL,
    phase           TEXT NOT NULL,
    bucket          REAL,
    cohorts         TEXT NOT NULL DEFAULT '{}',         -- JSON object
    method          TEXT NOT NULL,
    path            TEXT NOT NULL,
    served          TEXT NOT NULL,
    reason          TEXT NOT NULL,
    disposition     TEXT,                               -- NULL until it is final
    legacy_status   INTEGER,
    legacy_seconds  REAL,
    legacy_failure  TEXT,
    model_status    INTEGER,
    model_seconds   REAL,
    model_failure   TEXT,
    confidence      REAL,
    threshold       REAL,
    certificate     TEXT,
    divergence      REAL,
    verdict         TEXT,
    model           TEXT,
    version         TEXT,
    config_hash     TEXT NOT NULL,
    tokens_in       INTEGER,
    tokens_out      INTEGER,
    cost            REAL,
    sampling        REAL NOT NULL
);
CREATE INDEX exchanges_unscored ON exchanges (seq) WHERE state < 2;
CREATE INDEX exchanges_by_time ON exchanges (route, at);
CREATE INDEX exchanges_by_age ON exchanges (at);

CREATE TABLE bodies (
    exchange TEXT NOT NULL,
    side     TEXT NOT NULL,             -- request | legacy | model
    target   TEXT,                      -- of a request: path and query, secrets out
    headers  TEXT NOT NULL,             -- JSON [[name, value], …], secrets out
    body     BLOB,                      -- NULL when not kept
    sha256   TEXT,                      -- when hashed
    reply    TEXT,                      -- of a plugin's model answer: its reply, as JSON
    PRIMARY KEY (exchange, side)
);  -- a rowid table: a body of some kilobytes then fits its page; in an index's page it would overflow

CREATE TABLE scores (
    exchange   TEXT NOT NULL,
    comparator TEXT NOT NULL,           -- its label in the panel
    pointer    TEXT NOT NULL,           -- '' is the comparator's own number, else one difference
    divergence REAL,                    -- NULL: not comparable
    kind       TEXT NOT NULL DEFAULT '',
    detail     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (exchange, comparator, pointer)
) WITHOUT ROWID;
CREATE INDEX scores_by_path ON scores (comparator, pointer, exchange);

CREATE TABLE rollups (
    minute  INTEGER NOT NULL,           -- minutes since the epoch
    route   TEXT NOT NULL,
    model   TEXT NOT NULL,
    version TEXT NOT NULL,
    cohort  TEXT NOT NULL,              -- '' is all, else name=value
    sums    TEXT NOT NULL,              -- shadow.record.rollup.Rollup as JSON
    PRIMARY KEY (minute, route, model, version, cohort)
) WITHOUT ROWID;

-- The traffic, counted in the same transaction as the rows: what /metrics and the reports call the truth.
CREATE TABLE tallies (
    minute      INTEGER NOT NULL,       -- older than two days: the first minute of its hour
    route       TEXT NOT NULL,          -- '' is unmatched
    phase       TEXT NOT NULL,
    served      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    disposition TEXT NOT NULL,          -- '' waits for the scorer
    n           INTEGER NOT NULL,
    PRIMARY KEY (minute, route, phase, served, reason, disposition)
) WITHOUT ROWID;

CREATE TABLE switches (
    route   TEXT NOT NULL,              -- '*' is every route
    key     TEXT NOT NULL,              -- phase | sample | exposure | threshold | patience | killed
    value   TEXT NOT NULL,              -- JSON
    by      TEXT NOT NULL,
    why     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    until   INTEGER,                    -- when it lapses
    PRIMARY KEY (route, key)
) WITHOUT ROWID;

CREATE TABLE workers (
    id       TEXT PRIMARY KEY,          -- new at each start of a process
    role     TEXT NOT NULL,             -- proxy | scorer | admin
    host     TEXT NOT NULL,
    pid      INTEGER NOT NULL,
    started  INTEGER NOT NULL,
    seen     INTEGER NOT NULL,          -- last heartbeat
    stopped  INTEGER,                   -- when it left in order
    state    TEXT NOT NULL,             -- JSON: gauges, counters, config hash, refused reload
    batch    TEXT                       -- the last one it committed: settles a commit whose end is in doubt
) WITHOUT ROWID;

CREATE TABLE certificates (
    id TEXT PRIMARY KEY, route TEXT NOT NULL, at INTEGER NOT NULL, void_at INTEGER, body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE reviews (
    id TEXT PRIMARY KEY, exchange TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
    verdict TEXT NOT NULL, right_answer BLOB, note TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX reviews_by_exchange ON reviews (exchange);
CREATE TABLE outcomes (
    id TEXT PRIMARY KEY, exchange TEXT NOT NULL, at INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX outcomes_by_exchange ON outcomes (exchange);

CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,               -- switch_set, killed, revived, …
    route  TEXT NOT NULL,
    why    TEXT NOT NULL,
    before TEXT,                        -- JSON
    after  TEXT,                        -- JSON
    hash   TEXT NOT NULL                -- SHA-256 of the row before's hash and this row's own words
);
