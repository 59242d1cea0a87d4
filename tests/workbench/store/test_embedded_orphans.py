"""Tasks that begin, and sessions that are copied in, at the very moment at which blocks are discarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection

import pytest

from tests.contract.store.blobs import get
from tests.contract.store.orphans import DAY, holding, write
from tests.contract.store.support import ANA, Clock, claimed, make_node, opened, submit
from workbench.errors import SessionWentOn, StoreUnavailable
from workbench.models import SessionRecord, TaskRecord
from workbench.store.embedded import EmbeddedStore
from workbench.store.embedded.blobs import FolderBlobs
from workbench.store.embedded.database import Database
from workbench.store.protocol import Discarded

CONTENT = b"left behind, and made again"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_store(folder: Path, clock: Clock, wait_seconds: float = 30.0) -> EmbeddedStore:
    return EmbeddedStore(folder / "db.sqlite3", folder / "blobs", clock=clock, wait_seconds=wait_seconds)


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[EmbeddedStore]:
    store = open_store(tmp_path, clock)
    yield store
    store.close()


@pytest.fixture
def session(store: EmbeddedStore) -> SessionRecord:
    return opened(store)[0]


@pytest.fixture
def left(store: EmbeddedStore, session: SessionRecord, clock: Clock) -> str:
    """A block that nothing refers to, and that is old enough to go."""
    key = write(store, session.id, CONTENT)
    clock.advance(DAY + 1)
    return key


def commit(store: EmbeddedStore, session: SessionRecord) -> None:
    """A command whose worker writes the block and names it."""
    task = submit(store, session.id)
    end(store, session, task, claimed(store, task))


def end(store: EmbeddedStore, session: SessionRecord, task: TaskRecord, fence: int) -> None:
    key = write(store, session.id, CONTENT)
    node = make_node(task, str(session.head), manifest=holding(key))
    store.ledger.commit_node(task.id, fence, node, result={})


def before_the_last_look(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Do something once the blocks to discard are found, and before the transaction that discards them."""
    real = Database.writing

    def writing(database: Database) -> AbstractContextManager[Connection]:
        monkeypatch.setattr(Database, "writing", real)
        deed()
        return real(database)

    monkeypatch.setattr(Database, "writing", writing)


def test_a_task_that_begins_after_the_first_look_keeps_what_it_finds(
    store: EmbeddedStore, session: SessionRecord, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[TaskRecord, int]] = []

    def begin() -> None:
        task = submit(store, session.id)
        begun.append((task, claimed(store, task)))

    before_the_last_look(monkeypatch, begin)
    assert store.orphans.discard(session.id, older_than_seconds=DAY) == Discarded()

    end(store, session, *begun[0])
    assert get(store.blobs, left) == CONTENT


def test_a_task_that_has_been_and_gone_since_the_first_look_keeps_what_it_named(
    store: EmbeddedStore, session: SessionRecord, left: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As old as it was, so that it is the node alone that keeps it.
    monkeypatch.setattr(FolderBlobs, "_stamp", lambda blobs, path: path.exists())
    before_the_last_look(monkeypatch, lambda: commit(store, session))
    assert store.orphans.discard(session.id, older_than_seconds=DAY) == Discarded()
    assert get(store.blobs, left) == CONTENT


def test_no_task_begins_while_blocks_are_discarded(
    store: EmbeddedStore,
    session: SessionRecord,
    left: str,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = open_store(tmp_path, clock, wait_seconds=0.0)  # as in another process
    delete = FolderBlobs.delete

    def deleting(blobs: FolderBlobs, key: str) -> None:
        with pytest.raises(StoreUnavailable, match="locked"):
            submit(elsewhere, session.id)
        delete(blobs, key)
        with pytest.raises(StoreUnavailable, match="locked"):
            submit(elsewhere, session.id)

    monkeypatch.setattr(FolderBlobs, "delete", deleting)
    assert store.orphans.discard(session.id, older_than_seconds=DAY).blobs == 1

    commit(elsewhere, session)  # now that it may begin, it writes the block again
    assert get(store.blobs, left) == CONTENT
    elsewhere.close()


def test_a_session_that_is_deleted_after_the_first_look_is_left_alone(
    store: EmbeddedStore, session: SessionRecord, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_last_look(monkeypatch, lambda: store.as_owner(ANA).delete_session(session.id))
    assert store.orphans.discard(session.id, older_than_seconds=DAY) == Discarded()
    assert get(store.blobs, left) == CONTENT


def test_a_block_that_a_writer_finds_and_that_is_gone_the_next_moment_is_written(
    store: EmbeddedStore, session: SessionRecord, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = FolderBlobs._stamp

    def vanishing(blobs: FolderBlobs, path: Path) -> bool:
        if path.name == left.rpartition("/")[2]:
            path.unlink()
        return stamp(blobs, path)

    monkeypatch.setattr(FolderBlobs, "_stamp", vanishing)
    write(store, session.id, CONTENT)
    assert get(store.blobs, left) == CONTENT


def test_nodes_whose_blocks_were_discarded_meanwhile_are_not_taken_in(
    store: EmbeddedStore, session: SessionRecord, left: str
) -> None:
    owner = store.as_owner(ANA)
    task = submit(store, session.id)
    owner.cancel_task(task.id)
    node = make_node(task, str(session.head), manifest=holding(left))
    before = owner.session_state(session.id)
    store.orphans.discard(session.id, older_than_seconds=DAY)
    with pytest.raises(SessionWentOn):
        owner.import_session(before, [node], before=before)
    assert len(owner.nodes(session.id).items) == 1

    write(store, session.id, CONTENT)  # as copying the session again does
    owner.import_session(before, [node], before=before)
    assert store.orphans.discard(session.id, older_than_seconds=DAY) == Discarded()
    assert get(store.blobs, left) == CONTENT


def test_a_file_whose_time_is_not_ours_to_set_counts_as_written(
    store: EmbeddedStore, session: SessionRecord, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr("workbench.store.embedded.blobs.os.utime", refuse)
    write(store, session.id, CONTENT)
    assert get(store.blobs, left) == CONTENT
