"""What is collected of a real task's blocks, when a session's turn comes, and what a sweep makes of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.contract.store.support import Clock
from tests.support.valkey import Broker
from tests.support.waiting import wait_until
from workbench.errors import StoreUnavailable
from workbench.ids import new_id
from workbench.models import NodeRecord, TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.embedded import EmbeddedStore
from workbench.store.protocol import Discarded, NewTask
from workers.chores import chores
from workers.collector import Collector
from workers.frames.convert import load_frame
from workers.jobs import apply_plan, ingest_upload
from workers.running import Job, perform
from workers.sending import Sender
from workers.services import Services
from workers.sweep import Sweep

DAY = 86_400.0
FILL = [{"kind": "fill_nulls", "columns": ["a"], "value": 0}]
SORT = [{"kind": "sort", "by": [{"column": "b", "descending": True}]}]


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=valkey_server.url, max_attempts=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(settings: Settings, clock: Clock) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(settings.database, settings.blobs, clock=clock)
    yield store
    store.close()


class Killed(BaseException):
    """What nothing in a worker catches."""


class Work:
    """A session of a table of 60,000 rows, whose tasks are run as a worker runs them."""

    def __init__(self, services: Services, store: EmbeddedStore) -> None:
        services.__dict__["store"] = store
        self._services = services
        self._owner = store.as_owner(LOCAL_OWNER)
        self._store = store
        self.session = self._owner.create_session("s").id
        self.frame = pd.DataFrame({"a": pd.Series(range(60_000), dtype="Int64").mask(lambda a: a % 3 == 0)})
        self.frame["b"] = self.frame.index.to_numpy() % 1_000
        self.frame["c"] = self.frame.index.to_numpy()
        content = io.BytesIO()
        self.frame.to_parquet(content)
        key = f"{LOCAL_OWNER.id}/{self.session}/uploads/{new_id()}"
        with self._owner.blobs.create(key) as blob:
            blob.write(content.getvalue())
        payload = {"upload": key, "filename": "a.parquet", "dataset": "a"}
        self._run("ingest_dataset", payload, ingest_upload)

    def apply(self, steps: list[dict[str, Any]]) -> NodeRecord:
        task_id = self._run("apply_transformation", {"plan": steps}, apply_plan)
        ended = self._owner.task(task_id)
        assert ended.result is not None, ended.error
        return self._owner.node(ended.result["node_id"])

    def be_killed_at_the_commit_of(
        self, steps: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, clock: Clock
    ) -> None:
        def die(job: Job, outcome: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(Job, "commit", die)
            with pytest.raises(Killed):
                self.apply(steps)
        (task,) = self._owner.tasks(session_id=self.session, limit=1).items
        assert task.status is TaskState.STARTED
        clock.advance(DAY)
        perform(self._services, task.id, apply_plan)  # which finds that there is no attempt left
        assert self._owner.task(task.id).status is TaskState.FAILURE

    def collect(self) -> Discarded:
        return self._store.orphans.discard(self.session, older_than_seconds=DAY / 2)

    def blocks(self) -> set[str]:
        return set(self._owner.blobs.keys(f"{LOCAL_OWNER.id}/{self.session}/blocks/"))

    def read(self, node: NodeRecord) -> pd.DataFrame:
        return load_frame(self._owner.blobs, node.manifest)

    def _run(self, kind: Any, payload: dict[str, Any], body: Any) -> str:
        task = self._owner.submit_task(NewTask(new_id(), kind, payload, self.session)).task
        perform(self._services, task.id, body)
        return task.id


@pytest.fixture
def work(services: Services, store: EmbeddedStore) -> Work:
    return Work(services, store)


@pytest.mark.parametrize("steps", [FILL, SORT], ids=["a block", "a selection"])
def test_what_a_killed_worker_wrote_goes_and_every_node_stays_as_it_is(
    work: Work, steps: list[dict[str, Any]], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = work.blocks()
    work.be_killed_at_the_commit_of(steps, monkeypatch, clock)
    assert len(work.blocks() - before) == 1

    assert work.collect().blobs == 1
    assert work.blocks() == before

    clock.advance(DAY)
    node = work.apply(steps)
    filled = work.frame.fillna({"a": 0})
    ordered = work.frame.sort_values("b", ascending=False, kind="stable", ignore_index=True)
    assert_frame_equal(work.read(node), filled if steps is FILL else ordered)


@pytest.mark.parametrize("steps", [FILL, SORT], ids=["a block", "a selection"])
def test_what_a_killed_worker_wrote_and_a_later_one_commits_stays(
    work: Work, steps: list[dict[str, Any]], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.be_killed_at_the_commit_of(steps, monkeypatch, clock)
    left = work.blocks()
    node = work.apply(steps)
    assert work.blocks() == left  # it was there already
    clock.advance(2 * DAY)
    assert work.collect() == Discarded()
    assert len(work.read(node)) == len(work.frame)


class Rounds:
    """Sessions to go through, which notes at which it was looked."""

    def __init__(self, *sessions: str) -> None:
        self._sessions = sessions
        self.looked: list[tuple[str, float, int]] = []
        self.away = False

    def next_session(self, after: str | None) -> str | None:
        following = self._sessions.index(after) + 1 if after is not None else 0
        return self._sessions[following] if following < len(self._sessions) else None

    def discard(self, session_id: str, *, older_than_seconds: float, limit: int = 100) -> Discarded:
        self.looked.append((session_id, older_than_seconds, limit))
        if self.away:
            raise StoreUnavailable("It does not answer.")
        return Discarded(1, 10)


def test_one_session_at_a_time_and_then_again() -> None:
    orphans, now = Rounds("new", "old"), [0.0]
    collector = Collector(orphans, older_than_seconds=DAY, every_seconds=60, clock=lambda: now[0])
    collector.turn()
    assert orphans.looked == []  # who has just started has more to do
    for minute in range(1, 6):
        now[0] = minute * 60
        for _ in range(3):
            collector.turn()
    assert [session for session, _, _ in orphans.looked] == ["new", "old", "new", "old"]
    assert {age for _, age, _ in orphans.looked} == {DAY}
    assert all(limit <= 100 for _, _, limit in orphans.looked)


def test_a_store_that_is_away_holds_up_no_other_session() -> None:
    orphans, now = Rounds("new", "old"), [0.0]
    collector = Collector(orphans, older_than_seconds=DAY, every_seconds=60, clock=lambda: now[0])
    orphans.away = True
    now[0] = 60.0
    with pytest.raises(StoreUnavailable):
        collector.turn()
    orphans.away = False
    now[0] = 120.0
    collector.turn()
    assert [session for session, _, _ in orphans.looked] == ["new", "old"]


@pytest.mark.parametrize(("lease", "kept"), [(30.0, 3_600.0), (1_800.0, 5_400.0)])
def test_a_block_is_kept_for_longer_than_a_task_may_be_silent(
    store: EmbeddedStore, settings: Settings, clock: Clock, lease: float, kept: float
) -> None:
    changed = settings.model_copy(
        update={"orphan_seconds": 3_600.0, "lease_seconds": lease, "max_attempts": 3}
    )
    [collector] = [chore for chore in chores(changed, store) if isinstance(chore, Collector)]
    assert collector._older_than_seconds == kept


def test_a_sweep_collects_and_outlives_what_goes_wrong_there(
    settings: Settings, store: EmbeddedStore, clock: Clock
) -> None:
    turns: list[Exception] = []

    class Failing(Collector):
        def turn(self) -> None:
            turns.append(StoreUnavailable("It does not answer.") if len(turns) % 2 else OSError("strange"))
            raise turns[-1]

    collector = Failing(store.orphans, older_than_seconds=DAY)
    with (
        Sender(settings) as sender,
        Sweep(sender, store.ledger, every_seconds=0.02, chores=[collector]),
    ):
        wait_until(lambda: len(turns) > 3, what="four turns of the collector")
