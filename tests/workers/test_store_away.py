"""The store is away for a while: what was worked out is not lost, and no task ends untruly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.waiting import wait_until
from workbench.errors import StoreFull, StoreUnavailable, UnknownColumn, WorkbenchError
from workbench.ids import new_id
from workbench.models import TaskRecord, TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask, OwnerStore
from workers.jobs import ingest_upload
from workers.running import Job, Outcome, perform
from workers.services import Services

AWAY = StoreUnavailable("The store does not answer.", "Wait.")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"lease_seconds": 600, "max_attempts": 2})


@pytest.fixture
def task(owner: OwnerStore) -> TaskRecord:
    session = owner.create_session("a file")
    key = f"{LOCAL_OWNER.id}/{session.id}/uploads/{new_id()}"
    with owner.blobs.create(key) as blob:
        blob.write(b"a,b\n1,2\n")
    payload = {"upload": key, "filename": "a.csv", "dataset": "a"}
    return owner.submit_task(NewTask(new_id(), "ingest_dataset", payload, session.id)).task


@pytest.fixture
def troubled(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets a call of the ledger fail a number of times; gives the list of what became of each call."""

    def trouble(
        name: str, times: int, error: WorkbenchError = AWAY, *, carried_out: bool = False
    ) -> list[str]:
        real, seen = getattr(services.store.ledger, name), []

        def call(*arguments: Any, **named: Any) -> Any:
            if seen.count("failed") < times:
                if carried_out:
                    real(*arguments, **named)
                seen.append("failed")
                raise error
            answer = real(*arguments, **named)
            seen.append("answered")
            return answer

        monkeypatch.setattr(services.store.ledger, name, call)
        return seen

    return trouble


@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "only the answer lost"])
def test_a_commit_is_repeated_until_the_store_is_back(
    services: Services,
    owner: OwnerStore,
    task: TaskRecord,
    troubled: Callable[..., list[str]],
    carried_out: bool,
) -> None:
    seen = troubled("commit_node", 2, carried_out=carried_out)

    assert perform(services, task.id, ingest_upload) == "claimed"

    assert seen == ["failed", "failed", "answered"]
    ended = owner.task(task.id)
    assert (ended.status, ended.attempts, ended.error) == (TaskState.SUCCESS, 1, None)
    assert [node.id for node in owner.nodes(str(task.session_id)).items] == [ended.result["node_id"]]


def test_the_end_of_a_failed_task_is_repeated_too(
    services: Services, owner: OwnerStore, task: TaskRecord, troubled: Callable[..., list[str]]
) -> None:
    def body(_: Job) -> Outcome:
        raise UnknownColumn.among("emial", ["email"])

    seen = troubled("finish_task", 2)
    perform(services, task.id, body)
    assert seen == ["failed", "failed", "answered"]
    assert owner.task(task.id).error["code"] == "unknown_column"


@pytest.fixture
def impatient(services: Services) -> Services:
    """A worker whose leases are over soon."""
    services.settings = services.settings.model_copy(update={"lease_seconds": 0.5})
    return services


@pytest.mark.parametrize("carried_out", [False, True], ids=["not carried out", "only the answer lost"])
def test_a_store_that_stays_away_leaves_the_task_to_the_sweep(
    impatient: Services,
    owner: OwnerStore,
    task: TaskRecord,
    troubled: Callable[..., list[str]],
    carried_out: bool,
) -> None:
    seen = troubled("commit_node", 1000, carried_out=carried_out)
    failed = troubled("finish_task", 0)
    with pytest.raises(StoreUnavailable):
        perform(impatient, task.id, ingest_upload)
    assert len(seen) > 1
    assert failed == []
    if carried_out:
        assert owner.task(task.id).status is TaskState.SUCCESS
    else:
        assert owner.task(task.id).status is TaskState.STARTED
        seen.extend(["failed"] * 1000)  # it is back
        wait_until(lambda: impatient.store.ledger.due_tasks(resend_seconds=60), what="the task to be due")
        assert perform(impatient, task.id, ingest_upload) == "claimed"
        assert (owner.task(task.id).status, owner.task(task.id).attempts) == (TaskState.SUCCESS, 2)
    assert len(owner.nodes(str(task.session_id)).items) == 1


def test_a_store_that_is_full_says_so_at_once(
    services: Services, owner: OwnerStore, task: TaskRecord, troubled: Callable[..., list[str]]
) -> None:
    seen = troubled("commit_node", 1000, StoreFull("The store is full.", "Delete something."))

    perform(services, task.id, ingest_upload)

    assert seen == ["failed"]
    assert owner.task(task.id).error["code"] == "store_full"


def test_a_store_that_goes_away_in_the_midst_of_the_work_costs_an_attempt(
    services: Services, owner: OwnerStore, task: TaskRecord
) -> None:
    def body(_: Job) -> Outcome:
        raise AWAY

    with pytest.raises(StoreUnavailable):
        perform(services, task.id, body)
    assert owner.task(task.id).status is TaskState.STARTED

    # It was given back: nobody waits for the rest of its lease.
    wait_until(lambda: services.store.ledger.due_tasks(resend_seconds=60), what="the task to be due")
    assert perform(services, task.id, ingest_upload) == "claimed"
    assert (owner.task(task.id).status, owner.task(task.id).attempts) == (TaskState.SUCCESS, 2)


def test_the_last_attempt_says_that_it_was_the_store(
    impatient: Services, owner: OwnerStore, task: TaskRecord
) -> None:
    def body(_: Job) -> Outcome:
        raise AWAY

    with pytest.raises(StoreUnavailable):
        perform(impatient, task.id, body)
    wait_until(lambda: perform(impatient, task.id, body) == "claimed", what="the second attempt")

    ended = owner.task(task.id)
    assert (ended.status, ended.error["code"]) == (TaskState.FAILURE, "store_unavailable")
