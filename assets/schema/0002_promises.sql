-- Schema 2: promises. Reservations made ahead, what a kit is made of, what is set aside, who goes short, and the messages that tell of it.

-- catalog -------------------------------------------------------------------------------------------------------------------------

ALTER TABLE equipment_type ADD COLUMN role TEXT NOT NULL DEFAULT 'PRIMARY' CHECK (role IN ('PRIMARY','ACCESSORY'));

CREATE TABLE kit_component(
  kit_type_id       INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  component_type_id INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  quantity          INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
  PRIMARY KEY (kit_type_id, component_type_id),
  CHECK (kit_type_id <> component_type_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX kit_component_of ON kit_component(component_type_id);

CREATE TABLE type_accessory(
  type_id           INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  accessory_type_id INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  quantity          INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000),     -- so many
  per               INTEGER NOT NULL CHECK (per BETWEEN 1 AND 1000),          -- for so many of the type, a begun one counted
  by_default        INTEGER NOT NULL CHECK (by_default IN (0,1)),
  PRIMARY KEY (type_id, accessory_type_id),
  CHECK (type_id <> accessory_type_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE type_substitute(
  type_id            INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  substitute_type_id INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  PRIMARY KEY (type_id, substitute_type_id),
  CHECK (type_id <> substitute_type_id)
) STRICT, WITHOUT ROWID;

-- inventory -----------------------------------------------------------------------------------------------------------------------

-- Maintenance until it is expected back, a blackout, the turnaround that begins at a return. An item, or a count of counted stock.
CREATE TABLE item_block(
  id         INTEGER PRIMARY KEY,
  shop_id    INTEGER NOT NULL,
  type_id    INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  item_id    INTEGER REFERENCES item(id) ON DELETE RESTRICT,
  quantity   INTEGER NOT NULL CHECK (quantity > 0),
  kind       TEXT NOT NULL CHECK (kind IN ('MAINTENANCE','BLACKOUT','TURNAROUND')),
  start_at   INTEGER NOT NULL,
  end_at     INTEGER NOT NULL CHECK (end_at > start_at),                      -- without an end: 2100-01-01
  reason     TEXT,
  rental_id  INTEGER,                                                         -- whose return the turnaround follows
  live       INTEGER NOT NULL CHECK (live IN (0,1)),
  created_at INTEGER NOT NULL,
  staff_id   INTEGER,
  CHECK (item_id IS NULL OR quantity = 1),
  CHECK (kind <> 'BLACKOUT' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX block_live ON item_block(type_id, end_at, start_at, quantity, item_id, kind) WHERE live = 1;
CREATE INDEX block_item ON item_block(item_id, kind) WHERE live = 1 AND item_id IS NOT NULL;
CREATE INDEX block_rental ON item_block(rental_id) WHERE live = 1 AND rental_id IS NOT NULL;
CREATE TRIGGER item_block_kept BEFORE DELETE ON item_block BEGIN SELECT RAISE(ABORT, 'block_kept'); END;

-- What is on the bench with a date has been taken out of what can be promised since its job began.
INSERT INTO item_block(shop_id, type_id, item_id, quantity, kind, start_at, end_at, live, created_at)
SELECT i.shop_id, i.type_id, i.id, 1, 'MAINTENANCE', b.opened_at - b.opened_at % 60, min((b.expected_back + 59) / 60 * 60, 4102444800), 1, b.opened_at
  FROM bench_job b JOIN item i ON i.id = b.item_id
 WHERE b.closed_at IS NULL AND b.expected_back > b.opened_at AND i.lifecycle = 'IN_SERVICE' AND i.condition = 'UNDER_MAINTENANCE';

-- Fixed items that travel in a case; while packed they are nobody's but the case's.
CREATE TABLE case_content(
  item_id      INTEGER PRIMARY KEY REFERENCES item(id) ON DELETE RESTRICT,
  case_item_id INTEGER NOT NULL REFERENCES item(id) ON DELETE RESTRICT,
  type_id      INTEGER NOT NULL REFERENCES equipment_type(id) ON DELETE RESTRICT,
  packed       INTEGER NOT NULL CHECK (packed IN (0,1)),
  CHECK (item_id <> case_item_id)
) STRICT;
CREATE INDEX case_content_case ON case_content(case_item_id);
CREATE INDEX case_content_packed ON case_content(type_id, item_id) WHERE packed = 1;

-- A promise of counted stock is guarded like stock that is out; what a fact takes away is taken off the promise first.
ALTER TABLE bulk_claim ADD COLUMN kind TEXT NOT NULL DEFAULT 'out' CHECK (kind IN ('out','line'));
DROP INDEX bulk_claim_source;
CREATE INDEX bulk_claim_source ON bulk_claim(kind, source) WHERE live = 1;
CREATE INDEX bulk_claim_out ON bulk_claim(type_id, quantity) WHERE live = 1 AND kind = 'out';

-- booking -------------------------------------------------------------------------------------------------------------------------

INSERT INTO reservation_step(from_state, to_state) VALUES
  ('QUOTE','CONFIRMED'), ('HOLD','CONFIRMED'), ('QUOTE','HOLD'),
  ('QUOTE','CANCELLED'), ('HOLD','CANCELLED'), ('CONFIRMED','CANCELLED'),
  ('HOLD','EXPIRED'), ('CONFIRMED','EXPIRED'),
  -- undone: a confirmation, a hold, a cancellation, an expiry
  ('CONFIRMED','QUOTE'), ('CONFIRMED','HOLD'), ('HOLD','QUOTE'),
  ('CANCELLED','QUOTE'), ('CANCELLED','HOLD'), ('CANCELLED','CONFIRMED'),
  ('EXPIRED','HOLD'), ('EXPIRED','CONFIRMED');

ALTER TABLE reservation ADD COLUMN hold_lapses_at INTEGER;
CREATE INDEX reservation_lapse ON reservation(hold_lapses_at) WHERE state = 'HOLD';
CREATE INDEX reservation_no_show ON reservation(end_at) WHERE state = 'CONFIRMED';

ALTER TABLE reservation_line ADD COLUMN parent_line_id INTEGER REFERENCES reservation_line(id) ON DELETE RESTRICT;
ALTER TABLE reservation_line ADD COLUMN is_kit INTEGER NOT NULL DEFAULT 0 CHECK (is_kit IN (0,1));      -- its components claim, not the line
ALTER TABLE reservation_line ADD COLUMN pinned_item_id INTEGER REFERENCES item(id) ON DELETE RESTRICT;
ALTER TABLE reservation_line ADD COLUMN packed INTEGER NOT NULL DEFAULT 0 CHECK (packed >= 0);
ALTER TABLE reservation_line ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;                                -- who was promised first
ALTER TABLE reservation_line ADD COLUMN free_at INTEGER GENERATED ALWAYS AS (end_at + turnaround_minutes * 60) VIRTUAL;
DROP INDEX line_claimed;
CREATE INDEX line_claimed ON reservation_line(type_id, free_at, start_at, claimed_qty) WHERE claimed_qty > 0;
CREATE INDEX line_pinned ON reservation_line(type_id) WHERE claimed_qty > 0 AND pinned_item_id IS NOT NULL;

DROP INDEX rental_out;
CREATE INDEX rental_out ON rental(type_id, due_at, free_at, quantity, item_id) WHERE state = 'OUT';

ALTER TABLE rental ADD COLUMN told_due INTEGER;                                                         -- the due time past which it was told to be overdue
ALTER TABLE rental ADD COLUMN out_location TEXT;                                                        -- where it lay before it left
ALTER TABLE rental ADD COLUMN in_location TEXT;                                                         -- where it was taken back
CREATE INDEX rental_untold ON rental(due_at) WHERE state = 'OUT' AND told_due IS NOT due_at;

CREATE TRIGGER reservation_claims_released BEFORE UPDATE OF state ON reservation
WHEN NEW.state NOT IN ('HOLD','CONFIRMED','ACTIVE') AND NEW.state <> OLD.state BEGIN
  SELECT RAISE(ABORT, 'claims_left') WHERE EXISTS (SELECT 1 FROM reservation_line WHERE reservation_id = NEW.id AND claimed_qty > 0);
END;
CREATE TRIGGER line_claims_insert BEFORE INSERT ON reservation_line WHEN NEW.claimed_qty > 0 BEGIN
  SELECT RAISE(ABORT, 'claims_nothing')
   WHERE NEW.state IN ('OUT','CLOSED','DROPPED') OR NEW.is_kit = 1
      OR (SELECT state FROM reservation WHERE id = NEW.reservation_id) NOT IN ('HOLD','CONFIRMED','ACTIVE');
END;
CREATE TRIGGER line_claims_update BEFORE UPDATE ON reservation_line WHEN NEW.claimed_qty > 0 BEGIN
  SELECT RAISE(ABORT, 'claims_nothing')
   WHERE NEW.state IN ('OUT','CLOSED','DROPPED') OR NEW.is_kit = 1
      OR (SELECT state FROM reservation WHERE id = NEW.reservation_id) NOT IN ('HOLD','CONFIRMED','ACTIVE');
END;

ALTER TABLE history ADD COLUMN location TEXT;                                                           -- of a return: the place, where it is another than it left from

-- Who will be disappointed (a projection: made again from the promises at any time, read by no guard).
CREATE TABLE shortage(
  type_id        INTEGER NOT NULL,
  line_id        INTEGER NOT NULL,
  reservation_id INTEGER NOT NULL,
  start_at       INTEGER NOT NULL,
  end_at         INTEGER NOT NULL,
  missing        INTEGER NOT NULL CHECK (missing > 0),
  cause          TEXT NOT NULL,
  PRIMARY KEY (type_id, line_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shortage_reservation ON shortage(reservation_id);

-- customers -----------------------------------------------------------------------------------------------------------------------

-- What a customer wants to be written about; without a row, everything.
CREATE TABLE customer_preference(
  customer_id     INTEGER PRIMARY KEY REFERENCES customer(id) ON DELETE RESTRICT,
  marketing_email INTEGER NOT NULL CHECK (marketing_email IN (0,1)),
  sms             INTEGER NOT NULL CHECK (sms IN (0,1)),
  newsletter      INTEGER NOT NULL CHECK (newsletter IN (0,1)),
  changed_at      INTEGER NOT NULL
) STRICT;

-- notifications -------------------------------------------------------------------------------------------------------------------

-- Ids and a template's name: the text, the name and the address are put together when it is sent.
CREATE TABLE message(
  id              INTEGER PRIMARY KEY,
  event_id        BLOB NOT NULL CHECK (length(event_id) = 16),                -- what it tells of, and what a doubled one is known by
  kind            TEXT NOT NULL CHECK (kind IN ('RESERVATION','INVOICE','SYSTEM','MARKETING')),
  template        TEXT NOT NULL,
  channel         TEXT NOT NULL CHECK (channel IN ('EMAIL','SMS','NOTICE')),
  customer_id     INTEGER REFERENCES customer(id) ON DELETE RESTRICT,
  reservation_id  INTEGER REFERENCES reservation(id) ON DELETE RESTRICT,
  state           TEXT NOT NULL CHECK (state IN ('PENDING','SENT','FAILED','DEAD','SUPPRESSED')),
  attempts        INTEGER NOT NULL CHECK (attempts >= 0),
  sending         INTEGER NOT NULL CHECK (sending IN (0,1)),                  -- noted before it is tried: a crash is known as such
  next_attempt_at INTEGER,
  sent_at         INTEGER,
  error           TEXT,                                                       -- why not, in words that name nobody
  created_at      INTEGER NOT NULL,
  CHECK ((state = 'SENT') = (sent_at IS NOT NULL)),
  CHECK (sending = 0 OR state IN ('PENDING','FAILED'))
) STRICT;
CREATE UNIQUE INDEX message_once ON message(event_id, template, coalesce(reservation_id, 0));
CREATE INDEX message_waiting ON message(id) WHERE state IN ('PENDING','FAILED');
CREATE INDEX message_reservation ON message(reservation_id);
CREATE INDEX message_customer ON message(customer_id);
CREATE TRIGGER message_kept BEFORE DELETE ON message BEGIN SELECT RAISE(ABORT, 'message_kept'); END;
CREATE TRIGGER message_sent_once BEFORE UPDATE ON message WHEN OLD.state = 'SENT' BEGIN SELECT RAISE(ABORT, 'message_sent'); END;

-- What happened before there were messages is not told now.
INSERT OR IGNORE INTO consumer_cursor(consumer, last_seq) SELECT 'notifications', max(seq) FROM outbox HAVING count(*) > 0;
