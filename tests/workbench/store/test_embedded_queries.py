"""Every query of the embedded store has its index."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.contract.store.support import (
    ANA,
    LEASE,
    RESEND,
    Clock,
    add_dataset,
    claim,
    claimed,
    command,
    new_task,
    opened,
    submit,
)
from workbench.models import TaskState
from workbench.settings import Settings
from workbench.store.embedded import EmbeddedStore
from workbench.store.protocol import HeadMove


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path, clock: Clock) -> Iterator[EmbeddedStore]:
    settings = Settings(data_dir=tmp_path / "data")
    store = EmbeddedStore(settings.database, settings.blobs, clock=clock)
    yield store
    store.close()


def test_every_query_has_its_index(store: EmbeddedStore, clock: Clock) -> None:
    statements: set[str] = set()
    with store._database.reading() as connection:
        connection.set_trace_callback(statements.add)
    _use_everything(store, clock)
    with store._database.reading() as connection:
        connection.set_trace_callback(None)
        plans = {
            sql: [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            for sql in statements
            if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", sql)
        }
    assert len(plans) > 40
    slow = re.compile(r"SCAN (sessions|nodes|tasks|head_history|task|earlier)(?! USING)|TEMP B-TREE")
    allowed = re.compile(r"FROM path JOIN|INDEXED BY tasks_open")  # they sort the few rows they found
    found = {
        (detail, sql)
        for sql, details in plans.items()
        for detail in details
        if slow.search(detail) and not ("TEMP" in detail and allowed.search(sql))
    }
    assert found == set()


def _use_everything(store: EmbeddedStore, clock: Clock) -> None:
    owner, ledger = store.as_owner(ANA), store.ledger
    session, source = opened(store)
    add_dataset(store, session.id, "airlines")
    node = command(store, session.id).node
    owner.move_head(session.id, HeadMove.UNDO)
    owner.move_head(session.id, HeadMove.REDO)
    owner.move_head(session.id, HeadMove.UNDO)
    owner.move_head(session.id, HeadMove.CHECKOUT, node.id)
    owner.rename_session(session.id, "delays")
    owner.sessions(after=owner.create_session("other").id)
    owner.nodes(session.id, after=source.id)
    owner.path(node.id)
    ledger.service_session(session.id)
    ledger.service_node(node.id)
    task = owner.submit_task(new_task(session.id, idempotency_key="key")).task
    owner.submit_task(new_task(session.id, idempotency_key="key"))
    owner.tasks(session_id=session.id, after=task.id)
    owner.tasks(after=task.id)
    following = submit(store, session.id)
    claim(store, following)
    fence = claimed(store, task)
    owner.cancel_task(task.id)
    ledger.renew_lease(task.id, fence, lease_seconds=LEASE)
    ledger.finish_task(task.id, fence, TaskState.REVOKED)
    clock.advance(RESEND)
    ledger.due_tasks(resend_seconds=RESEND)
    owner.cancel_task(following.id)
    clock.advance(86_400)
    ledger.purge_tasks(older_than_days=0.5)
    owner.delete_session(session.id)
