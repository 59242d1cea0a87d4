"""The API as its users meet it, with a worker that the test plays."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
import structlog

from tests.support.api_server import running_api
from tests.support.valkey import Broker
from workbench.ids import new_id
from workbench.models import Change, NodeRecord, TaskRecord, TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.protocol import Claim, ClaimOutcome, Committed, Store
from workbench.transformations import Plan
from workers.frames.blocks import write_table
from workers.live import LiveBoard, LiveStatus

TOKEN = "a-token-for-tests-only"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The API configures the logging of its process; here that is the process of all tests."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers = [handler for handler in handlers if handler in root.handlers]
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        redis_url=valkey_server.url,
        token=TOKEN,
        # The tests play the worker; nothing is to be sent again behind their back.
        resend_seconds=3600,
        sweep_seconds=3600,
        log_level="DEBUG",
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def url(settings: Settings, store: Store) -> Iterator[str]:
    with running_api(settings, store) as url:
        yield url


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    """A caller with the right token."""
    with httpx.Client(
        base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=40
    ) as client:
        yield client


@pytest.fixture
def board(settings: Settings) -> Iterator[LiveBoard]:
    board = LiveBoard(settings)
    yield board
    board.close()


@dataclass
class PlayedWorker:
    """A worker played by the test: it claims, reports and commits as the real one does."""

    store: Store
    board: LiveBoard
    fences: dict[str, int] = field(default_factory=dict)

    def claim(self, task_id: str) -> TaskRecord:
        claim: Claim = self.store.ledger.claim_task(
            task_id, worker="played", lease_seconds=60, max_attempts=3
        )
        assert claim.outcome is ClaimOutcome.CLAIMED, claim.outcome
        assert claim.task is not None
        self.fences[task_id] = claim.fence
        return claim.task

    def report(self, task_id: str, progress: int, message: str, stage: str = "applying") -> None:
        self._publish(task_id, TaskState.PROGRESS, progress, message, stage)

    def open_table(self, task_id: str, table: pa.Table) -> NodeRecord:
        """Do what ingest does."""
        task = self.claim(task_id)
        filename = task.payload["filename"]
        node = self._node(
            task,
            table,
            name=filename,
            dataset=task.payload["dataset"],
            source={
                "filename": filename,
                "format": "csv",
                "report": {},
                "code": f"df = pd.read_csv({filename!r})",
            },
        )
        result = {"node_id": node.id, "rows": table.num_rows, "transformation": f"Opened {filename}"}
        return self._commit(task, node, result)

    def apply(self, task_id: str, plan: Plan, table: pa.Table, parent: NodeRecord) -> NodeRecord:
        """Do what a command does, the resulting table given."""
        task = self.claim(task_id)
        rows_before, rows_after = parent.manifest.rows, table.num_rows
        change = Change(rows_before=rows_before, rows_after=rows_after)
        steps = tuple(step.report(change) for step in plan.steps)
        node = self._node(
            task,
            table,
            name=plan.describe(),
            plan=plan.to_json(),
            steps=steps,
            message=task.payload.get("message"),
            parents=(parent.id,),
        )
        result = {
            "node_id": node.id,
            "rows_affected": abs(rows_before - rows_after),
            "transformation": "; ".join(step.outcome for step in steps),
        }
        return self._commit(task, node, result)

    def finish(
        self,
        task_id: str,
        status: TaskState = TaskState.SUCCESS,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
        *,
        announce: bool = True,
    ) -> Committed:
        ended = self.store.ledger.finish_task(
            task_id, self.fences[task_id], status, result=result, error=error
        )
        if announce:
            self._publish(task_id, status, 100 if status is TaskState.SUCCESS else 50, "Done", "done")
        return ended

    def _commit(self, task: TaskRecord, node: NodeRecord, result: dict[str, Any]) -> NodeRecord:
        committed = self.store.ledger.commit_node(task.id, self.fences[task.id], node, result=result)
        self._publish(task.id, TaskState.SUCCESS, 100, result["transformation"], "done")
        assert committed.node is not None
        return committed.node

    def _node(self, task: TaskRecord, table: pa.Table, **facts: Any) -> NodeRecord:
        prefix = f"{task.owner}/{task.session_id}/blocks"
        dtypes = {field.name: _dtype(field.type) for field in table.schema}
        return NodeRecord(
            id=new_id(),
            session_id=str(task.session_id),
            owner=task.owner,
            fingerprint=task.id,
            manifest=write_table(self.store.blobs, prefix, table, dtypes),
            task_id=task.id,
            created_at=datetime.now(UTC),
            **facts,
        )

    def _publish(self, task_id: str, status: TaskState, progress: int, message: str, stage: str) -> None:
        self.board.publish(
            LiveStatus(task_id=task_id, status=status, progress=progress, message=message, stage=stage)
        )


def _dtype(kind: pa.DataType) -> str:
    names: Mapping[str, str] = {"string": "str", "double": "float64", "timestamp[us]": "datetime64[us]"}
    return names.get(str(kind), str(kind))


@pytest.fixture
def worker(store: Store, board: LiveBoard) -> PlayedWorker:
    return PlayedWorker(store, board)


PEOPLE = pa.table(
    {
        "email": pa.array(["ann@example.org", None, "cy@example.org", "dee@example.org"]),
        "age": pa.array([31, 40, None, 28], pa.int64()),
        "score": pa.array([1.5, float("nan"), 2.5, 4.0]),
        "joined": pa.array(
            [datetime(2024, 1, 2, 3, 4, 5), None, None, datetime(2025, 1, 1)], pa.timestamp("us")
        ),
    }
)
"""A small table with nulls of every kind."""


@dataclass(frozen=True)
class Opened:
    """A session with a dataset."""

    session_id: str
    node: NodeRecord


@pytest.fixture
def open_session(http: httpx.Client, worker: PlayedWorker) -> Callable[..., Opened]:
    """Make a session, upload a file, and let the played worker open it as a table."""

    def open_(table: pa.Table = PEOPLE, filename: str = "people.csv") -> Opened:
        session_id = http.post("/sessions", json={"name": "Tests"}).json()["id"]
        answer = http.post(f"/sessions/{session_id}/datasets", files={"file": (filename, b"irrelevant")})
        assert answer.status_code == 202, answer.text
        return Opened(session_id, worker.open_table(answer.json()["task_id"], table))

    return open_


@pytest.fixture
def opened(open_session: Callable[..., Opened]) -> Opened:
    return open_session()


@pytest.fixture
def owner_store(store: Store) -> Any:
    return store.as_owner(LOCAL_OWNER)
