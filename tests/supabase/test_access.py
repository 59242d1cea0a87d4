"""Row-level security and grants: every table and every function, for every kind of caller."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.supabase.expectations import ANSWERS, CALLERS, DENIED, EMPTY, FUNCTIONS, NONE, ROWS, TABLES, World
from tests.support.database_calls import add_dataset, claimed, command, opened, submit
from tests.support.postgres import Caller, Database, Postgres
from workbench.ids import new_id

_INSERTS = {
    "public.sessions": "insert into public.sessions (id, owner, name)"
    " values (gen_random_uuid(), '{owner}', 'x')",
    "public.nodes": "insert into public.nodes (id, session_id, owner, fingerprint, record)"
    " values (gen_random_uuid(), '{session}', '{owner}', 'new', '{{}}')",
    "public.head_history": "insert into public.head_history (owner, session_id, position, node_id)"
    " values ('{owner}', '{session}', 9, '{node}')",
    "public.tasks": "insert into public.tasks (id, owner, kind, queue, payload)"
    " values (gen_random_uuid(), '{owner}', 'test_task', 'heavy', '{{}}')",
    "storage.objects": "insert into storage.objects (bucket_id, name)"
    " values ('workbench', '{owner}/{session}/blocks/new.parquet')",
}
_UPDATES = {"public.head_history": "position", "storage.objects": "metadata"}


class Scene:
    """The world, and who looks at it; what they do is undone after each test."""

    def __init__(self, database: Database) -> None:
        self.callers = {
            "owner": database.user(),
            "other": database.user(),
            "anon": database.anon(),
            "service": database.service(),
        }
        owner, service = self.callers["owner"], self.callers["service"]
        session, _ = opened(owner, service)
        node = command(owner, service, session)
        blob = f"{owner.id}/{session}/blocks/1.parquet"
        database.admin.count("insert into storage.objects (bucket_id, name) values ('workbench', %s)", blob)
        quiet, _ = opened(owner, service)
        busy, _ = opened(owner, service)
        running = submit(owner, busy)["id"]
        opened(self.callers["other"], service)
        self.world = World(
            owner=owner.id,
            session=session,
            node=node["id"],
            task=node["task_id"],
            waiting=submit(owner, quiet)["id"],
            busy=busy,
            running=running,
            fence=claimed(service, running),
            blob=blob,
        )

    def become(self, caller: Caller, table: str, operation: str) -> str:
        """Try an operation on the owner's rows of a table. Returns what came of it."""
        name = "name" if table == "storage.objects" else "owner"
        whose = f"{self.world.owner}%"
        column = _UPDATES.get(table, "id")
        statement = {
            "select": f"select 1 from {table} where {name}::text like %s",
            "update": f"update {table} set {column} = {column} where {name}::text like %s",
            "delete": f"delete from {table} where {name}::text like %s",
            "insert": _INSERTS[table].format(**vars(self.world)) + " returning %s::text",
        }[operation]
        try:
            with caller.transaction() as transaction:
                touched = caller.count(statement, whose)
                raise psycopg.Rollback(transaction)
        except psycopg.errors.InsufficientPrivilege:
            return DENIED
        return ROWS if touched else NONE

    def call(self, caller: Caller, function: str, world: World) -> tuple[str, object]:
        """Call a function about the things of a world. Returns what came of it, and what was said."""
        answer: object = None
        try:
            with caller.transaction() as transaction:
                answer = caller.call(function, **FUNCTIONS[function].arguments(world))
                raise psycopg.Rollback(transaction)
        except psycopg.errors.InsufficientPrivilege:
            return DENIED, None
        except psycopg.Error as error:
            said = error.diag
            return str(said.message_detail), (said.sqlstate, said.message_primary, said.message_hint)
        return (EMPTY if answer in ([], None) else ANSWERS), answer


@pytest.fixture(scope="module")
def scene(postgres: Postgres) -> Iterator[Scene]:
    with postgres.database() as database:
        yield Scene(database)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", ["select", "insert", "update", "delete"])
@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_open_to_whom_it_should_be(scene: Scene, table: str, operation: str, caller: str) -> None:
    expected = TABLES[table][operation][CALLERS.index(caller)]
    assert scene.become(scene.callers[caller], table, operation) == expected


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_answers_whom_it_should(scene: Scene, function: str, caller: str) -> None:
    outcome, said = scene.call(scene.callers[caller], function, scene.world)
    assert outcome == getattr(FUNCTIONS[function], caller), said


_MAKES = {"create_session", "import_session"}  # an unknown id is what they are for


@pytest.mark.parametrize(
    "function",
    [name for name, it in FUNCTIONS.items() if it.other not in (DENIED, ANSWERS) and name not in _MAKES],
)
def test_what_is_anothers_is_as_unknown(scene: Scene, function: str) -> None:
    other = scene.callers["other"]
    told = scene.call(other, function, scene.world)
    assert told == scene.call(other, function, scene.world.elsewhere(new_id()))


def test_users_rows_are_theirs_alone(scene: Scene) -> None:
    for table in TABLES:
        if table != "storage.objects":
            owners = {str(row[0]) for row in scene.callers["owner"].rows(f"select owner from {table}")}
            assert owners == {scene.world.owner}


@pytest.mark.parametrize("function", [name for name, it in FUNCTIONS.items() if it.service == DENIED])
def test_a_token_without_a_user_is_nobody(postgres: Postgres, scene: Scene, function: str) -> None:
    nobody = scene.callers["other"]
    with nobody.transaction() as transaction:
        nobody.rows("select set_config('request.jwt.claims', '{\"role\": \"authenticated\"}', true)")
        outcome, _ = scene.call(nobody, function, scene.world)
        raise psycopg.Rollback(transaction)
    assert outcome == "unauthorized"


def test_other_buckets_are_not_opened(scene: Scene) -> None:
    owner = scene.callers["owner"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.count(f"insert into storage.objects (bucket_id, name) values ('another', '{owner.id}/x/y')")


@pytest.mark.parametrize(
    "name", ["{other}/x/y", "{owner}", "{owner}x/y", "/{owner}/y", "x/{owner}/y", "{OWNER}/x"]
)
def test_objects_are_written_below_ones_own_folder_only(scene: Scene, name: str) -> None:
    owner, other = scene.callers["owner"], scene.callers["other"]
    key = name.format(owner=owner.id, other=other.id, OWNER=owner.id.upper())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.count("insert into storage.objects (bucket_id, name) values ('workbench', %s)", key)


def test_a_user_who_is_deleted_takes_everything_along(database: Database) -> None:
    owner, service = database.user(), database.service()
    session, _ = opened(owner, service)
    add_dataset(owner, service, session, "airlines")
    command(owner, service, session)
    submit(owner, None, "test_task")
    database.admin.count("delete from auth.users where id = %s", owner.id)
    for table in ("sessions", "nodes", "head_history", "tasks"):
        assert database.admin.count(f"select 1 from public.{table}") == 0
