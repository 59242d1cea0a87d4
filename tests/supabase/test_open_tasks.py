"""How many tasks of a session, and of a user, may be open: also where many are submitted at once."""

from __future__ import annotations

from functools import partial

from tests.support.at_once import Refused, at_once, refusable
from tests.support.database_calls import opened, submit
from tests.support.postgres import Caller, Database
from workbench.ids import new_id
from workbench.store.limits import OPEN_TASKS_OF_OWNER, OPEN_TASKS_OF_SESSION

REFUSED = Refused("too_many_tasks")


def fill(database: Database, owner: Caller, session: str | None, count: int) -> None:
    database.admin.count(
        "insert into public.tasks (id, owner, session_id, kind, queue, payload)"
        " select gen_random_uuid(), %s, %s, 'test_task', 'interactive', '{}' from generate_series(1, %s)",
        owner.id,
        session,
        count,
    )


def test_a_session_takes_so_many_tasks(database: Database) -> None:
    owner, other = database.user(), database.user()
    session, _ = opened(owner, database.service())
    fill(database, owner, session, OPEN_TASKS_OF_SESSION - 3)
    callers = [database.user(owner.id) for _ in range(8)]
    answers = at_once([partial(submit, caller, session) for caller in callers])
    assert answers.count(REFUSED) == len(callers) - 3
    submit(owner, None, "test_task")
    submit(other, None, "test_task")


def test_a_user_has_so_many_tasks_in_all_sessions(database: Database) -> None:
    owner, other = database.user(), database.user()
    callers = [database.user(owner.id) for _ in range(8)]
    sessions = [opened(owner, database.service())[0] for _ in callers]
    fill(database, owner, None, OPEN_TASKS_OF_OWNER - 3)
    calls = [partial(submit, caller, session) for caller, session in zip(callers, sessions, strict=True)]
    answers = at_once(calls)
    assert answers.count(REFUSED) == len(callers) - 3
    submit(other, None, "test_task")


def test_what_was_submitted_before_is_no_task_more(database: Database) -> None:
    owner = database.user()
    session, _ = opened(owner, database.service())
    kept = {"p_id": new_id(), "p_key": "key", "p_hash": "hash"}
    first = submit(owner, session, **kept)
    fill(database, owner, session, OPEN_TASKS_OF_SESSION - 1)
    assert refusable(partial(submit, owner, session)) == REFUSED
    assert submit(owner, session, **kept) == first
    database.admin.count(
        "update public.tasks set status = 'SUCCESS', finished_at = now() where id = %s", first["id"]
    )
    submit(owner, session)
