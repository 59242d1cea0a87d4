-- Sessions, nodes and tasks.
--
-- "seq" is the order in which rows were made: the order of lists, and of a session's tasks.
-- JSON is kept as json, not jsonb, so that its text and the order of its keys stay as they were given. It
-- holds no \u0000, which neither PostgREST nor most of PostgreSQL's JSON functions can pass on: who has
-- such text writes it another way, and reads it back from there.
-- Rows of a session carry its owner, which the foreign key to (id, owner) holds to be true.

-- What only these functions use; PostgREST does not serve this schema.
create schema workbench;
comment on schema workbench is 'Helpers of the notebook workbench''s functions; not served by the API';
revoke all on schema workbench from public;

create function workbench.now() returns timestamptz
language sql volatile set search_path = ''
as $$ select pg_catalog.clock_timestamp() $$;
comment on function workbench.now() is 'The one clock: no time is ever passed in';

create table public.sessions (
  seq        bigint generated always as identity,
  id         uuid primary key,
  owner      uuid not null references auth.users (id) on delete cascade,
  name       text not null check (char_length(name) between 1 and 200),
  datasets   json not null default '{}' check (json_typeof(datasets) = 'object'),
  head       uuid,
  head_at    integer not null default 0 check (head_at >= 0),
  head_end   integer not null default 0,
  can_undo   boolean not null generated always as (head_at > 1) stored,
  can_redo   boolean not null generated always as (head_at < head_end) stored,
  last_move  uuid,
  created_at timestamptz not null default workbench.now(),
  updated_at timestamptz not null default workbench.now(),
  unique (id, owner),
  check (head_at <= head_end),
  check ((head is null) = (head_at = 0))
);
comment on table public.sessions is 'One user''s pieces of work: named datasets, nodes, a head';
comment on column public.sessions.datasets is 'Dataset name -> the id of its latest source node';
comment on column public.sessions.head is 'The node that the next command applies to';
comment on column public.sessions.head_at is 'Where in head_history the head is; 0: no head yet';
comment on column public.sessions.head_end is 'The last position that redo reaches';
comment on column public.sessions.last_move is 'The request that moved the head last, so that its repetition does not';

create index sessions_of_owner on public.sessions (owner, seq);

create table public.nodes (
  seq         bigint generated always as identity,
  id          uuid primary key,
  session_id  uuid not null,
  owner       uuid not null,
  parent      uuid,
  fingerprint text not null check (char_length(fingerprint) between 1 and 200),
  record      json not null check (json_typeof(record) = 'object'),
  unique (id, session_id),
  foreign key (session_id, owner) references public.sessions (id, owner) on delete cascade,
  foreign key (parent, session_id) references public.nodes (id, session_id)
);
comment on table public.nodes is
  'Immutable versions of datasets, each kept whole as JSON beside what it is looked up by';
comment on column public.nodes.parent is 'The first of its parents: the one that a path follows';
comment on column public.nodes.fingerprint is 'Of what decides its content: a session has one node of each';

-- With the owner, by whom row-level security asks as well.
create index nodes_of_session on public.nodes (session_id, owner, seq);
create index nodes_of_parent on public.nodes (parent, session_id);
create unique index node_of_fingerprint on public.nodes (session_id, fingerprint);

-- No action, not cascade: nodes go with their session and never alone.
alter table public.sessions
  add constraint sessions_head_fkey foreign key (head, id) references public.nodes (id, session_id);

create table public.head_history (
  owner      uuid not null,
  session_id uuid not null,
  position   integer not null check (position > 0),
  node_id    uuid not null,
  primary key (session_id, position),
  foreign key (session_id, owner) references public.sessions (id, owner) on delete cascade,
  foreign key (node_id, session_id) references public.nodes (id, session_id)
);
comment on table public.head_history is
  'Where a session''s head has been: undo and redo walk along it, any other move cuts off what lies ahead';

create index head_history_of_node on public.head_history (node_id, session_id);

create table public.tasks (
  seq              bigint generated always as identity,
  id               uuid primary key,
  owner            uuid not null references auth.users (id) on delete cascade,
  session_id       uuid,
  kind             text not null
    check (kind in ('ingest_dataset', 'process_chat_message', 'apply_transformation', 'test_task')),
  queue            text not null check (queue in ('interactive', 'heavy')),
  payload          json not null
    check (json_typeof(payload) = 'object' and octet_length(payload::text) <= 16777216),
  status           text not null default 'PENDING'
    check (status in ('PENDING', 'STARTED', 'PROGRESS', 'SUCCESS', 'FAILURE', 'REVOKED')),
  attempts         integer not null default 0 check (attempts >= 0),
  fence            bigint not null default 0 check (fence >= 0),
  claim_id         uuid,
  worker           text check (char_length(worker) <= 300),
  lease_until      timestamptz,
  sent_at          timestamptz not null default workbench.now(),
  cancel_requested boolean not null default false,
  node_id          uuid,
  result           json,
  error            json,
  idempotency_key  text check (char_length(idempotency_key) between 1 and 200),
  request_hash     text check (char_length(request_hash) <= 200),
  created_at       timestamptz not null default workbench.now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  foreign key (session_id, owner) references public.sessions (id, owner) on delete cascade,
  foreign key (node_id, session_id) references public.nodes (id, session_id),
  check (session_id is not null or kind = 'test_task'),
  check ((status in ('SUCCESS', 'FAILURE', 'REVOKED')) = (finished_at is not null))
);
comment on table public.tasks is
  'The ledger: a task is open until finished_at is set, and held while lease_until lies ahead';
comment on column public.tasks.session_id is 'The session in whose order it takes part, or null: on its own';
comment on column public.tasks.fence is 'Rises with each claim; only its bearer may end the task';
comment on column public.tasks.claim_id is 'The claim that raised the fence last, to know its repetition by';
comment on column public.tasks.worker is 'Who claimed it last; null where it was ended over the head of its worker';
comment on column public.tasks.sent_at is 'When it was last handed out to be sent';
comment on column public.tasks.node_id is 'The node that it made or found';
comment on column public.tasks.request_hash is 'Tells a repeated idempotency key from a reused one';

create index tasks_of_owner on public.tasks (owner, seq);
create index tasks_of_session on public.tasks (session_id, owner, seq);
create index tasks_of_node on public.tasks (node_id, session_id) where node_id is not null;
create index tasks_open on public.tasks (seq) where finished_at is null;
create index tasks_open_of_session on public.tasks (session_id, seq) where finished_at is null;
create index tasks_ended on public.tasks (finished_at) where finished_at is not null;
create unique index task_of_key on public.tasks (owner, idempotency_key) where idempotency_key is not null;
