"""A user with a token and PostgREST at hand, who gives the functions whatever they like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.at_once import Refused, refusable
from tests.support.database_calls import CANCELLED, claimed, commit, new_node, opened, submit
from tests.support.postgres import Caller, Database, Postgres
from workbench.ids import new_id


class Scene:
    """A user who means no good, and one whose things they are after."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.mallory, self.ana = database.user(), database.user()
        self.worker = database.service()
        self.session, self.node = opened(self.mallory, self.worker)
        self.second, self.second_node = opened(self.mallory, self.worker)
        self.anas, self.anas_node = opened(self.ana, self.worker)
        self.anas_task = submit(self.ana, self.anas)["id"]
        self.before = self.everything()

    def everything(self) -> dict[str, list[Any]]:
        tables = ("sessions", "nodes", "head_history", "tasks")
        return {
            table: self.database.admin.rows(
                f"select row_to_json(t)::text from public.{table} as t order by 1"
            )
            for table in tables
        }

    def refused(self, code: str | None = None, **fields: Any) -> None:
        """A submission to the own session that is refused, and leaves nothing."""
        given = {"p_session": self.session, "p_kind": "ingest_dataset", "p_payload": {}}
        given |= {"p_id": new_id(), "p_queue": "interactive", "p_key": None, "p_hash": None} | fields
        with pytest.raises(psycopg.Error) as error:
            self.mallory.call("submit_task", **given)
        if code is not None:
            assert error.value.diag.message_detail == code
        assert self.everything() == self.before


@pytest.fixture(scope="module")
def shared_scene(postgres: Postgres) -> Iterator[Scene]:
    with postgres.database() as database:
        yield Scene(database)


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    shared_scene.before = shared_scene.everything()
    return shared_scene


_OWN = "{mallory}/{session}/uploads/"


@pytest.mark.parametrize(
    "upload",
    [
        "{ana}/{anas}/uploads/file",
        "{mallory}/{second}/uploads/file",
        "{mallory}/{session}/blocks/file",
        "{mallory}/{session}/uploads",
        _OWN,
        _OWN + "../../../{ana}/{anas}/uploads/file",
        _OWN + "..",
        _OWN + ".",
        _OWN + "%2e%2e/x",
        _OWN + "a/b",
        _OWN + "a\\b",
        _OWN + "a\nb",
        _OWN + "a\n",
        _OWN + "a?b",
        "/" + _OWN + "file",
        " " + _OWN + "file",
        "",
    ],
)
def test_an_upload_is_of_the_own_session(scene: Scene, upload: str) -> None:
    names = {"mallory": scene.mallory.id, "ana": scene.ana.id, "session": scene.session}
    key = upload.format(**names, second=scene.second, anas=scene.anas)
    scene.refused("invalid_parameter", p_payload={"upload": key})


@pytest.mark.parametrize("upload", [7, True, ["x"], {"x": 1}])
def test_an_upload_is_a_text(scene: Scene, upload: Any) -> None:
    scene.refused("invalid_parameter", p_payload={"upload": upload})


def test_of_two_uploads_in_one_payload_the_one_that_is_read_is_checked(scene: Scene) -> None:
    """Python's reader of JSON takes the last member of a name, however it is spelled; so must the check."""
    own = f"{scene.mallory.id}/{scene.session}/uploads/file"
    theirs = f"{scene.ana.id}/{scene.anas}/uploads/file"
    payload = f'{{"upload": "{own}", "up\\u006coad": "{theirs}"}}'
    with pytest.raises(psycopg.Error) as error:
        scene.mallory.rows(
            "select public.submit_task(%s, 'ingest_dataset', %s::json, %s, 'heavy', null, null)",
            new_id(),
            payload,
            scene.session,
        )
    assert error.value.diag.message_detail == "invalid_parameter"


@pytest.mark.parametrize("kind", ["purge_tasks", "", "INGEST_DATASET", None])
def test_there_are_no_other_kinds(scene: Scene, kind: str | None) -> None:
    scene.refused(p_kind=kind)


@pytest.mark.parametrize("queue", ["celery", "", None])
def test_there_are_no_other_queues(scene: Scene, queue: str | None) -> None:
    scene.refused(p_queue=queue)


@pytest.mark.parametrize("kind", ["ingest_dataset", "process_chat_message", "apply_transformation"])
def test_what_works_on_data_needs_a_session(scene: Scene, kind: str) -> None:
    theirs = f"{scene.ana.id}/{scene.anas}/uploads/file"
    scene.refused("invalid_parameter", p_session=None, p_kind=kind, p_payload={"upload": theirs})


def test_a_payload_is_an_object_of_some_size(scene: Scene) -> None:
    scene.refused("invalid_parameter", p_payload=["x"])
    scene.refused("invalid_parameter", p_payload=None)
    scene.refused(p_payload={"x": "x" * 17_000_000})


def test_what_would_stop_its_reader_is_not_taken(scene: Scene) -> None:
    """No JSON function of PostgreSQL reads a document with a NUL or half of a surrogate pair in it."""
    scene.refused(p_payload={"x": ["\0"]})
    scene.refused(p_payload={"x": ["\ud800"]})


@pytest.mark.parametrize("kind", ["process_chat_message", "apply_transformation", "test_task"])
def test_a_node_is_of_the_session(scene: Scene, kind: str) -> None:
    for node in (scene.anas_node, scene.second_node, new_id(), "x", "", scene.node.upper(), [scene.node], 1):
        scene.refused("node_not_found", p_kind=kind, p_payload={"node_id": node})


def test_a_session_is_the_callers(scene: Scene) -> None:
    for session in (scene.anas, new_id()):
        scene.refused("session_not_found", p_session=session)


def test_an_owner_in_the_payload_is_just_data(scene: Scene) -> None:
    task = submit(scene.mallory, scene.session, p_payload={"owner": scene.ana.id, "plan": []})
    assert (task["owner"], task["session_id"]) == (scene.mallory.id, scene.session)


def test_ids_of_others_are_taken(scene: Scene) -> None:
    scene.refused("invalid_parameter", p_id=scene.anas_task, p_kind="test_task", p_session=None)
    create = refusable(lambda: scene.mallory.call("create_session", p_id=scene.anas, p_name="mine"))
    assert create == Refused("invalid_parameter")
    assert scene.everything() == scene.before


def test_idempotency_keys_of_others_tell_nothing(scene: Scene) -> None:
    submit(scene.ana, scene.anas, p_key="key", p_hash="hash")
    assert submit(scene.mallory, scene.session, p_key="key", p_hash="other")["owner"] == scene.mallory.id


def test_the_head_goes_to_nodes_of_the_session_only(scene: Scene) -> None:
    for node in (scene.anas_node, scene.second_node, new_id()):
        moved = refusable(
            lambda node=node: scene.mallory.call(
                "move_head", p_session=scene.session, p_move="checkout", p_node=node, p_request=new_id()
            )
        )
        assert moved == Refused("node_not_found")
    assert scene.everything() == scene.before


@pytest.mark.parametrize("move", ["", "UNDO", "delete", None])
def test_there_are_no_other_moves(scene: Scene, move: str | None) -> None:
    arguments = {"p_session": scene.session, "p_move": move, "p_node": None, "p_request": None}
    assert refusable(lambda: scene.mallory.call("move_head", **arguments)) == Refused("invalid_parameter")


@pytest.mark.parametrize("error", [None, [], "x", {"x": "x" * 20_000}])
def test_a_cancelled_task_carries_a_small_error(scene: Scene, error: Any) -> None:
    task = submit(scene.mallory, scene.session)["id"]
    given = psycopg.types.json.Json(error)
    cancelled = refusable(lambda: scene.mallory.call("cancel_task", p_task=task, p_error=given))
    assert cancelled == Refused("invalid_parameter")


@pytest.mark.parametrize("name", ["", "x" * 201, None])
def test_a_name_has_a_length(scene: Scene, name: str | None) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        scene.mallory.call("create_session", p_id=new_id(), p_name=name)
    with pytest.raises(psycopg.errors.IntegrityError):
        scene.mallory.call("rename_session", p_id=scene.session, p_name=name)
    assert scene.everything() == scene.before


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.sessions (id, owner, name) values (gen_random_uuid(), '{mallory}', 'x')",
        "update public.nodes set record = '{{}}' where owner = '{mallory}'",
        "update public.sessions set owner = '{mallory}'",
        "update public.sessions set head = '{anas_node}' where id = '{session}'",
        "update public.tasks set lease_until = null, payload = '{{}}'",
        "delete from public.tasks where owner = '{mallory}'",
        "truncate public.sessions cascade",
        "select nextval('public.tasks_seq_seq')",
        "select setval('public.tasks_seq_seq', 1)",
        "select * from public.sessions for update",
        "select workbench.now()",
        "select workbench.end_task('{anas_task}', 'FAILURE', null, null, null, now())",
        "create or replace function workbench.now() returns timestamptz language sql as 'select now()'",
        "create function public.uid() returns uuid language sql as 'select gen_random_uuid()'",
        "alter table public.sessions disable row level security",
        "create policy mine on public.sessions using (true)",
        "create trigger mine before update on public.sessions execute function storage.foldername()",
        "insert into storage.objects (bucket_id, name) values ('workbench', '{ana}/{anas}/blocks/x')",
        "update storage.buckets set public = true",
        "insert into storage.buckets (id, name, public) values ('mine', 'mine', true)",
    ],
)
def test_nothing_is_written_past_the_functions(scene: Scene, statement: str) -> None:
    names = vars(scene) | {"mallory": scene.mallory.id, "ana": scene.ana.id}
    try:
        touched = scene.mallory.count(statement.format(**names))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType):
        touched = 0
    assert touched == 0
    assert scene.everything() == scene.before


def test_names_that_a_caller_makes_are_not_looked_at(scene: Scene) -> None:
    """Temporary tables come first in the path of names of whoever made them."""
    mallory = scene.database.user(scene.mallory.id)
    for table in ("sessions", "tasks", "nodes"):
        mallory.count(f"create temporary table {table} (like public.{table})")
    mallory.count("set search_path = pg_temp, public")
    task = submit(mallory, scene.session)
    assert scene.database.admin.count("select 1 from public.tasks where id = %s", task["id"]) == 1
    assert mallory.count("select 1 from pg_temp.tasks") == 0


def test_a_payload_can_not_end_its_task_for_the_service(scene: Scene) -> None:
    """Whatever was taken is something that a worker can claim, commit and end."""
    payload = {"plan": [], "node_id": None, "status": "SUCCESS", "fence": 99, "dataset": {"a": [1]}}
    session, source = opened(scene.mallory, scene.worker)
    task = submit(scene.mallory, session, p_payload=payload)
    node = new_node(task, source)
    ended = commit(scene.worker, task, claimed(scene.worker, task["id"]), node)
    assert ended["task"]["status"] == "SUCCESS"
    cancelled = scene.mallory.call("cancel_task", p_task=task["id"], p_error=CANCELLED)
    assert cancelled["task"] == ended["task"]


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 2_000 + "]" * 2_000], ids=["long", "deep"])
def test_a_payload_does_not_stop_the_sweep_of_everybodys_tasks(scene: Scene, value: str) -> None:
    """PostgreSQL takes numbers and nestings for JSON that Python's reader refuses."""
    poison = new_id()
    scene.mallory.rows(
        "select public.submit_task(%s, 'test_task', %s::json, null, 'heavy', null, null) is null",
        poison,
        f'{{"x": {value}}}',
    )
    due = scene.worker.call("due_tasks", p_resend=0.0, p_limit=100)
    assert {poison, scene.anas_task} <= {task["id"] for task in due}
    assert {tuple(task) for task in due} == {("id", "owner", "session_id", "kind", "queue")}


def test_a_user_sees_nothing_of_another(scene: Scene) -> None:
    assert {str(row[0]) for row in scene.mallory.rows("select owner from public.nodes")} == {scene.mallory.id}
    assert _ids(scene.mallory, "tasks") & {scene.anas_task} == set()


def _ids(caller: Caller, table: str) -> set[str]:
    return {row[0] for row in caller.rows(f"select id::text from public.{table}")}
