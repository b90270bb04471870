-- Schema 8: cash that moved after a day's till was closed is expected by the next day's.

ALTER TABLE till_count ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;  -- of `expected`: what moved after the closing before; tills closed earlier expected none
