"""Every query that is made has an index to go by, and every foreign key one for what it refers to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.postgres import Caller, Database, Postgres

# Lists, a page and one more, as PostgREST reads them: which rows are the user's own is added by the policies.
_LISTS = {
    "select * from public.sessions order by seq desc limit 51": {"sessions_of_owner"},
    "select * from public.sessions where seq < 200 order by seq desc limit 51": {"sessions_of_owner"},
    "select * from public.tasks order by seq desc limit 51": {"tasks_of_owner"},
    "select * from public.tasks where seq < 9000 order by seq desc limit 51": {"tasks_of_owner"},
    "select * from public.tasks where session_id = '{s}' order by seq desc limit 51": {"tasks_of_session"},
    "select record from public.nodes where session_id = '{s}' order by seq limit 201": {"nodes_of_session"},
    "select record from public.nodes where session_id = '{s}' and seq > 1 order by seq limit 201": {
        "nodes_of_session"
    },
    "select seq from public.nodes where id = '{n}' and session_id = '{s}'": {
        "nodes_pkey",
        "nodes_id_session_id_key",
        "nodes_of_session",
    },
}
# What the functions ask, with row-level security behind them -> the indexes that it goes by.
_QUERIES = {
    # One row.
    "select * from public.sessions where id = '{s}' and owner = '{u}'": {
        "sessions_pkey",
        "sessions_id_owner_key",
    },
    "select record from public.nodes where id = '{n}'": {"nodes_pkey", "nodes_id_session_id_key"},
    "select * from public.tasks where id = '{t}' and owner = '{u}'": {"tasks_pkey"},
    "select record from public.nodes where session_id = '{s}' and fingerprint = 'f'": {"node_of_fingerprint"},
    "select * from public.tasks where owner = '{u}' and idempotency_key = 'k'": {"task_of_key"},
    # What a claim looks at.
    "select fingerprint, id from public.nodes where parent = '{n}' and session_id = '{s}'": {
        "nodes_of_parent"
    },
    "select 1 from public.tasks where session_id = '{s}' and finished_at is null and seq < 9": {
        "tasks_open_of_session"
    },
    "select * from public.tasks where session_id = '{s}' and finished_at is null order by seq limit 1": {
        "tasks_open_of_session"
    },
    "select 1 from public.tasks where session_id = '{s}' and finished_at is null"
    " and kind = 'ingest_dataset'": {"tasks_open_of_session"},
    # Room for one more.
    "select count(*) from public.tasks where session_id = '{s}' and finished_at is null": {
        "tasks_open_of_session"
    },
    "select count(*) from public.tasks where owner = '{u}' and finished_at is null": {"tasks_open_of_owner"},
    # The head.
    "select node_id from public.head_history where session_id = '{s}' and position = 1": {
        "head_history_pkey"
    },
    "delete from public.head_history where session_id = '{s}' and position > 1": {"head_history_pkey"},
    "select node_id from public.head_history where session_id = '{s}' order by position": {
        "head_history_pkey"
    },
    # The sweep.
    "select * from public.tasks as task where finished_at is null and (lease_until <= now()"
    " or (lease_until is null and sent_at <= now())) and not exists (select from public.tasks as earlier"
    " where earlier.session_id = task.session_id and earlier.finished_at is null and earlier.seq < task.seq)"
    " order by seq limit 100": {"tasks_open", "tasks_open_of_session"},
    "delete from public.tasks where finished_at < now() - interval '98 days'": {"tasks_ended"},
    # Blobs.
    "select name from storage.objects where bucket_id = 'workbench' and name collate \"C\" >= 'a/'"
    ' and name collate "C" < \'a/z\' order by name collate "C" limit 100': {"idx_objects_bucket_id_name"},
}


# Enough rows that PostgreSQL, left to itself, takes the way that it would take among millions.
_FILL = """
insert into auth.users (id) select gen_random_uuid() from generate_series(1, 20);
insert into public.sessions (id, owner, name)
  select gen_random_uuid(), id, 'session' from auth.users, generate_series(1, 60);
insert into public.nodes (id, session_id, owner, fingerprint, record)
  select gen_random_uuid(), id, owner, gen_random_uuid()::text, '{}'
  from public.sessions, generate_series(1, 12) order by random();
update public.nodes set parent = before.id
  from (select id, lag(id) over (partition by session_id order by seq) from public.nodes) as before (of, id)
  where of = nodes.id;
insert into public.head_history (owner, session_id, position, node_id)
  select owner, session_id, row_number() over (partition by session_id order by seq), id from public.nodes;
insert into public.tasks
  (id, owner, session_id, kind, queue, payload, status, node_id, idempotency_key, finished_at)
  select gen_random_uuid(), owner, session_id, 'apply_transformation', 'interactive', '{}', 'SUCCESS', id,
    gen_random_uuid()::text, now() - interval '1 day' * (seq % 100)
  from public.nodes order by seq;
insert into public.tasks (id, owner, session_id, kind, queue, payload)
  select gen_random_uuid(), owner, id, 'apply_transformation', 'interactive', '{}'
  from public.sessions, generate_series(1, 3) where seq % 5 = 0;
insert into storage.objects (bucket_id, name)
  select 'workbench', owner || '/' || session_id || '/blocks/' || id from public.nodes;
"""


@pytest.fixture(scope="module")
def filled(postgres: Postgres) -> Iterator[tuple[Database, dict[str, str]]]:
    """A database with many rows, and ids of some of them."""
    with postgres.database() as database:
        for statement in _FILL.split(";\n"):
            database.admin.count(statement)
        database.admin.count("vacuum analyze")
        columns = "tasks.owner, session_id, node_id, tasks.id"
        [row] = database.admin.rows(f"select {columns} from public.tasks where node_id is not null limit 1")
        yield database, dict(zip("usnt", map(str, row), strict=True))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


@pytest.mark.parametrize("query", _LISTS)
def test_a_list_goes_by_an_index(filled: tuple[Database, dict[str, str]], query: str) -> None:
    database, ids = filled
    user = database.user(ids["u"])
    with user.transaction():
        # To sort the few rows of one user is cheaper; what counts is that it need not be.
        user.count("set local enable_sort = off")
        user.count("set local enable_bitmapscan = off")
        _goes_by(user, query.format(**ids), _LISTS[query])


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_goes_by_an_index(filled: tuple[Database, dict[str, str]], query: str) -> None:
    database, ids = filled
    _goes_by(database.admin, query.format(**ids), _QUERIES[query])


def _goes_by(caller: Caller, query: str, indexes: set[str]) -> None:
    [(explained,)] = caller.rows(f"explain (format json) {query}")
    plan = list(_nodes(explained[0]["Plan"]))
    kinds = {node["Node Type"] for node in plan}
    assert not kinds & {"Seq Scan", "Sort", "Incremental Sort"}, json.dumps(explained, indent=1)
    used = {node["Index Name"] for node in plan if "Index Name" in node}
    assert used
    assert used <= indexes, json.dumps(explained, indent=1)


@pytest.mark.parametrize("caller", ["owner", "service"])
def test_a_path_is_found_node_by_node(filled: tuple[Database, dict[str, str]], caller: str) -> None:
    """Also under row-level security, which adds a condition to each table."""
    database, ids = filled
    who = database.user(ids["u"]) if caller == "owner" else database.service()
    with who.transaction():
        who.count("set local enable_seqscan = off")  # the planner takes a path for longer than it is
        [(explained,)] = who.rows(
            "explain (format json) with recursive path (id, parent, distance) as ("
            " select id, parent, 0 from public.nodes where id = %s union all select node.id, node.parent,"
            " distance + 1 from path join public.nodes as node on node.id = path.parent)"
            " select record from path join public.nodes as node using (id)",
            ids["n"],
        )
    text = json.dumps(explained)
    assert "Seq Scan" not in text
    steps = re.findall(r'"Index Cond": "\(id = path(?:_1)?\.(\w+)\)"', text)
    assert sorted(steps) == ["id", "parent"]


def test_what_a_foreign_key_refers_from_is_found_by_an_index(filled: tuple[Database, dict[str, str]]) -> None:
    database, _ = filled
    keys = database.admin.rows(
        "select conname, conrelid::regclass::text, array(select attname::text from unnest(conkey) as n"
        " join pg_attribute on attrelid = conrelid and attnum = n) from pg_constraint"
        " where contype = 'f' and connamespace = 'public'::regnamespace"
    )
    indexes = database.admin.rows(
        "select indrelid::regclass::text, array(select attname::text from unnest(indkey) with ordinality as"
        " key (n, place) join pg_attribute on attrelid = indrelid and attnum = n order by place)"
        " from pg_index where indrelid in (select conrelid from pg_constraint where contype = 'f')"
    )
    assert len(keys) >= 8
    for name, table, columns in keys:
        leading = [of[0] for on, of in indexes if on == table]
        assert set(columns) & set(leading), f"{name}: no index on {table} begins with one of {columns}"
