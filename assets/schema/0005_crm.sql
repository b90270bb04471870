-- Schema 5: what is known of customers and of the business, made from events alone; and an index for what repairs cost.

CREATE INDEX bench_job_opened ON bench_job(opened_at);

-- crm (projections) ---------------------------------------------------------------------------------------------------------------

CREATE TABLE customer_rental(
  reservation_id INTEGER PRIMARY KEY,
  customer_id    INTEGER,                                                     -- none: a quote for nobody yet
  number         INTEGER NOT NULL,
  state          TEXT NOT NULL,
  type_ids       TEXT NOT NULL CHECK (json_valid(type_ids)),
  start_at       INTEGER NOT NULL,
  end_at         INTEGER NOT NULL,
  net            INTEGER,                                                     -- rent without tax; none: nothing was agreed
  rentals        INTEGER NOT NULL,                                            -- things that were handed over
  late_minutes   INTEGER NOT NULL,                                            -- of the thing that was latest
  damaged        INTEGER NOT NULL,                                            -- things that came back worse, or not at all
  is_old_record  INTEGER NOT NULL CHECK (is_old_record IN (0,1))              -- nothing told of it but its hand-overs
) STRICT;
CREATE INDEX customer_rental_customer ON customer_rental(customer_id, start_at, reservation_id, state, rentals) WHERE customer_id IS NOT NULL;

CREATE TABLE customer_rental_part(
  rental_id      INTEGER PRIMARY KEY,
  reservation_id INTEGER NOT NULL,
  item_id        INTEGER,
  type_id        INTEGER NOT NULL,
  quantity       INTEGER NOT NULL,
  out_at         INTEGER NOT NULL,
  due_at         INTEGER NOT NULL,
  ended_at       INTEGER,
  late_minutes   INTEGER NOT NULL,
  damaged        INTEGER NOT NULL CHECK (damaged IN (0,1))
) STRICT;
CREATE INDEX customer_rental_part_of ON customer_rental_part(reservation_id);
CREATE INDEX customer_rental_part_out ON customer_rental_part(item_id) WHERE ended_at IS NULL AND item_id IS NOT NULL;

-- Points are counted when they are read: for each reservation the sum of its entries. What takes points back bears the time of what
-- gave them, so that both stop counting on the same day.
CREATE TABLE loyalty_entry(
  seq            INTEGER PRIMARY KEY,
  customer_id    INTEGER NOT NULL,
  reservation_id INTEGER NOT NULL,
  net            INTEGER NOT NULL,
  at             INTEGER NOT NULL
) STRICT;
CREATE INDEX loyalty_entry_customer ON loyalty_entry(customer_id, at, reservation_id, net);
CREATE INDEX loyalty_entry_reservation ON loyalty_entry(reservation_id, net, at);

CREATE TABLE lifetime_value(
  customer_id INTEGER PRIMARY KEY,
  paid        INTEGER NOT NULL,
  refunded    INTEGER NOT NULL,
  value       INTEGER NOT NULL CHECK (value = paid - refunded),
  payments    INTEGER NOT NULL,
  first_at    INTEGER NOT NULL,
  last_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX lifetime_value_most ON lifetime_value(value DESC, customer_id);

-- analytics (projections) ---------------------------------------------------------------------------------------------------------

CREATE TABLE out_span(
  rental_id      INTEGER PRIMARY KEY,
  item_id        INTEGER,
  type_id        INTEGER NOT NULL,
  quantity       INTEGER NOT NULL,
  customer_id    INTEGER NOT NULL,
  reservation_id INTEGER NOT NULL,
  number         INTEGER NOT NULL,
  out_at         INTEGER NOT NULL,
  due_at         INTEGER NOT NULL,
  back_at        INTEGER,
  late_minutes   INTEGER NOT NULL,
  lost           INTEGER NOT NULL CHECK (lost IN (0,1)),
  ended_at       INTEGER NOT NULL                                             -- while it is out: the end of time
) STRICT;
CREATE INDEX out_span_ended ON out_span(ended_at, out_at, type_id, quantity);
CREATE INDEX out_span_type ON out_span(type_id, ended_at);
CREATE INDEX out_span_item ON out_span(item_id, ended_at) WHERE item_id IS NOT NULL;
CREATE INDEX out_span_late ON out_span(back_at, customer_id, late_minutes) WHERE late_minutes > 0 AND back_at IS NOT NULL;
CREATE INDEX out_span_reservation ON out_span(reservation_id);
CREATE INDEX out_span_customer_late ON out_span(customer_id, back_at) WHERE late_minutes > 0 AND back_at IS NOT NULL;

-- What a payment was for, a row for each share; what was given back is negative.
CREATE TABLE income(
  seq         INTEGER NOT NULL,
  share       INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  type_id     INTEGER,                                                        -- none: of no type, a fee
  customer_id INTEGER NOT NULL,
  reservation_id INTEGER,
  amount      INTEGER NOT NULL,
  PRIMARY KEY (seq, share)
) STRICT, WITHOUT ROWID;
CREATE INDEX income_at ON income(at, type_id, customer_id, amount);
CREATE INDEX income_customer ON income(customer_id, at);
CREATE INDEX income_type ON income(type_id, at);

-- An item as its events tell of it. One that was rented before it was added is owned since then.
CREATE TABLE gear(
  item_id    INTEGER PRIMARY KEY,
  type_id    INTEGER NOT NULL,
  in_service INTEGER NOT NULL CHECK (in_service IN (0,1)),
  good       INTEGER NOT NULL CHECK (good IN (0,1)),
  since      INTEGER NOT NULL,
  idle_since INTEGER NOT NULL                                                 -- while it is out: the end of time
) STRICT;
CREATE INDEX gear_idle ON gear(idle_since, type_id) WHERE in_service = 1;

-- How many more, or fewer, of a type are owned and fit from a moment on.
CREATE TABLE fit_change(
  seq      INTEGER PRIMARY KEY,
  type_id  INTEGER NOT NULL,
  item_id  INTEGER,
  at       INTEGER NOT NULL,
  quantity INTEGER NOT NULL
) STRICT;
CREATE INDEX fit_change_at ON fit_change(at, type_id, quantity);
CREATE INDEX fit_change_item ON fit_change(item_id) WHERE item_id IS NOT NULL;
CREATE INDEX fit_change_counted ON fit_change(type_id) WHERE item_id IS NULL;

CREATE TABLE loss(
  seq       INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  item_id   INTEGER,
  type_id   INTEGER NOT NULL,
  quantity  INTEGER NOT NULL,
  rental_id INTEGER
) STRICT;
CREATE INDEX loss_at ON loss(at);
CREATE INDEX loss_item ON loss(item_id) WHERE item_id IS NOT NULL;

-- Every zone's days begin on a quarter of an hour: the figures of a day are the sum of its quarters, whatever zone the shop is in.
CREATE TABLE quarter_figures(
  quarter      INTEGER PRIMARY KEY,                                           -- seconds / 900
  reservations INTEGER NOT NULL DEFAULT 0,
  confirmed    INTEGER NOT NULL DEFAULT 0,
  cancelled    INTEGER NOT NULL DEFAULT 0,
  expired      INTEGER NOT NULL DEFAULT 0,
  check_outs   INTEGER NOT NULL DEFAULT 0,
  check_ins    INTEGER NOT NULL DEFAULT 0,
  late_returns INTEGER NOT NULL DEFAULT 0,
  revenue      INTEGER NOT NULL DEFAULT 0
) STRICT;
