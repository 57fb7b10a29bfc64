-- What was learnt of each reviewed request, so that evidence can be counted anew when a review is corrected. NULL where
-- labels cannot change: verdicts of the panel.
ALTER TABLE labels ADD COLUMN place INTEGER;     -- in their order of arrival
ALTER TABLE labels ADD COLUMN exchange TEXT;
ALTER TABLE labels ADD COLUMN at INTEGER;        -- of the exchange
ALTER TABLE labels ADD COLUMN slice TEXT;        -- '' is everybody, NULL: of no slice that is certified
ALTER TABLE labels ADD COLUMN confidence REAL;
ALTER TABLE labels ADD COLUMN loss REAL;
ALTER TABLE labels ADD COLUMN probability REAL;

-- Of a request whose body is hashed: its fingerprint, made while its query was still here.
ALTER TABLE bodies ADD COLUMN fingerprint TEXT;

ALTER TABLE replayed ADD COLUMN probability REAL NOT NULL DEFAULT 1;  -- with which the exchange was drawn for review
