-- The record's second step: what other models said to recorded requests. Nothing that counts traffic reads it.
CREATE TABLE replays (
    id      TEXT PRIMARY KEY,           -- UUIDv7
    route   TEXT NOT NULL,
    model   TEXT NOT NULL,
    version TEXT NOT NULL,
    hash    TEXT NOT NULL,              -- of the model, the panel and the estimator: another one is another replay
    began   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX replays_by_hash ON replays (route, hash, began);

CREATE TABLE replayed (
    replay             TEXT NOT NULL,
    exchange           TEXT NOT NULL,
    at                 INTEGER NOT NULL,    -- of the recorded exchange
    fingerprint        TEXT NOT NULL,       -- of the request: the same asked twice is one label
    cohorts            TEXT NOT NULL DEFAULT '{}',
    seconds            REAL,
    failure            TEXT,                -- how the model failed to answer; such a row is tried again
    problem            TEXT,                -- why the answer must not be served
    confidence         REAL,
    verdict            TEXT,
    divergence         REAL,
    paths              TEXT NOT NULL,       -- JSON [[comparator, pointer], …] where it differs from legacy
    signals            TEXT,                -- JSON of what each signal of a combined estimator says
    tokens_in          INTEGER,
    tokens_out         INTEGER,
    cost               REAL,
    before_model       TEXT,                -- the answer that was recorded, by the same panel
    before_version     TEXT,
    before_confidence  REAL,
    before_verdict     TEXT,
    before_divergence  REAL,
    before_paths       TEXT NOT NULL,
    wrong              INTEGER,             -- by a review: 1 wrong, 0 right, NULL nobody knows
    regret             INTEGER,             -- by a review: 1 when it is wrong and legacy is right
    PRIMARY KEY (replay, exchange)
) WITHOUT ROWID;
CREATE INDEX replayed_by_exchange ON replayed (exchange);
