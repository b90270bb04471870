-- Schema 6: parts of things. One line of an invoice credited alone, a part of a deposit given back, what the till had too much or too little
-- in the books.

-- billing -------------------------------------------------------------------------------------------------------------------------

-- An invoice may have several credit notes, each of other lines.
DROP INDEX invoice_credits;
CREATE INDEX invoice_credits ON invoice(credits_id) WHERE credits_id IS NOT NULL;
ALTER TABLE invoice_line ADD COLUMN credits_line_id INTEGER REFERENCES invoice_line(id) ON DELETE RESTRICT;  -- of a credit note: the line that it takes back
CREATE UNIQUE INDEX invoice_line_credits ON invoice_line(credits_line_id) WHERE credits_line_id IS NOT NULL; -- no line is taken back twice
CREATE TRIGGER invoice_line_credits_its_own BEFORE INSERT ON invoice_line
WHEN NEW.credits_line_id IS NOT NULL
 AND (SELECT invoice_id FROM invoice_line WHERE id = NEW.credits_line_id) IS NOT (SELECT credits_id FROM invoice WHERE id = NEW.invoice_id)
BEGIN SELECT RAISE(ABORT, 'invoice_credit'); END;
CREATE INDEX charge_line ON charge(line_id) WHERE line_id IS NOT NULL;

-- A deposit goes back in parts. Its own columns say the sum and the last time.
CREATE TABLE deposit_new(
  id              INTEGER PRIMARY KEY,
  reservation_id  INTEGER NOT NULL REFERENCES reservation(id) ON DELETE RESTRICT,
  customer_id     INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  amount          INTEGER NOT NULL CHECK (amount > 0),
  method          TEXT NOT NULL CHECK (method IN ('CASH','CARD','TRANSFER','OTHER')),
  reference       TEXT,
  taken_at        INTEGER NOT NULL,
  staff_id        INTEGER,
  kept            INTEGER NOT NULL CHECK (kept >= 0),
  returned        INTEGER NOT NULL CHECK (returned >= 0),
  return_method   TEXT CHECK (return_method IN ('CASH','CARD','TRANSFER','OTHER')),
  returned_at     INTEGER,
  returned_by     INTEGER,
  CHECK (kept + returned <= amount),
  CHECK ((returned > 0) = (return_method IS NOT NULL))
) STRICT;
INSERT INTO deposit_new(id, reservation_id, customer_id, amount, method, reference, taken_at, staff_id, kept, returned, return_method, returned_at, returned_by)
  SELECT id, reservation_id, customer_id, amount, method, reference, taken_at, staff_id, kept, returned, return_method, returned_at, returned_by FROM deposit;
DROP TABLE deposit;
ALTER TABLE deposit_new RENAME TO deposit;
CREATE INDEX deposit_reservation ON deposit(reservation_id);
CREATE INDEX deposit_customer ON deposit(customer_id);
CREATE INDEX deposit_taken ON deposit(taken_at);
CREATE TRIGGER deposit_fixed BEFORE UPDATE ON deposit
WHEN (NEW.id, NEW.reservation_id, NEW.customer_id, NEW.amount, NEW.method, NEW.reference, NEW.taken_at, NEW.staff_id)
     IS NOT (OLD.id, OLD.reservation_id, OLD.customer_id, OLD.amount, OLD.method, OLD.reference, OLD.taken_at, OLD.staff_id)
  OR NEW.kept < OLD.kept OR NEW.returned < OLD.returned
BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;
CREATE TRIGGER deposit_no_delete BEFORE DELETE ON deposit BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;

CREATE TABLE deposit_return(
  id         INTEGER PRIMARY KEY,
  deposit_id INTEGER NOT NULL REFERENCES deposit(id) ON DELETE RESTRICT,
  amount     INTEGER NOT NULL CHECK (amount > 0),
  method     TEXT NOT NULL CHECK (method IN ('CASH','CARD','TRANSFER','OTHER')),
  at         INTEGER NOT NULL,
  staff_id   INTEGER
) STRICT;
INSERT INTO deposit_return(deposit_id, amount, method, at, staff_id) SELECT id, returned, return_method, returned_at, returned_by FROM deposit WHERE returned > 0 ORDER BY id;
CREATE INDEX deposit_return_deposit ON deposit_return(deposit_id);
CREATE INDEX deposit_return_at ON deposit_return(at);
CREATE TRIGGER deposit_return_once BEFORE INSERT ON deposit_return
WHEN EXISTS (SELECT 1 FROM deposit_return WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;
CREATE TRIGGER deposit_return_no_update BEFORE UPDATE ON deposit_return BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;
CREATE TRIGGER deposit_return_no_delete BEFORE DELETE ON deposit_return BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;

-- What the till has too much or too little is of no customer.
CREATE TABLE journal_new(
  id          INTEGER PRIMARY KEY,
  event_id    BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
  customer_id INTEGER REFERENCES customer(id) ON DELETE RESTRICT,              -- none: of the shop itself
  invoice_id  INTEGER REFERENCES invoice(id) ON DELETE RESTRICT,
  at          INTEGER NOT NULL,
  sealed      INTEGER NOT NULL CHECK (sealed IN (0,1))
) STRICT;
INSERT INTO journal_new(id, event_id, customer_id, invoice_id, at, sealed) SELECT id, event_id, customer_id, invoice_id, at, sealed FROM journal;
CREATE TABLE posting_new(
  id         INTEGER PRIMARY KEY,
  journal_id INTEGER NOT NULL REFERENCES journal_new(id) ON DELETE RESTRICT,
  account    TEXT NOT NULL CHECK (account <> ''),
  amount     INTEGER NOT NULL CHECK (amount <> 0)
) STRICT;
INSERT INTO posting_new(id, journal_id, account, amount) SELECT id, journal_id, account, amount FROM posting;
DROP TABLE posting;
DROP TABLE journal;
ALTER TABLE journal_new RENAME TO journal;
ALTER TABLE posting_new RENAME TO posting;
CREATE INDEX journal_customer ON journal(customer_id);
CREATE INDEX journal_invoice ON journal(invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX posting_journal ON posting(journal_id, amount);
CREATE TRIGGER journal_starts_open BEFORE INSERT ON journal WHEN NEW.sealed <> 0
  OR EXISTS (SELECT 1 FROM journal WHERE id = NEW.id OR event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'journal_open_first'); END;
CREATE TRIGGER journal_seal BEFORE UPDATE ON journal BEGIN
  SELECT RAISE(ABORT, 'journal_sealed') WHERE OLD.sealed = 1 OR NEW.id <> OLD.id;
  SELECT RAISE(ABORT, 'journal_unbalanced') WHERE NEW.sealed = 1
     AND (SELECT coalesce(sum(amount), 1) FROM posting WHERE journal_id = NEW.id) <> 0;
END;
CREATE TRIGGER journal_kept BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal_sealed'); END;
CREATE TRIGGER posting_open BEFORE INSERT ON posting
WHEN (SELECT sealed FROM journal WHERE id = NEW.journal_id) IS NOT 0 OR EXISTS (SELECT 1 FROM posting WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'journal_sealed'); END;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'journal_sealed'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'journal_sealed'); END;
