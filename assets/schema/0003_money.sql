-- Schema 3: money. What a rate says beside its amounts, taxes, price tables, discounts.

-- pricing -------------------------------------------------------------------------------------------------------------------------

-- A rate is never changed: what replaces it for the same days is a row written later, so that what was agreed can be priced again.
ALTER TABLE rate ADD COLUMN minimum INTEGER CHECK (minimum > 0);
ALTER TABLE rate ADD COLUMN tax_class TEXT;                                   -- none: the class that the setting tax_class names
ALTER TABLE rate ADD COLUMN staff_id INTEGER;
DROP INDEX rate_valid;
CREATE UNIQUE INDEX rate_valid ON rate(type_id, effective_from, created_at);

CREATE TABLE tax_rate(
  id             INTEGER PRIMARY KEY,
  class          TEXT NOT NULL CHECK (length(class) BETWEEN 1 AND 40),
  percent        INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 10000),        -- in hundredths: 19 % is 1900
  effective_from INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  staff_id       INTEGER
) STRICT;
CREATE UNIQUE INDEX tax_rate_valid ON tax_rate(class, effective_from, created_at);

-- Charged days for days, as people write it: 1=1, 2=2, 3=3, 4-7=4, repeat. A table that was agreed under stays as it is.
CREATE TABLE price_table(
  name       TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
  rule       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  staff_id   INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO price_table(name, rule, created_at) VALUES
  ('3-day week', '1=1, 2=2, 3-7=3, repeat', 0),
  ('4-day week', '1=1, 2=2, 3=3, 4-7=4, repeat', 0),
  ('5-day week', '1=1, 2=2, 3=3, 4=4, 5-7=5, repeat', 0),
  ('month as 8 days', '1=1, 2=2, 3=3, 4-7=4, 8=5, 9=6, 10=7, 11-30=8, repeat', 0),
  ('weekend as one day', 'weekend, 1=1, repeat', 0);

CREATE TABLE price_table_use(
  scope      TEXT NOT NULL CHECK (scope IN ('TYPE','CATEGORY')),
  of_id      INTEGER NOT NULL,
  table_name TEXT NOT NULL REFERENCES price_table(name) ON DELETE RESTRICT,
  PRIMARY KEY (scope, of_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_table_use_table ON price_table_use(table_name);

CREATE TABLE discount_rule(
  id               INTEGER PRIMARY KEY,
  name             TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind             TEXT NOT NULL CHECK (kind IN ('COUPON','SEASON','LOYALTY','VOLUME')),
  code             TEXT,                                                      -- of a coupon, in capitals
  tier             TEXT,                                                      -- of a loyalty rule, in capitals
  percent          INTEGER CHECK (percent BETWEEN 0 AND 10000),
  amount           INTEGER CHECK (amount > 0),
  stackable        INTEGER NOT NULL CHECK (stackable IN (0,1)),
  priority         INTEGER NOT NULL,
  valid_from       INTEGER,
  valid_to         INTEGER,
  minimum_total    INTEGER CHECK (minimum_total > 0),
  minimum_days     INTEGER CHECK (minimum_days > 0),
  minimum_quantity INTEGER CHECK (minimum_quantity > 0),
  type_id          INTEGER REFERENCES equipment_type(id) ON DELETE RESTRICT,
  category_id      INTEGER REFERENCES category(id) ON DELETE RESTRICT,
  created_at       INTEGER NOT NULL,
  staff_id         INTEGER,
  withdrawn_at     INTEGER,
  CHECK ((kind = 'COUPON') = (code IS NOT NULL)),
  CHECK ((kind = 'LOYALTY') = (tier IS NOT NULL)),
  CHECK ((percent IS NULL) <> (amount IS NULL)),
  CHECK (valid_to > valid_from)
) STRICT;
CREATE UNIQUE INDEX discount_rule_code ON discount_rule(code) WHERE withdrawn_at IS NULL AND code IS NOT NULL;

-- booking -------------------------------------------------------------------------------------------------------------------------

-- What was agreed about money. Later rates, taxes and discounts leave it alone; none: nothing was agreed.
ALTER TABLE reservation ADD COLUMN agreed_at INTEGER;
ALTER TABLE reservation ADD COLUMN tier TEXT;
ALTER TABLE reservation ADD COLUMN coupons TEXT CHECK (json_valid(coupons));
ALTER TABLE reservation ADD COLUMN off_percent INTEGER CHECK (off_percent BETWEEN 0 AND 10000);
ALTER TABLE reservation ADD COLUMN off_amount INTEGER CHECK (off_amount IS NULL OR (off_amount >= 0 AND off_percent IS NULL));
ALTER TABLE reservation ADD COLUMN target INTEGER CHECK (target IS NULL OR (target > 0 AND off_percent IS NULL AND off_amount IS NULL));
ALTER TABLE reservation ADD COLUMN hand_reason TEXT CHECK ((hand_reason IS NULL) = (off_percent IS NULL AND off_amount IS NULL AND target IS NULL));
ALTER TABLE reservation ADD COLUMN prices TEXT CHECK (prices IN ('NET','GROSS'));
ALTER TABLE reservation ADD COLUMN subtotal INTEGER CHECK (subtotal >= 0);
ALTER TABLE reservation ADD COLUMN tax INTEGER CHECK (tax >= 0);
ALTER TABLE reservation ADD COLUMN total INTEGER CHECK (total >= 0 AND (total IS NULL) = (agreed_at IS NULL));

-- The price of a line with every step, as it was agreed; beside it what of it is asked for by itself.
ALTER TABLE reservation_line ADD COLUMN price TEXT CHECK (json_valid(price));
ALTER TABLE reservation_line ADD COLUMN price_each INTEGER CHECK (price_each >= 0);
ALTER TABLE reservation_line ADD COLUMN price_total INTEGER CHECK (price_total >= 0);
ALTER TABLE reservation_line ADD COLUMN price_gross INTEGER CHECK (price_gross IN (0,1));
ALTER TABLE reservation_line ADD COLUMN tax_class TEXT;
ALTER TABLE reservation_line ADD COLUMN tax_percent INTEGER CHECK (tax_percent BETWEEN 0 AND 10000 AND (price IS NULL) = (tax_percent IS NULL));
