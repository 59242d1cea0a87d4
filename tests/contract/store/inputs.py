"""What a claim gives a command to work on."""

from __future__ import annotations

import pytest

from tests.contract.store.support import (
    ANA,
    LEASE,
    Clock,
    add_dataset,
    claim,
    command,
    full_node,
    make_node,
    opened,
    submit,
)
from workbench.ids import new_id
from workbench.models import NodeRecord, TaskRecord, TaskState
from workbench.store.protocol import HeadMove, Inputs, Store


def inputs_of(store: Store, task: TaskRecord) -> Inputs:
    """What a task's claim says; the task is ended, so that the session's next one can be claimed."""
    answer = claim(store, task)
    assert answer.inputs is not None
    store.ledger.finish_task(task.id, answer.fence, TaskState.FAILURE)
    return answer.inputs


def on(store: Store, session_id: str, node: NodeRecord | None = None) -> Inputs:
    """What a command is given that names a node, or none."""
    payload = {"message": "sort", "node_id": node and node.id, "dry_run": False}
    return inputs_of(store, submit(store, session_id, "process_chat_message", payload=payload))


def joined(store: Store, session_id: str, left: NodeRecord, right: NodeRecord) -> NodeRecord:
    """A node of two parents, aside from the line."""
    task = submit(store, session_id)
    fence = claim(store, task).fence
    node = make_node(task, left.id, right.id)
    committed = store.ledger.commit_node(task.id, fence, node, result={}, move_head=False)
    assert committed.node is not None
    return committed.node


class InputsContract:
    """A command is given all that it needs to know of its session when it is claimed, in one call."""

    @pytest.mark.parametrize("kind", ["process_chat_message", "apply_transformation"])
    def test_a_command_is_given_the_head(self, store: Store, kind: str) -> None:
        session, source = opened(store)
        first = inputs_of(store, submit(store, session.id, kind, payload={}))
        assert first == Inputs(source, "flights", {"flights": source}, {})
        node = command(store, session.id).node
        assert inputs_of(store, submit(store, session.id, kind, payload={})).node == node
        store.as_owner(ANA).move_head(session.id, HeadMove.UNDO)
        assert inputs_of(store, submit(store, session.id, kind, payload={"node_id": None})).node == source

    def test_a_node_is_given_as_it_was_committed(self, store: Store) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        fence = claim(store, task).fence
        node = full_node(task, source.id)
        store.ledger.commit_node(task.id, fence, node, result={})
        assert on(store, session.id).node == node

    def test_a_command_is_given_the_node_that_it_names(self, store: Store) -> None:
        session, source = opened(store)
        command(store, session.id)
        assert on(store, session.id, source).node == source

    def test_a_command_is_given_the_head_that_those_before_it_leave(self, store: Store) -> None:
        session, _ = opened(store)
        first, second = submit(store, session.id), submit(store, session.id)
        answer = claim(store, first)
        assert answer.inputs is not None
        node = make_node(first, answer.inputs.node.id)
        store.ledger.commit_node(first.id, answer.fence, node, result={})
        assert inputs_of(store, second).node == node

    def test_a_second_attempt_is_given_the_same(self, store: Store, clock: Clock) -> None:
        session, _ = opened(store)
        command(store, session.id)
        task = submit(store, session.id)
        first = claim(store, task).inputs
        clock.advance(LEASE + 1)
        assert claim(store, task).inputs == first

    def test_the_origin_is_found_through_a_chain(self, store: Store) -> None:
        session, source = opened(store)
        airlines = add_dataset(store, session.id, "airlines")
        for _ in range(4):
            command(store, session.id)
        assert on(store, session.id).origin == "flights"
        assert on(store, session.id, source).origin == "flights"
        assert on(store, session.id, airlines).origin == "airlines"

    def test_the_origin_is_the_one_of_first_parents(self, store: Store) -> None:
        session, source = opened(store)
        airlines = add_dataset(store, session.id, "airlines")
        changed = command(store, session.id).node
        assert changed is not None
        one = joined(store, session.id, airlines, changed)
        other = joined(store, session.id, changed, airlines)
        assert on(store, session.id, one).origin == "airlines"
        assert on(store, session.id, other).origin == "flights"
        assert on(store, session.id, source).origin == "flights"

    def test_the_datasets_are_the_latest_of_their_names(self, store: Store) -> None:
        session, _ = opened(store)
        airlines = add_dataset(store, session.id, "Größe, “neu”")
        again = add_dataset(store, session.id, "flights")
        assert on(store, session.id).datasets == {"flights": again, "Größe, “neu”": airlines}

    def test_what_was_made_are_the_nodes_own_children(self, store: Store) -> None:
        session, source = opened(store)
        first = command(store, session.id, fingerprint="first").node
        second = command(store, session.id, fingerprint="second").node
        aside = command(store, session.id, fingerprint="aside", move_head=False).node
        assert on(store, session.id).made == {"aside": aside.id}
        assert on(store, session.id, first).made == {"second": second.id}
        assert on(store, session.id, source).made == {"first": first.id}
        assert on(store, session.id, aside).made == {}

    def test_what_was_made_of_a_second_parent_is_not_of_the_first(self, store: Store) -> None:
        session, source = opened(store)
        airlines = add_dataset(store, session.id, "airlines")
        node = joined(store, session.id, source, airlines)
        assert on(store, session.id, source).made == {node.fingerprint: node.id}
        assert on(store, session.id, airlines).made == {}

    def test_without_a_head_there_is_no_node(self, store: Store) -> None:
        session = store.as_owner(ANA).create_session("empty")
        ingest = submit(store, session.id, "ingest_dataset")
        waiting = submit(store, session.id)
        store.ledger.finish_task(ingest.id, claim(store, ingest).fence, TaskState.FAILURE)
        assert inputs_of(store, waiting) == Inputs(None, None, {}, {})

    def test_other_tasks_are_given_nothing(self, store: Store) -> None:
        session, _ = opened(store)
        for task in (
            submit(store, session.id, "ingest_dataset"),
            submit(store, session.id, "test_task"),
            submit(store, None, "test_task"),
        ):
            answer = claim(store, task)
            assert answer.inputs is None
            store.ledger.finish_task(task.id, answer.fence, TaskState.FAILURE)

    def test_who_does_not_get_the_task_is_given_nothing(self, store: Store) -> None:
        session, _ = opened(store)
        first, second = submit(store, session.id), submit(store, session.id)
        claim(store, first)
        unknown = store.ledger.claim_task(new_id(), worker="w", lease_seconds=LEASE, max_attempts=3)
        assert [claim(store, first).inputs, claim(store, second).inputs, unknown.inputs] == [None] * 3
