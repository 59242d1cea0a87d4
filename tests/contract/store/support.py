"""A clock to set, and the few calls that most tests begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from tests.support.access_tokens import access_token
from workbench.ids import new_id
from workbench.models import (
    Change,
    Manifest,
    ManifestColumn,
    NodeRecord,
    SessionRecord,
    StepReport,
    TaskRecord,
)
from workbench.store.protocol import Claim, ClaimOutcome, Committed, NewTask, Owner, Store


def _signed_in(user_id: str) -> Owner:
    return Owner(user_id, SecretStr(access_token(user_id)))


# Two users whom the servers of tests know (tests/supabase_lite); the embedded store ignores their tokens.
ANA = _signed_in("3f0c5a52-6d54-4b43-9d0e-6a6f6d1f0a01")
BEN = _signed_in("3f0c5a52-6d54-4b43-9d0e-6a6f6d1f0b02")
LEASE = 30.0
ATTEMPTS = 3
RESEND = 10.0


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def new_task(session_id: str | None = None, kind: str = "apply_transformation", **fields: Any) -> NewTask:
    return NewTask(id=new_id(), kind=kind, session_id=session_id, **{"payload": {"plan": []}, **fields})


def submit(
    store: Store, session_id: str | None, kind: str = "apply_transformation", **fields: Any
) -> TaskRecord:
    return store.as_owner(ANA).submit_task(new_task(session_id, kind, **fields)).task


def claim(store: Store, task: TaskRecord, worker: str = "worker-1", lease: float = LEASE) -> Claim:
    return store.ledger.claim_task(task.id, worker=worker, lease_seconds=lease, max_attempts=ATTEMPTS)


def claimed(store: Store, task: TaskRecord) -> int:
    """The fence of a task that must be there for the taking."""
    answer = claim(store, task)
    assert answer.outcome is ClaimOutcome.CLAIMED
    return answer.fence


def make_node(task: TaskRecord, *parents: str, fingerprint: str | None = None, **fields: Any) -> NodeRecord:
    node_id = new_id()
    return NodeRecord(
        id=node_id,
        session_id=task.session_id,
        owner=task.owner,
        parents=parents,
        fingerprint=fingerprint or f"fingerprint of {node_id}",
        task_id=task.id,
        created_at=datetime(2026, 3, 1, 11, 59, 59, 999999, tzinfo=UTC),
        **{"name": "Sort by Größe", "manifest": _manifest(), **fields},
    )


def full_node(task: TaskRecord, *parents: str) -> NodeRecord:
    """A node with everything that a node can have."""
    change = Change(
        rows_before=3, rows_after=2, columns_added=("b",), cells_changed={"a": 1}, nulls_made={"a": 2}
    )
    step = StepReport(
        kind="cast",
        description="Cast a to numbers",
        outcome="Cast a, and 2 values became null",
        code="df['a'] = pd.to_numeric(df['a'])",
        change=change,
        warnings=("2 values could not be read",),
    )
    plan = [{"kind": "cast", "columns": ["a"], "to": {"bound": 1.5, "on": None}}]
    return make_node(
        task, *parents, plan=plan, message="make “a” a number 😀", steps=(step,), values={"b": ("x", "ÿ")}
    )


def _manifest() -> Manifest:
    return Manifest(
        rows=2,
        columns=(
            ManifestColumn(name="a", dtype="Int64", block="owner/session/blocks/1.parquet", field="a"),
            ManifestColumn(
                name="Größe",
                dtype="str",
                block="owner/session/blocks/1.parquet",
                field="b",
                selection="o/s/b/2",
            ),
        ),
    )


def add_dataset(store: Store, session_id: str, name: str = "flights", **fields: Any) -> NodeRecord:
    """A source node, made as a worker makes it."""
    task = submit(store, session_id, "ingest_dataset", payload={"filename": f"{name}.csv"})
    source = {"filename": f"{name}.csv", "format": "csv"}
    node = make_node(task, dataset=name, source=source, **{"name": f"{name}.csv", **fields})
    committed = store.ledger.commit_node(task.id, claimed(store, task), node, result={}).node
    assert committed is not None
    return committed


def opened(store: Store) -> tuple[SessionRecord, NodeRecord]:
    """A session with its first dataset, which is the head."""
    session = store.as_owner(ANA).create_session("flights")
    source = add_dataset(store, session.id)
    return store.as_owner(ANA).session(session.id), source


def command(store: Store, session_id: str, *others: str, move_head: bool = True, **fields: Any) -> Committed:
    """A command on the head, carried out; with other nodes, if it takes of them."""
    task = submit(store, session_id)
    fence = claimed(store, task)
    head = store.ledger.service_session(session_id).head
    assert head is not None
    node = make_node(task, head, *others, **fields)
    return store.ledger.commit_node(task.id, fence, node, result={"rows_affected": 1}, move_head=move_head)
