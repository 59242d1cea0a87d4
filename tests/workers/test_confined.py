"""A worker acts for the owner of the task: what a row names beyond their session is neither read nor deleted.

The API writes no such row; these are written past it, as by somebody who has found a way to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.counting_store import counting
from workbench.errors import Forbidden, InvalidParameter
from workbench.ids import new_id
from workbench.models import Manifest, NodeRecord, TaskKind, TaskRecord, TaskState
from workbench.store.protocol import NewTask, Owner, OwnerStore
from workers.confined import ConfinedBlobs
from workers.jobs import apply_plan, chat, ingest_upload
from workers.running import Body, Job, Outcome, perform
from workers.services import Services

ANA, BEN = Owner("ana"), Owner("ben")
CSV = b"a,b\n1,2\n3,4\n"


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def ana(services: Services) -> OwnerStore:
    return services.store.as_owner(ANA)


@pytest.fixture
def ben(services: Services) -> OwnerStore:
    return services.store.as_owner(BEN)


def upload(store: OwnerStore, owner: Owner, session_id: str) -> str:
    key = f"{owner.id}/{session_id}/uploads/{new_id()}"
    with store.blobs.create(key) as blob:
        blob.write(CSV)
    return key


def ended(
    services: Services,
    store: OwnerStore,
    kind: TaskKind,
    payload: dict[str, Any],
    session_id: str,
    body: Body,
) -> TaskRecord:
    task = store.submit_task(NewTask(new_id(), kind, payload, session_id)).task
    perform(services, task.id, body)
    return store.task(task.id)


Open = Callable[[OwnerStore, Owner], NodeRecord]


@pytest.fixture
def open_(services: Services) -> Open:
    """Opens a dataset in a new session."""

    def open_(store: OwnerStore, owner: Owner) -> NodeRecord:
        session = store.create_session(f"of {owner.id}")
        payload = {"upload": upload(store, owner, session.id), "filename": "a.csv", "dataset": "a"}
        task = ended(services, store, "ingest_dataset", payload, session.id, ingest_upload)
        assert task.result is not None, task.error
        return store.node(task.result["node_id"])

    return open_


def is_refused(task: TaskRecord) -> bool:
    return (task.status, (task.error or {}).get("code")) == (TaskState.FAILURE, "forbidden")


@pytest.fixture
def asked(services: Services) -> list[str]:
    """What the store is asked from now on."""
    wrapped, calls = counting(services.store)
    services.__dict__["store"] = wrapped
    return calls


@pytest.mark.parametrize("whose", ["another owner's", "another session's", "around the corner"])
def test_another_upload_is_neither_read_nor_deleted(
    services: Services, ana: OwnerStore, ben: OwnerStore, asked: list[str], whose: str
) -> None:
    mine, other = ana.create_session("mine"), ana.create_session("other")
    bens = upload(ben, BEN, new_id())
    key = {
        "another owner's": bens,
        "another session's": upload(ana, ANA, other.id),
        "around the corner": f"ana/{mine.id}/../../{bens}",
    }[whose]
    before = sorted(services.store.blobs.keys(""))
    asked.clear()

    payload = {"upload": key, "filename": "a.csv", "dataset": "a"}
    task = ended(services, ana, "ingest_dataset", payload, mine.id, ingest_upload)

    assert is_refused(task)
    assert [call for call in asked if call.startswith("blobs.")] == []
    assert sorted(services.store.blobs.keys("")) == before


@pytest.mark.parametrize("body", [chat, apply_plan], ids=["chat", "plan"])
def test_a_manifest_that_names_anothers_block_is_not_read(
    services: Services, ana: OwnerStore, ben: OwnerStore, open_: Open, asked: list[str], body: Body
) -> None:
    mine, bens = open_(ana, ANA), open_(ben, BEN)
    stolen = bens.model_copy(
        update={"id": new_id(), "owner": ANA.id, "session_id": mine.session_id, "fingerprint": "stolen"}
    )
    task = ana.submit_task(NewTask(new_id(), "test_task", {}, mine.session_id)).task
    perform(services, task.id, lambda _: Outcome({}, stolen))
    asked.clear()

    payload = {
        "message": "sort by a",
        "plan": [{"kind": "sort", "by": [{"column": "a"}]}],
        "node_id": stolen.id,
    }
    task = ended(services, ana, "process_chat_message", payload, mine.session_id, body)

    assert is_refused(task), task.error
    assert [call for call in asked if call.startswith("blobs.")] == []


def test_a_manifest_that_names_anothers_block_is_not_passed_on(
    services: Services, ana: OwnerStore, ben: OwnerStore, open_: Open
) -> None:
    """A rename opens no block, and makes a node that shares them."""
    mine, bens = open_(ana, ANA), open_(ben, BEN)
    own, (theirs, _) = mine.manifest.columns[0], bens.manifest.columns
    for number, column in enumerate((theirs, own.model_copy(update={"selection": theirs.block}))):
        manifest = Manifest(rows=2, columns=(own, column.model_copy(update={"name": "b"})))
        update = {"id": new_id(), "fingerprint": f"stolen {number}", "manifest": manifest}
        stolen = mine.model_copy(update=update)
        task = ana.submit_task(NewTask(new_id(), "test_task", {}, mine.session_id)).task
        perform(services, task.id, lambda _, node=stolen: Outcome({}, node))

        payload = {"plan": [{"kind": "rename", "columns": {"b": "c"}}], "node_id": stolen.id}
        task = ended(services, ana, "apply_transformation", payload, mine.session_id, apply_plan)

        assert is_refused(task), task.error


def test_a_node_of_another_session_is_not_read(services: Services, ana: OwnerStore, open_: Open) -> None:
    mine, other = open_(ana, ANA), open_(ana, ANA)

    def body(job: Job) -> Outcome:
        job.node(other.id)
        raise AssertionError("it was read")

    task = ended(services, ana, "test_task", {}, mine.session_id, body)

    assert is_refused(task)


def test_the_nodes_own_session_is_all_that_a_task_has(
    services: Services, ana: OwnerStore, ben: OwnerStore, open_: Open
) -> None:
    mine, bens = open_(ana, ANA), open_(ben, BEN)
    task = ana.submit_task(NewTask(new_id(), "test_task", {}, mine.session_id)).task
    blobs, key = ConfinedBlobs(services.store.blobs, task), bens.manifest.columns[0].block
    for call in (blobs.create, blobs.open, blobs.size, blobs.keys, blobs.delete, blobs.delete_prefix):
        for beyond in (key, "", "ana/", f"ana/{mine.session_id}", f"ana/{mine.session_id}-2/blocks/x"):
            with pytest.raises(Forbidden):
                call(beyond)
    assert services.store.blobs.size(key) > 0
    block = mine.manifest.columns[0].block
    assert list(blobs.keys(f"ana/{mine.session_id}/")) == [block]
    assert blobs.size(block) == services.store.blobs.size(block)


def test_a_task_of_no_session_has_no_blobs(services: Services, ana: OwnerStore) -> None:
    task = ana.submit_task(NewTask(new_id(), "test_task", {"upload": "ana/None/uploads/x"})).task
    with pytest.raises(InvalidParameter):
        ConfinedBlobs(services.store.blobs, task).open("ana/None/uploads/x")


def test_an_upload_that_no_api_has_measured_is_measured_here(services: Services, ana: OwnerStore) -> None:
    """A user may write to the bucket past the API, and list one part of an upload any number of times."""
    services.settings = services.settings.model_copy(update={"max_upload_bytes": len(CSV) - 1})
    session = ana.create_session("mine")
    payload = {"upload": upload(ana, ANA, session.id), "filename": "a.csv", "dataset": "a"}

    task = ended(services, ana, "ingest_dataset", payload, session.id, ingest_upload)

    assert (task.status, task.attempts) == (TaskState.FAILURE, 1)
    assert task.error is not None
    assert task.error["code"] == "upload_too_large"
    assert list(services.store.blobs.keys("ana/")) == []


def test_an_upload_that_is_not_what_was_sent_is_not_opened(services: Services, ana: OwnerStore) -> None:
    session = ana.create_session("mine")
    key = upload(ana, ANA, session.id)
    payload = {"upload": key, "filename": "a.csv", "dataset": "a", "sha256": "0" * 64}

    task = ended(services, ana, "ingest_dataset", payload, session.id, ingest_upload)

    assert (task.status, task.attempts) == (TaskState.FAILURE, 1)
    assert task.error is not None
    assert task.error["code"] == "file_unreadable"
    assert "'a.csv' is not what was sent" in task.error["detail"]
    assert list(services.store.blobs.keys("ana/")) == []
