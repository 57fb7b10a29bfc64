-- What the model was asked again for to know its confidence, apart from the exchange's own tokens and cost.
ALTER TABLE exchanges ADD COLUMN unweighed TEXT;       -- sampled_out | over_budget | shed: why it was not asked
ALTER TABLE exchanges ADD COLUMN samples INTEGER;      -- further answers that came
ALTER TABLE exchanges ADD COLUMN samples_in INTEGER;   -- their tokens
ALTER TABLE exchanges ADD COLUMN samples_out INTEGER;
ALTER TABLE exchanges ADD COLUMN samples_cost REAL;    -- in the price's currency
