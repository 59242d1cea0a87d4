-- How many tasks of an owner are open is counted at each submission.

CREATE INDEX tasks_open_of_owner ON tasks (owner) WHERE finished_at IS NULL;
