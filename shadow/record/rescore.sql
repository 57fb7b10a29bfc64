-- Lets a score be taken out of the sums again, whatever the tolerances are by then, and keeps how far one came.
ALTER TABLE scores ADD COLUMN over INTEGER;  -- 1: above its tolerance; NULL: unknown, or a place

CREATE TABLE rescores (
    route  TEXT NOT NULL,
    apply  INTEGER NOT NULL,            -- 1: scores are rewritten, 0: only reported on
    span   TEXT NOT NULL,               -- --since as it was given
    panel  TEXT NOT NULL,               -- hash of what they are scored by
    since  INTEGER NOT NULL,            -- microseconds since the epoch, UTC
    until  INTEGER NOT NULL,            -- the last exchange's seq when it began
    done   INTEGER NOT NULL,            -- the last seq that is dealt with
    diff   TEXT NOT NULL,               -- shadow.rescore.diff.Diff as JSON
    PRIMARY KEY (route, apply)
) WITHOUT ROWID;
