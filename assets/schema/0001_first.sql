-- Schema 1. Every table is STRICT, has an explicit integer key or is WITHOUT ROWID (so that VACUUM renumbers nothing) and one owner,
-- named above it. Instants are UTC seconds, amounts minor units. The guards say again what the rules in the program say first.

-- store ---------------------------------------------------------------------------------------------------------------------------

CREATE TABLE setting(
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sequence(
  kind TEXT PRIMARY KEY,
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE command_log(
  command_id BLOB PRIMARY KEY CHECK (length(command_id) = 16),
  at         INTEGER NOT NULL,
  staff_id   INTEGER,
  result     TEXT NOT NULL CHECK (json_valid(result))
) STRICT, WITHOUT ROWID;
CREATE INDEX command_log_at ON command_log(at);

CREATE TABLE outbox(
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id     BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
  kind         TEXT NOT NULL,
  version      INTEGER NOT NULL,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  occurred_at  INTEGER NOT NULL,
  staff_id     INTEGER,
  command_id   BLOB NOT NULL CHECK (length(command_id) = 16),
  payload      TEXT NOT NULL CHECK (json_valid(payload)),
  hash         BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER outbox_next BEFORE INSERT ON outbox
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM outbox)
  OR EXISTS (SELECT 1 FROM outbox WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'outbox_append_only'); END;
CREATE TRIGGER outbox_no_update BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox_append_only'); END;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox_append_only'); END;

-- outbox --------------------------------------------------------------------------------------------------------------------------

CREATE TABLE consumer_cursor(
  consumer  TEXT PRIMARY KEY,
  last_seq  INTEGER NOT NULL CHECK (last_seq >= 0),
  trying_by BLOB                                        -- the process that is inside a slice; left behind, it says that one died there
) STRICT, WITHOUT ROWID;

CREATE TABLE consumer_failure(
  consumer        TEXT NOT NULL,
  seq             INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  crashes         INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_error      TEXT NOT NULL,
  parked          INTEGER NOT NULL CHECK (parked IN (0,1)),
  PRIMARY KEY (consumer)
) STRICT, WITHOUT ROWID;

CREATE TABLE consumer_skip(
  consumer TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  staff_id INTEGER,
  reason   TEXT NOT NULL CHECK (reason <> ''),
  at       INTEGER NOT NULL,
  PRIMARY KEY (consumer, seq)
) STRICT, WITHOUT ROWID;

-- staff ---------------------------------------------------------------------------------------------------------------------------

CREATE TABLE staff_member(
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  name_key   TEXT NOT NULL UNIQUE,
  active     INTEGER NOT NULL CHECK (active IN (0,1)),
  created_at INTEGER NOT NULL
) STRICT;

-- customers -----------------------------------------------------------------------------------------------------------------------

CREATE TABLE customer(
  id               INTEGER PRIMARY KEY,
  number           INTEGER NOT NULL UNIQUE,
  name             TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  company          TEXT,
  email            TEXT,
  email_key        TEXT UNIQUE,
  phone            TEXT CHECK (length(phone) <= 20),
  phone_digits     TEXT,
  street           TEXT,
  city             TEXT,
  region           TEXT,
  postal_code      TEXT,
  country          TEXT,
  note             TEXT,
  state            TEXT NOT NULL CHECK (state IN ('ACTIVE','SUSPENDED')),
  suspended_reason TEXT,
  registered_at    INTEGER NOT NULL,
  version          INTEGER NOT NULL,
  anonymised_at    INTEGER,
  reference        TEXT UNIQUE,
  created_at       INTEGER NOT NULL,
  CHECK ((state = 'SUSPENDED') = (suspended_reason IS NOT NULL))
) STRICT;

CREATE TABLE customer_version(
  customer_id INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  version     INTEGER NOT NULL,
  profile     TEXT NOT NULL CHECK (json_valid(profile)),
  from_at     INTEGER NOT NULL,
  to_at       INTEGER NOT NULL,
  PRIMARY KEY (customer_id, version)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE customer_search USING fts5(name, company, email, reference, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');
INSERT INTO customer_search(customer_search, rank) VALUES ('secure-delete', 1);

-- catalog -------------------------------------------------------------------------------------------------------------------------

CREATE TABLE category(
  id           INTEGER PRIMARY KEY,
  parent_id    INTEGER REFERENCES category(id) ON DELETE RESTRICT,
  name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  letters      TEXT NOT NULL UNIQUE CHECK (length(letters) BETWEEN 2 AND 4),
  withdrawn_at INTEGER,
  created_at   INTEGER NOT NULL,
  CHECK (parent_id IS NOT id)
) STRICT;
CREATE UNIQUE INDEX category_name ON category(coalesce(parent_id, 0), name);

CREATE TABLE equipment_type(
  id                 INTEGER PRIMARY KEY,
  category_id        INTEGER NOT NULL REFERENCES category(id) ON DELETE RESTRICT,
  name               TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  name_key           TEXT NOT NULL,
  description        TEXT,
  specs              TEXT NOT NULL CHECK (json_type(specs) = 'object'),
  contents           TEXT NOT NULL CHECK (json_type(contents) = 'array'),
  tracking           TEXT NOT NULL CHECK (tracking IN ('ITEMS','BULK')),
  fixed_hours        INTEGER CHECK (fixed_hours > 0),
  turnaround_minutes INTEGER NOT NULL CHECK (turnaround_minutes BETWEEN 0 AND 43200),
  replacement_value  INTEGER CHECK (replacement_value >= 0),
  withdrawn_at       INTEGER,
  reference          TEXT,
  created_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX equipment_type_name ON equipment_type(name_key);
CREATE INDEX equipment_type_reference ON equipment_type(reference) WHERE reference IS NOT NULL;
CREATE INDEX equipment_type_category ON equipment_type(category_id);

CREATE VIRTUAL TABLE type_search USING fts5(name, category, description, reference, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');

-- pricing -------------------------------------------------------------------------------------------------------------------------

CREATE TABLE rate(
  id             INTEGER PRIMARY KEY,
  type_id        INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  hourly         INTEGER CHECK (hourly > 0),
  daily          INTEGER CHECK (daily > 0),
  weekly         INTEGER CHECK (weekly > 0),
  fixed          INTEGER CHECK (fixed > 0),
  effective_from INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  CHECK (hourly IS NOT NULL OR daily IS NOT NULL OR weekly IS NOT NULL OR fixed IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX rate_valid ON rate(type_id, effective_from);

-- inventory -----------------------------------------------------------------------------------------------------------------------

CREATE TABLE item(
  id         INTEGER PRIMARY KEY,
  shop_id    INTEGER NOT NULL,
  type_id    INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  asset_tag  TEXT NOT NULL,
  tag_code   TEXT NOT NULL UNIQUE CHECK (tag_code <> '' AND tag_code NOT GLOB '*[^A-Z0-9]*'),
  serial     TEXT,
  lifecycle  TEXT NOT NULL CHECK (lifecycle IN ('IN_SERVICE','LOST','RETIRED')),
  condition  TEXT NOT NULL CHECK (condition IN ('GOOD','UNUSABLE','UNDER_MAINTENANCE')),
  location   TEXT,
  note       TEXT,
  version    INTEGER NOT NULL,
  reference  TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX item_type ON item(type_id, lifecycle, condition);
CREATE UNIQUE INDEX item_serial ON item(type_id, serial) WHERE serial IS NOT NULL;
CREATE INDEX item_serial_code ON item(serial) WHERE serial IS NOT NULL;
CREATE INDEX item_off ON item(lifecycle, condition) WHERE lifecycle <> 'IN_SERVICE' OR condition <> 'GOOD';

CREATE TABLE bulk_stock(
  type_id    INTEGER PRIMARY KEY REFERENCES equipment_type(id) ON DELETE RESTRICT,
  shop_id    INTEGER NOT NULL,
  asset_tag  TEXT NOT NULL,
  tag_code   TEXT NOT NULL UNIQUE CHECK (tag_code <> '' AND tag_code NOT GLOB '*[^A-Z0-9]*'),
  quantity   INTEGER NOT NULL CHECK (quantity >= 0),
  location   TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER item_tag_once BEFORE INSERT ON item
WHEN EXISTS (SELECT 1 FROM bulk_stock WHERE tag_code = NEW.tag_code) BEGIN SELECT RAISE(ABORT, 'tag_taken'); END;
CREATE TRIGGER bulk_tag_once BEFORE INSERT ON bulk_stock
WHEN EXISTS (SELECT 1 FROM item WHERE tag_code = NEW.tag_code) BEGIN SELECT RAISE(ABORT, 'tag_taken'); END;

CREATE TABLE claim(
  id       INTEGER PRIMARY KEY,
  item_id  INTEGER NOT NULL REFERENCES item(id) ON DELETE RESTRICT,
  kind     TEXT    NOT NULL CHECK (kind IN ('pin','out','block')),
  source   INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  end_at   INTEGER NOT NULL,
  live     INTEGER NOT NULL CHECK (live IN (0,1)),
  CHECK (end_at > start_at),
  CHECK (start_at >= 946684800 AND end_at <= 4102444800),
  CHECK (start_at % 60 = 0 AND end_at % 60 = 0)
) STRICT;
CREATE UNIQUE INDEX claim_live ON claim(item_id, start_at, end_at) WHERE live = 1;
CREATE INDEX claim_source ON claim(kind, source) WHERE live = 1;
CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'item_claimed')
   WHERE (SELECT end_at FROM claim
           WHERE item_id = NEW.item_id AND live = 1 AND start_at < NEW.end_at
           ORDER BY start_at DESC LIMIT 1) > NEW.start_at;
END;
CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE ON claim WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'item_claimed')
   WHERE (SELECT end_at FROM claim
           WHERE item_id = NEW.item_id AND live = 1 AND start_at < NEW.end_at AND id <> OLD.id
           ORDER BY start_at DESC LIMIT 1) > NEW.start_at;
END;
CREATE TRIGGER claim_kept BEFORE DELETE ON claim BEGIN SELECT RAISE(ABORT, 'claim_kept'); END;

CREATE TABLE bulk_claim(
  id       INTEGER PRIMARY KEY,
  type_id  INTEGER NOT NULL REFERENCES bulk_stock(type_id) ON DELETE RESTRICT,
  source   INTEGER NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  start_at INTEGER NOT NULL,
  end_at   INTEGER NOT NULL CHECK (end_at > start_at),
  live     INTEGER NOT NULL CHECK (live IN (0,1))
) STRICT;
CREATE INDEX bulk_claim_live ON bulk_claim(type_id, start_at, end_at, quantity) WHERE live = 1;
CREATE INDEX bulk_claim_source ON bulk_claim(source) WHERE live = 1;
CREATE TRIGGER bulk_capacity_insert BEFORE INSERT ON bulk_claim WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'over_capacity')
   WHERE NEW.quantity + (SELECT max((SELECT coalesce(sum(c.quantity), 0) FROM bulk_claim c
                                      WHERE c.type_id = NEW.type_id AND c.live = 1
                                        AND c.start_at <= p.t AND c.end_at > p.t))
                           FROM (SELECT NEW.start_at AS t
                                 UNION ALL SELECT start_at FROM bulk_claim
                                  WHERE type_id = NEW.type_id AND live = 1
                                    AND start_at > NEW.start_at AND start_at < NEW.end_at) p)
         > (SELECT quantity FROM bulk_stock WHERE type_id = NEW.type_id);
END;
CREATE TRIGGER bulk_capacity_update BEFORE UPDATE ON bulk_claim WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'over_capacity')
   WHERE NEW.quantity + (SELECT max((SELECT coalesce(sum(c.quantity), 0) FROM bulk_claim c
                                      WHERE c.type_id = NEW.type_id AND c.live = 1 AND c.id <> OLD.id
                                        AND c.start_at <= p.t AND c.end_at > p.t))
                           FROM (SELECT NEW.start_at AS t
                                 UNION ALL SELECT start_at FROM bulk_claim
                                  WHERE type_id = NEW.type_id AND live = 1 AND id <> OLD.id
                                    AND start_at > NEW.start_at AND start_at < NEW.end_at) p)
         > (SELECT quantity FROM bulk_stock WHERE type_id = NEW.type_id);
END;
CREATE TRIGGER bulk_stock_lowered BEFORE UPDATE OF quantity ON bulk_stock WHEN NEW.quantity < OLD.quantity BEGIN
  SELECT RAISE(ABORT, 'stock_promised')
   WHERE (SELECT max((SELECT sum(c.quantity) FROM bulk_claim c
                       WHERE c.type_id = NEW.type_id AND c.live = 1
                         AND c.start_at <= p.start_at AND c.end_at > p.start_at))
            FROM bulk_claim p WHERE p.type_id = NEW.type_id AND p.live = 1) > NEW.quantity;
END;
CREATE TRIGGER bulk_claim_kept BEFORE DELETE ON bulk_claim BEGIN SELECT RAISE(ABORT, 'claim_kept'); END;

CREATE TABLE condition_report(
  id            INTEGER PRIMARY KEY,
  item_id       INTEGER NOT NULL REFERENCES item(id) ON DELETE RESTRICT,
  rental_id     INTEGER,
  before        TEXT NOT NULL CHECK (before IN ('GOOD','UNUSABLE','UNDER_MAINTENANCE')),
  after         TEXT NOT NULL CHECK (after IN ('GOOD','UNUSABLE','UNDER_MAINTENANCE')),
  note          TEXT,
  expected_back INTEGER,
  at            INTEGER NOT NULL,
  staff_id      INTEGER,
  CHECK (after = 'GOOD' OR note IS NOT NULL)
) STRICT;
CREATE INDEX condition_report_item ON condition_report(item_id, id);

CREATE TABLE bench_job(
  id            INTEGER PRIMARY KEY,
  number        INTEGER NOT NULL UNIQUE,
  item_id       INTEGER NOT NULL REFERENCES item(id) ON DELETE RESTRICT,
  report_id     INTEGER NOT NULL REFERENCES condition_report(id) ON DELETE RESTRICT,
  opened_at     INTEGER NOT NULL,
  expected_back INTEGER,
  cost          INTEGER CHECK (cost >= 0),
  note          TEXT,
  outcome       TEXT,
  closed_at     INTEGER,
  closed_by     INTEGER
) STRICT;
CREATE UNIQUE INDEX bench_job_open ON bench_job(item_id) WHERE closed_at IS NULL;
CREATE INDEX bench_job_item ON bench_job(item_id, opened_at);
CREATE INDEX bench_job_closed ON bench_job(closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE item_change(
  id       INTEGER PRIMARY KEY,
  item_id  INTEGER NOT NULL REFERENCES item(id) ON DELETE RESTRICT,
  axis     TEXT NOT NULL CHECK (axis IN ('LIFECYCLE','CONDITION')),
  before   TEXT NOT NULL,
  after    TEXT NOT NULL,
  reason   TEXT,
  at       INTEGER NOT NULL,
  staff_id INTEGER
) STRICT;
CREATE INDEX item_change_item ON item_change(item_id, id);

-- booking -------------------------------------------------------------------------------------------------------------------------

CREATE TABLE reservation_step(
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO reservation_step(from_state, to_state) VALUES
  ('CONFIRMED','ACTIVE'), ('ACTIVE','COMPLETED'), ('ACTIVE','CONFIRMED'), ('COMPLETED','ACTIVE'), ('ACTIVE','CANCELLED');

CREATE TABLE reservation(
  id            INTEGER PRIMARY KEY,
  number        INTEGER NOT NULL UNIQUE,
  customer_id   INTEGER REFERENCES customer(id) ON DELETE RESTRICT,
  state         TEXT NOT NULL CHECK (state IN ('QUOTE','HOLD','CONFIRMED','ACTIVE','COMPLETED','CANCELLED','EXPIRED')),
  start_at      INTEGER NOT NULL,
  end_at        INTEGER NOT NULL,
  cancel_reason TEXT,
  note          TEXT,
  version       INTEGER NOT NULL,
  reference     TEXT,
  created_at    INTEGER NOT NULL,
  CHECK (end_at > start_at),
  CHECK (customer_id IS NOT NULL OR state = 'QUOTE')
) STRICT;
CREATE INDEX reservation_customer ON reservation(customer_id, start_at);
CREATE INDEX reservation_state ON reservation(state, start_at) WHERE state IN ('QUOTE','HOLD','CONFIRMED','ACTIVE');
CREATE INDEX reservation_reference ON reservation(reference) WHERE reference IS NOT NULL;
CREATE TRIGGER reservation_state_step BEFORE UPDATE OF state ON reservation WHEN NEW.state <> OLD.state BEGIN
  SELECT RAISE(ABORT, 'illegal_state')
   WHERE NOT EXISTS (SELECT 1 FROM reservation_step WHERE from_state = OLD.state AND to_state = NEW.state);
END;
CREATE TRIGGER reservation_kept BEFORE DELETE ON reservation BEGIN SELECT RAISE(ABORT, 'reservation_kept'); END;

CREATE TABLE reservation_line(
  id                 INTEGER PRIMARY KEY,
  reservation_id     INTEGER NOT NULL REFERENCES reservation(id) ON DELETE RESTRICT,
  shop_id            INTEGER NOT NULL,
  type_id            INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  type_name          TEXT NOT NULL,
  quantity           INTEGER NOT NULL CHECK (quantity > 0),
  start_at           INTEGER NOT NULL,
  end_at             INTEGER NOT NULL CHECK (end_at > start_at),
  turnaround_minutes INTEGER NOT NULL,
  claimed_qty        INTEGER NOT NULL CHECK (claimed_qty BETWEEN 0 AND quantity),
  state              TEXT NOT NULL CHECK (state IN ('OPEN','PARTLY_OUT','OUT','CLOSED','DROPPED'))
) STRICT;
CREATE INDEX line_reservation ON reservation_line(reservation_id);
CREATE INDEX line_claimed ON reservation_line(type_id, end_at, start_at, claimed_qty) WHERE claimed_qty > 0;

CREATE TABLE rental(
  id             INTEGER PRIMARY KEY,
  line_id        INTEGER NOT NULL REFERENCES reservation_line(id) ON DELETE RESTRICT,
  reservation_id INTEGER NOT NULL REFERENCES reservation(id) ON DELETE RESTRICT,
  customer_id    INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  type_id        INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  item_id        INTEGER REFERENCES item(id) ON DELETE RESTRICT,
  quantity       INTEGER NOT NULL CHECK (quantity > 0),
  out_at         INTEGER NOT NULL,
  due_at         INTEGER NOT NULL,
  due_wall       TEXT NOT NULL,
  free_at        INTEGER NOT NULL,
  in_at          INTEGER,
  state          TEXT NOT NULL CHECK (state IN ('OUT','RETURNED','LOST')),
  outcome        TEXT CHECK (outcome IN ('FINE','FLAGGED','FORGIVEN')),
  condition_out  TEXT,
  condition_in   TEXT,
  missing        TEXT,
  note           TEXT,
  staff_out      INTEGER,
  staff_in       INTEGER,
  reference      TEXT,
  CHECK (item_id IS NULL OR quantity = 1),
  CHECK ((state = 'RETURNED') = (in_at IS NOT NULL)),
  CHECK (due_at > out_at),
  CHECK (in_at IS NULL OR in_at >= out_at)
) STRICT;
CREATE UNIQUE INDEX rental_one_out ON rental(item_id) WHERE state = 'OUT' AND item_id IS NOT NULL;
CREATE INDEX rental_out ON rental(type_id, due_at, free_at, quantity) WHERE state = 'OUT';
CREATE INDEX rental_due ON rental(due_at) WHERE state = 'OUT';
CREATE INDEX rental_customer_out ON rental(customer_id, due_at) WHERE state = 'OUT';
CREATE INDEX rental_line ON rental(line_id);
CREATE INDEX rental_reservation ON rental(reservation_id);
CREATE INDEX rental_item ON rental(item_id, out_at) WHERE item_id IS NOT NULL;
CREATE INDEX rental_customer ON rental(customer_id, out_at);
CREATE TRIGGER rental_kept BEFORE DELETE ON rental BEGIN SELECT RAISE(ABORT, 'rental_kept'); END;

-- history (projections: made by subscribers from the outbox, rebuilt at will) -----------------------------------------------------

CREATE TABLE history(
  seq              INTEGER PRIMARY KEY,
  at               INTEGER NOT NULL,
  kind             TEXT NOT NULL,
  item_id          INTEGER,
  asset_tag        TEXT,
  type_id          INTEGER,
  quantity         INTEGER,
  customer_id      INTEGER,
  reservation_id   INTEGER,
  number           INTEGER,
  rental_id        INTEGER,
  out_at           INTEGER,
  due_at           INTEGER,
  in_at            INTEGER,
  condition_before TEXT,
  condition_after  TEXT,
  late_minutes     INTEGER,
  staff_id         INTEGER,
  detail           TEXT,
  reverses         TEXT,
  undone           INTEGER NOT NULL CHECK (undone IN (0,1))   -- a later entry reverses it
) STRICT;
CREATE INDEX history_item ON history(item_id, at) WHERE item_id IS NOT NULL;
CREATE INDEX history_customer ON history(customer_id, at) WHERE customer_id IS NOT NULL;
CREATE INDEX history_rental ON history(rental_id) WHERE rental_id IS NOT NULL;
CREATE INDEX history_at ON history(at);

CREATE TABLE condition_flag(
  item_id       INTEGER NOT NULL,
  flag          TEXT NOT NULL CHECK (flag IN ('UNUSABLE','UNDER_MAINTENANCE','LOST','INCOMPLETE')),
  since         INTEGER NOT NULL,
  staff_id      INTEGER,
  report_id     INTEGER,
  rental_id     INTEGER,
  expected_back INTEGER,
  PRIMARY KEY (item_id, flag)
) STRICT, WITHOUT ROWID;

-- desk ----------------------------------------------------------------------------------------------------------------------------

CREATE TABLE draft(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,         -- never given twice: another window may still hold it
  version    INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  staff_id   INTEGER,
  started_at INTEGER NOT NULL,
  saved_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE undo_step(
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  staff_id  INTEGER,
  window    BLOB NOT NULL,
  act       TEXT NOT NULL CHECK (json_valid(act)),
  undone_at INTEGER
) STRICT;
CREATE INDEX undo_step_open ON undo_step(id) WHERE undone_at IS NULL;
