"""When the rows of ended tasks go, and what stays of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.store.support import Clock
from tests.support.valkey import Broker
from workbench.errors import StoreUnavailable, TaskNotFound
from workbench.ids import new_id
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.embedded import EmbeddedStore
from workbench.store.protocol import NewTask
from workers.chores import chores
from workers.jobs import ingest_upload
from workers.purging import Purge
from workers.running import perform
from workers.services import Services


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=valkey_server.url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(settings: Settings, clock: Clock) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(settings.database, settings.blobs, clock=clock)
    yield store
    store.close()


def test_a_task_is_forgotten_a_month_after_its_end_and_what_it_made_is_not(
    settings: Settings, store: EmbeddedStore, clock: Clock
) -> None:
    owner = store.as_owner(LOCAL_OWNER)
    session = owner.create_session("s").id
    key = f"{LOCAL_OWNER.id}/{session}/uploads/{new_id()}"
    with owner.blobs.create(key) as blob:
        blob.write(b"a,b\n1,2\n")
    payload = {"upload": key, "filename": "t.csv", "dataset": "t"}
    task = owner.submit_task(NewTask(new_id(), "ingest_dataset", payload, session)).task
    waiting = owner.submit_task(NewTask(new_id(), "test_task", {}, None)).task
    services = Services(settings)
    services.__dict__["store"] = store
    perform(services, task.id, ingest_upload)
    services.board.close()
    seconds = [0.0]
    purge = Purge(store.ledger, older_than_days=settings.task_days, clock=lambda: seconds[0])

    def hourly(days: float) -> None:
        clock.advance(days * 86_400)
        seconds[0] += 3_600.0
        purge.turn()

    hourly(29)
    assert owner.task(task.id).result is not None
    hourly(2)

    with pytest.raises(TaskNotFound):
        owner.task(task.id)
    assert owner.task(waiting.id) == waiting  # however old: it has not ended
    assert owner.session(session).head is not None


class Ledger:
    """A ledger that counts how often it is asked to purge."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.away = False

    def purge_tasks(self, *, older_than_days: float) -> int:
        self.asked.append(older_than_days)
        if self.away:
            raise StoreUnavailable("It does not answer.")
        return 0


def test_it_is_done_once_an_hour_also_after_a_failure() -> None:
    ledger, seconds = Ledger(), [0.0]
    purge = Purge(ledger, older_than_days=30, clock=lambda: seconds[0])  # type: ignore[arg-type]
    purge.turn()
    assert ledger.asked == []  # who has just started has more to do
    ledger.away = True
    seconds[0] = 3_600.0
    with pytest.raises(StoreUnavailable):
        purge.turn()
    purge.turn()
    ledger.away = False
    seconds[0] = 7_200.0
    purge.turn()
    assert ledger.asked == [30, 30]


def test_it_is_among_the_chores_of_every_store(settings: Settings, store: EmbeddedStore) -> None:
    [purge] = [chore for chore in chores(settings, store) if isinstance(chore, Purge)]
    assert purge._older_than_days == 30
