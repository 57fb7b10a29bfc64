-- The record's second version: what certified thresholds are kept valid with.
ALTER TABLE reviews ADD COLUMN probability REAL NOT NULL DEFAULT 1;  -- with which the exchange was drawn for review

CREATE TABLE epochs (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    route   TEXT NOT NULL,
    basis   TEXT NOT NULL,              -- fingerprint of model, prompt, panel, estimator and legacy version
    terms   TEXT NOT NULL,              -- fingerprint of the promise; '' where the route's threshold is not certified
    since   INTEGER NOT NULL,           -- labels of exchanges from then on count
    granted INTEGER NOT NULL DEFAULT 0, -- 1 once somebody put its certificate in force
    number  INTEGER,                    -- e of the route's tested epochs; NULL until thresholds are fixed
    upto    INTEGER NOT NULL DEFAULT 0, -- the last exchange (seq) that was learnt from
    state   TEXT                        -- JSON: slice -> fallback.certify.anytime.Epoch
);
CREATE INDEX epochs_by_route ON epochs (route, id);

CREATE TABLE labels (                   -- one label for each request, however often it came
    epoch       INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (epoch, fingerprint)
) WITHOUT ROWID;

CREATE INDEX certificates_by_route ON certificates (route, at);

-- Of what was recorded before this version nobody knows which panel and estimator it was scored with.
INSERT INTO epochs (route, basis, terms, since) SELECT DISTINCT route, '', '', 0 FROM exchanges;
