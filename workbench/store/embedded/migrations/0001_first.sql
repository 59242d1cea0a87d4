-- Times are integers: microseconds since 1970-01-01 UTC. JSON is text.
-- "seq" is the order in which rows were made: the order of lists, and of a session's tasks.

CREATE TABLE sessions (
    seq        INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    owner      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    datasets   TEXT    NOT NULL DEFAULT '{}',  -- JSON: dataset name -> its latest source node
    head       TEXT,
    head_at    INTEGER NOT NULL DEFAULT 0,  -- where in head_history the head is; 0: no head yet
    head_end   INTEGER NOT NULL DEFAULT 0,  -- the last position that redo reaches
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX sessions_of_owner ON sessions (owner, seq);

-- Where a session's head has been. Undo and redo walk along it; any other move cuts off what lies ahead.
CREATE TABLE head_history (
    session_id TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    node_id    TEXT    NOT NULL,
    PRIMARY KEY (session_id, position)
) WITHOUT ROWID;

-- A node never changes, so it is kept whole, as JSON, beside what it is looked up by.
CREATE TABLE nodes (
    seq         INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    session_id  TEXT    NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    owner       TEXT    NOT NULL,
    parent      TEXT,              -- the first of its parents, the one that path() follows
    fingerprint TEXT    NOT NULL,
    record      TEXT    NOT NULL
);
CREATE INDEX nodes_of_session ON nodes (session_id, seq);
CREATE UNIQUE INDEX node_of_fingerprint ON nodes (session_id, fingerprint);

-- The ledger. A task is open until finished_at is set, and held while lease_until lies ahead.
CREATE TABLE tasks (
    seq              INTEGER PRIMARY KEY,
    id               TEXT    NOT NULL UNIQUE,
    owner            TEXT    NOT NULL,
    session_id       TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    kind             TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    payload          TEXT    NOT NULL,
    status           TEXT    NOT NULL DEFAULT 'PENDING'
        CHECK (status IN ('PENDING', 'STARTED', 'PROGRESS', 'SUCCESS', 'FAILURE', 'REVOKED')),
    attempts         INTEGER NOT NULL DEFAULT 0,
    fence            INTEGER NOT NULL DEFAULT 0,
    worker           TEXT,
    lease_until      INTEGER,
    sent_at          INTEGER NOT NULL,  -- when it was last handed out to be sent
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    node_id          TEXT,              -- the node that it made or found
    result           TEXT,
    error            TEXT,
    idempotency_key  TEXT,
    request_hash     TEXT,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER
);
CREATE INDEX tasks_of_owner ON tasks (owner, seq);
CREATE INDEX tasks_of_session ON tasks (session_id, seq);
CREATE INDEX tasks_open ON tasks (session_id, seq) WHERE finished_at IS NULL;
CREATE INDEX tasks_ended ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX task_of_key ON tasks (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
