-- Schema 4: money that is owed, paid and held. An invoice is a draft until it has a number; from then on nothing of it changes but what
-- became of it. Money moves only by journals that sum to zero; what was wrong is mended by an opposite one.

-- billing -------------------------------------------------------------------------------------------------------------------------

CREATE TABLE invoice_step(
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO invoice_step(from_state, to_state) VALUES
  ('DRAFT','ISSUED'), ('DRAFT','VOID'), ('ISSUED','VOID'),
  ('ISSUED','PARTLY_PAID'), ('ISSUED','PAID'), ('PARTLY_PAID','PAID'),
  ('PARTLY_PAID','CREDITED'), ('PAID','CREDITED');

CREATE TABLE invoice(
  id               INTEGER PRIMARY KEY,
  number           INTEGER UNIQUE,
  kind             TEXT NOT NULL CHECK (kind IN ('INVOICE','CREDIT_NOTE')),
  credits_id       INTEGER REFERENCES invoice(id) ON DELETE RESTRICT,          -- what a credit note takes back
  reservation_id   INTEGER REFERENCES reservation(id) ON DELETE RESTRICT,
  customer_id      INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  customer_version INTEGER NOT NULL,                                           -- whom it named when it was issued
  state            TEXT NOT NULL CHECK (state IN ('DRAFT','ISSUED','PARTLY_PAID','PAID','VOID','CREDITED')),
  net              INTEGER NOT NULL,
  tax              INTEGER NOT NULL,
  total            INTEGER NOT NULL,
  paid             INTEGER NOT NULL,
  issued_at        INTEGER,
  due_at           INTEGER,
  issued_by        INTEGER,
  reason           TEXT,                                                       -- why it is void or credited
  created_at       INTEGER NOT NULL,
  CHECK (total = net + tax),
  CHECK ((kind = 'CREDIT_NOTE') = (credits_id IS NOT NULL)),
  CHECK ((number IS NULL) = (issued_at IS NULL)),
  CHECK (state = 'VOID' OR (number IS NULL) = (state = 'DRAFT')),
  CHECK (state NOT IN ('DRAFT','ISSUED','VOID') OR paid = 0),
  CHECK (state NOT IN ('PAID','CREDITED') OR paid = total),
  CHECK (state <> 'PARTLY_PAID' OR paid BETWEEN 1 AND total - 1)
) STRICT;
CREATE UNIQUE INDEX invoice_draft ON invoice(reservation_id) WHERE state = 'DRAFT' AND kind = 'INVOICE' AND reservation_id IS NOT NULL;
CREATE INDEX invoice_reservation ON invoice(reservation_id) WHERE reservation_id IS NOT NULL;
CREATE INDEX invoice_customer ON invoice(customer_id, state);
CREATE UNIQUE INDEX invoice_credits ON invoice(credits_id) WHERE credits_id IS NOT NULL;
CREATE INDEX invoice_open ON invoice(due_at) WHERE state IN ('ISSUED','PARTLY_PAID');
CREATE TRIGGER invoice_born_draft BEFORE INSERT ON invoice
WHEN NEW.number IS NOT NULL OR NEW.state <> 'DRAFT' OR EXISTS (SELECT 1 FROM invoice WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'invoice_number'); END;
CREATE TRIGGER invoice_next_number BEFORE UPDATE OF number ON invoice
WHEN NEW.number IS NOT OLD.number AND (OLD.number IS NOT NULL OR NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM invoice))
BEGIN SELECT RAISE(ABORT, 'invoice_number'); END;
CREATE TRIGGER invoice_state_step BEFORE UPDATE OF state ON invoice WHEN NEW.state <> OLD.state BEGIN
  SELECT RAISE(ABORT, 'illegal_state')
   WHERE NOT EXISTS (SELECT 1 FROM invoice_step WHERE from_state = OLD.state AND to_state = NEW.state);
END;
CREATE TRIGGER invoice_fixed BEFORE UPDATE ON invoice
WHEN OLD.state <> 'DRAFT' AND (NEW.id, NEW.kind, NEW.credits_id, NEW.reservation_id, NEW.customer_id, NEW.customer_version, NEW.net, NEW.tax, NEW.total, NEW.issued_at, NEW.due_at, NEW.issued_by, NEW.created_at)
     IS NOT (OLD.id, OLD.kind, OLD.credits_id, OLD.reservation_id, OLD.customer_id, OLD.customer_version, OLD.net, OLD.tax, OLD.total, OLD.issued_at, OLD.due_at, OLD.issued_by, OLD.created_at)
BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;
CREATE TRIGGER invoice_adds_up BEFORE UPDATE OF state ON invoice WHEN OLD.state = 'DRAFT' AND NEW.state = 'ISSUED' BEGIN
  SELECT RAISE(ABORT, 'invoice_total')
   WHERE NEW.number IS NULL
      OR NOT EXISTS (SELECT 1 FROM invoice_line WHERE invoice_id = NEW.id)
      OR NEW.total <> (SELECT coalesce(sum(net + tax), 0) FROM invoice_tax WHERE invoice_id = NEW.id)
      OR (SELECT coalesce(sum(total), 0) FROM invoice_line WHERE invoice_id = NEW.id) <> (SELECT coalesce(sum(lines), 0) FROM invoice_tax WHERE invoice_id = NEW.id);
END;
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice BEGIN SELECT RAISE(ABORT, 'invoice_kept'); END;

CREATE TABLE invoice_line(
  id          INTEGER PRIMARY KEY,
  invoice_id  INTEGER NOT NULL REFERENCES invoice(id) ON DELETE RESTRICT,
  kind        TEXT NOT NULL CHECK (kind IN ('RENT','LATE','DAMAGE','LOSS','EXTRA','CREDIT')),
  description TEXT NOT NULL CHECK (description <> ''),
  type_id     INTEGER REFERENCES equipment_type(id) ON DELETE RESTRICT,
  line_id     INTEGER REFERENCES reservation_line(id) ON DELETE RESTRICT,
  rental_id   INTEGER REFERENCES rental(id) ON DELETE RESTRICT,
  quantity    INTEGER NOT NULL CHECK (quantity >= 1),
  unit_price  INTEGER NOT NULL,
  discount    INTEGER NOT NULL,
  total       INTEGER NOT NULL,
  gross       INTEGER NOT NULL CHECK (gross IN (0,1)),                         -- whether the amounts hold the tax
  tax_class   TEXT NOT NULL,
  tax_percent INTEGER NOT NULL CHECK (tax_percent BETWEEN 0 AND 10000),        -- in hundredths
  CHECK (total = quantity * unit_price - discount)
) STRICT;
CREATE INDEX invoice_line_invoice ON invoice_line(invoice_id);
CREATE TRIGGER invoice_line_insert BEFORE INSERT ON invoice_line
WHEN (SELECT state FROM invoice WHERE id = NEW.invoice_id) IS NOT 'DRAFT' OR EXISTS (SELECT 1 FROM invoice_line WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;
CREATE TRIGGER invoice_line_update BEFORE UPDATE ON invoice_line BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;
CREATE TRIGGER invoice_line_delete BEFORE DELETE ON invoice_line
WHEN (SELECT state FROM invoice WHERE id = OLD.invoice_id) IS NOT 'DRAFT'
BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;

CREATE TABLE invoice_tax(
  invoice_id  INTEGER NOT NULL REFERENCES invoice(id) ON DELETE RESTRICT,
  tax_class   TEXT NOT NULL,
  tax_percent INTEGER NOT NULL,
  gross       INTEGER NOT NULL CHECK (gross IN (0,1)),
  lines       INTEGER NOT NULL,                                                -- the sum of its lines, as they stand
  net         INTEGER NOT NULL,
  tax         INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, tax_class, tax_percent, gross),
  CHECK (lines = CASE gross WHEN 1 THEN net + tax ELSE net END)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER invoice_tax_insert BEFORE INSERT ON invoice_tax
WHEN (SELECT state FROM invoice WHERE id = NEW.invoice_id) IS NOT 'DRAFT' BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;
CREATE TRIGGER invoice_tax_update BEFORE UPDATE ON invoice_tax BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;
CREATE TRIGGER invoice_tax_delete BEFORE DELETE ON invoice_tax
WHEN (SELECT state FROM invoice WHERE id = OLD.invoice_id) IS NOT 'DRAFT' BEGIN SELECT RAISE(ABORT, 'invoice_issued'); END;

CREATE TABLE payment(
  id             INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL CHECK (kind IN ('PAYMENT','REFUND')),
  invoice_id     INTEGER REFERENCES invoice(id) ON DELETE RESTRICT,
  reservation_id INTEGER REFERENCES reservation(id) ON DELETE RESTRICT,
  customer_id    INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  amount         INTEGER NOT NULL CHECK (amount >= 0),
  method         TEXT NOT NULL CHECK (method IN ('CASH','CARD','TRANSFER','DEPOSIT','OTHER')),
  reference      TEXT,
  at             INTEGER NOT NULL,
  staff_id       INTEGER,
  taken_over     INTEGER NOT NULL CHECK (taken_over IN (0,1)),                 -- from another program: its rental was settled there
  CHECK (amount > 0 OR taken_over = 1),                                         -- old lists have payments of nothing
  CHECK (taken_over = 0 OR (kind = 'PAYMENT' AND invoice_id IS NULL))
) STRICT;
CREATE INDEX payment_customer ON payment(customer_id, at);
CREATE INDEX payment_reservation ON payment(reservation_id) WHERE reservation_id IS NOT NULL;
CREATE INDEX payment_at ON payment(at);
CREATE TRIGGER payment_once BEFORE INSERT ON payment
WHEN EXISTS (SELECT 1 FROM payment WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'payment_kept'); END;
CREATE TRIGGER payment_no_update BEFORE UPDATE ON payment BEGIN SELECT RAISE(ABORT, 'payment_kept'); END;
CREATE TRIGGER payment_no_delete BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'payment_kept'); END;

-- How much of which invoice is settled, and by what: a payment, or credit that the customer had.
CREATE TABLE settlement(
  id         INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice(id) ON DELETE RESTRICT,
  payment_id INTEGER REFERENCES payment(id) ON DELETE RESTRICT,
  amount     INTEGER NOT NULL CHECK (amount <> 0),
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX settlement_invoice ON settlement(invoice_id, amount);
CREATE TRIGGER settlement_issued BEFORE INSERT ON settlement
WHEN (SELECT number FROM invoice WHERE id = NEW.invoice_id) IS NULL OR EXISTS (SELECT 1 FROM settlement WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'settlement_kept'); END;
CREATE TRIGGER settlement_no_update BEFORE UPDATE ON settlement BEGIN SELECT RAISE(ABORT, 'settlement_kept'); END;
CREATE TRIGGER settlement_no_delete BEFORE DELETE ON settlement BEGIN SELECT RAISE(ABORT, 'settlement_kept'); END;

CREATE TABLE deposit(
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
  CHECK ((returned > 0) = (return_method IS NOT NULL)),
  CHECK (returned = 0 OR kept + returned = amount)
) STRICT;
CREATE INDEX deposit_reservation ON deposit(reservation_id);
CREATE INDEX deposit_customer ON deposit(customer_id);
CREATE INDEX deposit_taken ON deposit(taken_at);
CREATE INDEX deposit_returned ON deposit(returned_at) WHERE returned_at IS NOT NULL;
CREATE TRIGGER deposit_fixed BEFORE UPDATE ON deposit
WHEN (NEW.id, NEW.reservation_id, NEW.customer_id, NEW.amount, NEW.method, NEW.reference, NEW.taken_at, NEW.staff_id)
     IS NOT (OLD.id, OLD.reservation_id, OLD.customer_id, OLD.amount, OLD.method, OLD.reference, OLD.taken_at, OLD.staff_id)
  OR OLD.returned > 0 OR NEW.kept < OLD.kept
BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;
CREATE TRIGGER deposit_no_delete BEFORE DELETE ON deposit BEGIN SELECT RAISE(ABORT, 'deposit_kept'); END;

CREATE TABLE journal(
  id          INTEGER PRIMARY KEY,
  event_id    BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
  customer_id INTEGER NOT NULL REFERENCES customer(id) ON DELETE RESTRICT,
  invoice_id  INTEGER REFERENCES invoice(id) ON DELETE RESTRICT,
  at          INTEGER NOT NULL,
  sealed      INTEGER NOT NULL CHECK (sealed IN (0,1))
) STRICT;
CREATE INDEX journal_customer ON journal(customer_id);
CREATE INDEX journal_invoice ON journal(invoice_id) WHERE invoice_id IS NOT NULL;
CREATE TABLE posting(
  id         INTEGER PRIMARY KEY,
  journal_id INTEGER NOT NULL REFERENCES journal(id) ON DELETE RESTRICT,
  account    TEXT NOT NULL CHECK (account <> ''),
  amount     INTEGER NOT NULL CHECK (amount <> 0)
) STRICT;
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

-- What was charged or waived beside the rent, by whom and why.
CREATE TABLE charge(
  id             INTEGER PRIMARY KEY,
  reservation_id INTEGER NOT NULL REFERENCES reservation(id) ON DELETE RESTRICT,
  rental_id      INTEGER REFERENCES rental(id) ON DELETE RESTRICT,
  kind           TEXT NOT NULL CHECK (kind IN ('LATE','DAMAGE','LOSS','EXTRA')),
  state          TEXT NOT NULL CHECK (state IN ('CHARGED','WAIVED','TAKEN_BACK')),
  amount         INTEGER NOT NULL CHECK (amount >= 0),
  invoice_id     INTEGER REFERENCES invoice(id) ON DELETE RESTRICT,
  line_id        INTEGER,                                                      -- its line on that invoice
  reason         TEXT,
  at             INTEGER NOT NULL,
  staff_id       INTEGER,
  CHECK (state <> 'WAIVED' OR reason IS NOT NULL),
  CHECK ((invoice_id IS NULL) = (state = 'WAIVED'))
) STRICT;
CREATE INDEX charge_reservation ON charge(reservation_id);
CREATE INDEX charge_rental ON charge(rental_id, kind) WHERE rental_id IS NOT NULL;
CREATE INDEX charge_invoice ON charge(invoice_id) WHERE invoice_id IS NOT NULL;
CREATE TRIGGER charge_kept BEFORE DELETE ON charge BEGIN SELECT RAISE(ABORT, 'charge_kept'); END;

-- The till as it was counted.
CREATE TABLE till_count(
  id        INTEGER PRIMARY KEY,
  day       TEXT NOT NULL UNIQUE CHECK (length(day) = 10),
  expected  INTEGER NOT NULL,
  counted   INTEGER NOT NULL CHECK (counted >= 0),
  closed_at INTEGER NOT NULL,
  staff_id  INTEGER
) STRICT;
CREATE TRIGGER till_count_no_update BEFORE UPDATE ON till_count BEGIN SELECT RAISE(ABORT, 'till_counted'); END;
CREATE TRIGGER till_count_no_delete BEFORE DELETE ON till_count BEGIN SELECT RAISE(ABORT, 'till_counted'); END;

-- Up to which event the reservations' story is in the drafts: hearing one again must have no second effect.
CREATE TABLE billing_heard(
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  last_seq INTEGER NOT NULL
) STRICT;
