-- The request that moved the head last, so that its repetition does not.

ALTER TABLE sessions ADD COLUMN last_move TEXT;
