-- Schema 7: what is left to be settled stays in sight. A mark, not an amount: what is owed, held or undecided is read from its owners.

CREATE TABLE unsettled(
  reservation_id INTEGER PRIMARY KEY REFERENCES reservation(id) ON DELETE RESTRICT,
  since          INTEGER NOT NULL                                             -- the last return of it, or its end where nothing was handed over
) STRICT;
CREATE INDEX unsettled_since ON unsettled(since DESC, reservation_id DESC);
