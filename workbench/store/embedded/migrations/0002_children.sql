-- What was made of a node before is looked up at each claim of a command.

CREATE INDEX nodes_of_parent ON nodes (parent) WHERE parent IS NOT NULL;
