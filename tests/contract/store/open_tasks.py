"""How many tasks may be open at one time, and what is refused beyond."""

from __future__ import annotations

import pytest

from tests.contract.store.races import at_once
from tests.contract.store.support import ANA, BEN, claimed, new_task, opened, submit
from workbench.errors import TooManyTasks
from workbench.models import TaskState
from workbench.store.limits import OPEN_TASKS_OF_OWNER, OPEN_TASKS_OF_SESSION
from workbench.store.protocol import Store


def _admitted(store: Store, session_id: str | None, kind: str) -> bool:
    try:
        submit(store, session_id, kind)
    except TooManyTasks:
        return False
    return True


class OpenTasksContract:
    """A queue has an end, of a session and of a user."""

    def test_a_session_takes_so_many_tasks_and_again_when_one_has_ended(self, store: Store) -> None:
        session, _ = opened(store)
        other, _ = opened(store)
        ana = store.as_owner(ANA)
        kept = new_task(session.id, idempotency_key="key", request_hash="hash")
        first = ana.submit_task(kept).task
        for _ in range(OPEN_TASKS_OF_SESSION - 1):
            last = submit(store, session.id)
        for kind in ("apply_transformation", "ingest_dataset"):
            with pytest.raises(TooManyTasks, match="The session has 200 tasks") as refused:
                submit(store, session.id, kind)
            assert refused.value.details == {"limit": OPEN_TASKS_OF_SESSION}
        assert ana.tasks(session_id=session.id, limit=1).items == [last]
        assert ana.submit_task(kept).repeated
        submit(store, other.id)
        ana.cancel_task(last.id)
        submit(store, session.id)
        store.ledger.finish_task(first.id, claimed(store, first), TaskState.FAILURE)
        assert at_once(lambda _: _admitted(store, session.id, "apply_transformation")).count(True) == 1


class OpenTasksOfUserContract:
    """The same, for stores that take a thousand tasks in a few seconds."""

    def test_a_user_has_so_many_tasks_in_all_sessions(self, store: Store) -> None:
        session, _ = opened(store)
        kept = new_task(session.id, idempotency_key="key", request_hash="hash")
        store.as_owner(ANA).submit_task(kept)
        for _ in range(OPEN_TASKS_OF_OWNER - 6):
            submit(store, None, "test_task")
        assert at_once(lambda _: _admitted(store, None, "test_task")).count(True) == 5
        with pytest.raises(TooManyTasks, match="1,000 of your tasks") as refused:
            submit(store, session.id)
        assert refused.value.details == {"limit": OPEN_TASKS_OF_OWNER}
        assert store.as_owner(ANA).submit_task(kept).repeated
        store.as_owner(BEN).submit_task(new_task(None, "test_task"))
