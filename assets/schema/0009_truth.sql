-- Schema 9: what the file says of itself.
--
-- Every row that no other proof covers (the chain of events, the tables that are made again from it) has a seal: a
-- hash over the row and a random salt, written in the transaction that writes the row. `check` makes each anew: a row
-- that was changed, added or taken away by anything but this program is found and named. The salt lies beside the
-- seal and goes with it, so that nothing of a person is left in a hash once their row is forgotten.

CREATE TABLE sealed_table(
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE row_seal(
  table_id INTEGER NOT NULL,
  row_key  ANY NOT NULL,                                   -- its key; of several columns, a JSON list
  salt     BLOB NOT NULL CHECK (length(salt) = 8),
  seal     BLOB NOT NULL CHECK (length(seal) = 8),
  PRIMARY KEY (table_id, row_key)
) STRICT, WITHOUT ROWID;

-- SQLite tells a program of every row it writes, but of those of tables without a row number: these tell themselves.
-- Empty between transactions.
CREATE TABLE touched(
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL,
  key_1 ANY NOT NULL,
  key_2 ANY,
  key_3 ANY,
  key_4 ANY
) STRICT;

-- What happened to the file itself: events that are missing and were accepted, a backup that was put in its place.
CREATE TABLE file_note(
  id         INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  staff_id   INTEGER,
  how        TEXT NOT NULL CHECK (how IN ('ACCEPTED', 'RESTORED')),
  noted_seq  INTEGER NOT NULL,                             -- the newest event that was known of before
  noted_hash BLOB NOT NULL CHECK (length(noted_hash) = 32),
  last_seq   INTEGER NOT NULL,                             -- where the file ended then
  reason     TEXT NOT NULL
) STRICT;
CREATE TRIGGER file_note_no_update BEFORE UPDATE ON file_note BEGIN SELECT RAISE(ABORT, 'file_note_kept'); END;
CREATE TRIGGER file_note_no_delete BEFORE DELETE ON file_note BEGIN SELECT RAISE(ABORT, 'file_note_kept'); END;

CREATE TRIGGER setting_touched_insert AFTER INSERT ON setting BEGIN INSERT INTO touched(name, key_1) VALUES ('setting', NEW.name); END;
CREATE TRIGGER setting_touched_update AFTER UPDATE ON setting BEGIN INSERT INTO touched(name, key_1) VALUES ('setting', OLD.name); INSERT INTO touched(name, key_1) VALUES ('setting', NEW.name); END;
CREATE TRIGGER setting_touched_delete AFTER DELETE ON setting BEGIN INSERT INTO touched(name, key_1) VALUES ('setting', OLD.name); END;
CREATE TRIGGER sequence_touched_insert AFTER INSERT ON sequence BEGIN INSERT INTO touched(name, key_1) VALUES ('sequence', NEW.kind); END;
CREATE TRIGGER sequence_touched_update AFTER UPDATE ON sequence BEGIN INSERT INTO touched(name, key_1) VALUES ('sequence', OLD.kind); INSERT INTO touched(name, key_1) VALUES ('sequence', NEW.kind); END;
CREATE TRIGGER sequence_touched_delete AFTER DELETE ON sequence BEGIN INSERT INTO touched(name, key_1) VALUES ('sequence', OLD.kind); END;
CREATE TRIGGER command_log_touched_insert AFTER INSERT ON command_log BEGIN INSERT INTO touched(name, key_1) VALUES ('command_log', NEW.command_id); END;
CREATE TRIGGER command_log_touched_update AFTER UPDATE ON command_log BEGIN INSERT INTO touched(name, key_1) VALUES ('command_log', OLD.command_id); INSERT INTO touched(name, key_1) VALUES ('command_log', NEW.command_id); END;
CREATE TRIGGER command_log_touched_delete AFTER DELETE ON command_log BEGIN INSERT INTO touched(name, key_1) VALUES ('command_log', OLD.command_id); END;
CREATE TRIGGER customer_version_touched_insert AFTER INSERT ON customer_version BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('customer_version', NEW.customer_id, NEW.version); END;
CREATE TRIGGER customer_version_touched_update AFTER UPDATE ON customer_version BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('customer_version', OLD.customer_id, OLD.version); INSERT INTO touched(name, key_1, key_2) VALUES ('customer_version', NEW.customer_id, NEW.version); END;
CREATE TRIGGER customer_version_touched_delete AFTER DELETE ON customer_version BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('customer_version', OLD.customer_id, OLD.version); END;
CREATE TRIGGER kit_component_touched_insert AFTER INSERT ON kit_component BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('kit_component', NEW.kit_type_id, NEW.component_type_id); END;
CREATE TRIGGER kit_component_touched_update AFTER UPDATE ON kit_component BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('kit_component', OLD.kit_type_id, OLD.component_type_id); INSERT INTO touched(name, key_1, key_2) VALUES ('kit_component', NEW.kit_type_id, NEW.component_type_id); END;
CREATE TRIGGER kit_component_touched_delete AFTER DELETE ON kit_component BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('kit_component', OLD.kit_type_id, OLD.component_type_id); END;
CREATE TRIGGER type_accessory_touched_insert AFTER INSERT ON type_accessory BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_accessory', NEW.type_id, NEW.accessory_type_id); END;
CREATE TRIGGER type_accessory_touched_update AFTER UPDATE ON type_accessory BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_accessory', OLD.type_id, OLD.accessory_type_id); INSERT INTO touched(name, key_1, key_2) VALUES ('type_accessory', NEW.type_id, NEW.accessory_type_id); END;
CREATE TRIGGER type_accessory_touched_delete AFTER DELETE ON type_accessory BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_accessory', OLD.type_id, OLD.accessory_type_id); END;
CREATE TRIGGER type_substitute_touched_insert AFTER INSERT ON type_substitute BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_substitute', NEW.type_id, NEW.substitute_type_id); END;
CREATE TRIGGER type_substitute_touched_update AFTER UPDATE ON type_substitute BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_substitute', OLD.type_id, OLD.substitute_type_id); INSERT INTO touched(name, key_1, key_2) VALUES ('type_substitute', NEW.type_id, NEW.substitute_type_id); END;
CREATE TRIGGER type_substitute_touched_delete AFTER DELETE ON type_substitute BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('type_substitute', OLD.type_id, OLD.substitute_type_id); END;
CREATE TRIGGER price_table_touched_insert AFTER INSERT ON price_table BEGIN INSERT INTO touched(name, key_1) VALUES ('price_table', NEW.name); END;
CREATE TRIGGER price_table_touched_update AFTER UPDATE ON price_table BEGIN INSERT INTO touched(name, key_1) VALUES ('price_table', OLD.name); INSERT INTO touched(name, key_1) VALUES ('price_table', NEW.name); END;
CREATE TRIGGER price_table_touched_delete AFTER DELETE ON price_table BEGIN INSERT INTO touched(name, key_1) VALUES ('price_table', OLD.name); END;
CREATE TRIGGER price_table_use_touched_insert AFTER INSERT ON price_table_use BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('price_table_use', NEW.scope, NEW.of_id); END;
CREATE TRIGGER price_table_use_touched_update AFTER UPDATE ON price_table_use BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('price_table_use', OLD.scope, OLD.of_id); INSERT INTO touched(name, key_1, key_2) VALUES ('price_table_use', NEW.scope, NEW.of_id); END;
CREATE TRIGGER price_table_use_touched_delete AFTER DELETE ON price_table_use BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('price_table_use', OLD.scope, OLD.of_id); END;
CREATE TRIGGER invoice_tax_touched_insert AFTER INSERT ON invoice_tax BEGIN INSERT INTO touched(name, key_1, key_2, key_3, key_4) VALUES ('invoice_tax', NEW.invoice_id, NEW.tax_class, NEW.tax_percent, NEW.gross); END;
CREATE TRIGGER invoice_tax_touched_update AFTER UPDATE ON invoice_tax BEGIN INSERT INTO touched(name, key_1, key_2, key_3, key_4) VALUES ('invoice_tax', OLD.invoice_id, OLD.tax_class, OLD.tax_percent, OLD.gross); INSERT INTO touched(name, key_1, key_2, key_3, key_4) VALUES ('invoice_tax', NEW.invoice_id, NEW.tax_class, NEW.tax_percent, NEW.gross); END;
CREATE TRIGGER invoice_tax_touched_delete AFTER DELETE ON invoice_tax BEGIN INSERT INTO touched(name, key_1, key_2, key_3, key_4) VALUES ('invoice_tax', OLD.invoice_id, OLD.tax_class, OLD.tax_percent, OLD.gross); END;
CREATE TRIGGER consumer_cursor_touched_insert AFTER INSERT ON consumer_cursor BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_cursor', NEW.consumer); END;
CREATE TRIGGER consumer_cursor_touched_update AFTER UPDATE ON consumer_cursor BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_cursor', OLD.consumer); END;
CREATE TRIGGER consumer_cursor_touched_delete AFTER DELETE ON consumer_cursor BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_cursor', OLD.consumer); END;
CREATE TRIGGER consumer_failure_touched_insert AFTER INSERT ON consumer_failure BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_failure', NEW.consumer); END;
CREATE TRIGGER consumer_failure_touched_update AFTER UPDATE ON consumer_failure BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_failure', OLD.consumer); END;
CREATE TRIGGER consumer_failure_touched_delete AFTER DELETE ON consumer_failure BEGIN INSERT INTO touched(name, key_1) VALUES ('consumer_failure', OLD.consumer); END;
CREATE TRIGGER consumer_skip_touched_insert AFTER INSERT ON consumer_skip BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('consumer_skip', NEW.consumer, NEW.seq); END;
CREATE TRIGGER consumer_skip_touched_update AFTER UPDATE ON consumer_skip BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('consumer_skip', OLD.consumer, OLD.seq); END;
CREATE TRIGGER consumer_skip_touched_delete AFTER DELETE ON consumer_skip BEGIN INSERT INTO touched(name, key_1, key_2) VALUES ('consumer_skip', OLD.consumer, OLD.seq); END;

-- What an event of before did not say is completed from earlier entries of the same reservation.
CREATE INDEX history_reservation ON history(reservation_id, seq) WHERE reservation_id IS NOT NULL;
