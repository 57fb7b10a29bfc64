-- What the scorer asks of others, apart from the models' own calls and cost.
CREATE TABLE asked (
    key     TEXT PRIMARY KEY,           -- SHA-256 of upstream, version, rubric, request and answers
    answer  BLOB NOT NULL,              -- a judge's word as JSON, a vector as 32-bit floats
    until   INTEGER NOT NULL            -- microseconds since the epoch, UTC: when it is forgotten
) WITHOUT ROWID;
CREATE INDEX asked_by_age ON asked (until);

CREATE TABLE asked_days (
    day        INTEGER NOT NULL,        -- days since the epoch, UTC
    kind       TEXT NOT NULL,           -- judge | embedding
    name       TEXT NOT NULL,
    outcome    TEXT NOT NULL,           -- asked | cached | malformed | failed | late | shed | over_budget | …
    n          INTEGER NOT NULL,        -- questions
    tokens_in  INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    cost       REAL NOT NULL,           -- in its price's currency
    PRIMARY KEY (day, kind, name, outcome)
) WITHOUT ROWID;

CREATE TABLE opinions (
    exchange  TEXT NOT NULL,
    label     TEXT NOT NULL,            -- the comparator's, in the route's panel
    judge     TEXT NOT NULL,
    preferred TEXT NOT NULL,            -- model | legacy | tie, in both orders
    PRIMARY KEY (exchange, label)
) WITHOUT ROWID;
