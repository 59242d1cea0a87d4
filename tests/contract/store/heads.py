"""The head: where commands move it, and how undo, redo and checkout do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.store.support import ANA, Clock, add_dataset, claimed, command, make_node, opened, submit
from workbench.errors import (
    InvalidParameter,
    LeaseLost,
    NodeNotFound,
    NothingToRedo,
    NothingToUndo,
    SessionBusy,
    WorkbenchError,
)
from workbench.ids import new_id
from workbench.models import SessionRecord, TaskState
from workbench.store.protocol import Committed, HeadMove, Store

UNDO, REDO, CHECKOUT = HeadMove.UNDO, HeadMove.REDO, HeadMove.CHECKOUT


def move(store: Store, session: SessionRecord, how: HeadMove, node_id: str | None = None) -> SessionRecord:
    return store.as_owner(ANA).move_head(session.id, how, node_id)


def walk(store: Store, session: SessionRecord, how: HeadMove, **more: Any) -> Committed:
    """Move the head by a task."""
    task = submit(store, session.id, "process_chat_message", payload={"message": "undo"})
    return store.ledger.commit_move(task.id, claimed(store, task), how, result={"said": "done"}, **more)


class HeadsContract:
    """Moving the head never deletes."""

    def test_the_first_dataset_becomes_the_head_and_later_ones_do_not(
        self, store: Store, clock: Clock
    ) -> None:
        session = store.as_owner(ANA).create_session("flights")
        clock.advance(3)
        first = add_dataset(store, session.id, "flights")
        add_dataset(store, session.id, "airlines")
        after = store.as_owner(ANA).session(session.id)
        assert (after.head, after.can_undo, after.can_redo) == (first.id, False, False)
        assert after.updated_at == clock()

    def test_a_command_moves_the_head_and_a_question_does_not(self, store: Store) -> None:
        session, _ = opened(store)
        node = command(store, session.id).node
        answer = command(store, session.id, move_head=False).node
        after = store.as_owner(ANA).session(session.id)
        assert (after.head, after.can_undo) == (node.id, True)
        assert answer.parents == (node.id,)

    def test_undo_and_redo_walk_along_the_moves(self, store: Store) -> None:
        session, source = opened(store)
        first, second = (command(store, session.id).node for _ in range(2))
        seen = [move(store, session, how) for how in (UNDO, UNDO, REDO, REDO, UNDO)]
        assert [at.head for at in seen] == [first.id, source.id, first.id, second.id, first.id]
        assert [at.can_undo for at in seen] == [True, False, True, True, True]
        assert [at.can_redo for at in seen] == [True, True, True, False, True]
        assert store.as_owner(ANA).session(session.id) == seen[-1]
        assert len(store.as_owner(ANA).nodes(session.id).items) == 3

    def test_there_is_an_end_to_undo_and_redo(self, store: Store) -> None:
        session, _source = opened(store)
        with pytest.raises(NothingToUndo):
            move(store, session, UNDO)
        with pytest.raises(NothingToRedo):
            move(store, session, REDO)
        assert store.as_owner(ANA).session(session.id) == session

    def test_an_empty_session_has_nothing_to_undo(self, store: Store) -> None:
        session = store.as_owner(ANA).create_session("empty")
        with pytest.raises(NothingToUndo):
            move(store, session, UNDO)

    def test_undo_goes_back_to_where_a_checkout_came_from(self, store: Store) -> None:
        session, source = opened(store)
        command(store, session.id)
        last = command(store, session.id).node
        assert move(store, session, CHECKOUT, source.id).head == source.id
        assert move(store, session, UNDO).head == last.id
        assert move(store, session, REDO).head == source.id

    @pytest.mark.parametrize("how", ["command", "checkout"])
    def test_another_move_ends_what_can_be_redone(self, store: Store, how: str) -> None:
        session, source = opened(store)
        aside = command(store, session.id, move_head=False).node
        first = command(store, session.id).node
        move(store, session, UNDO)
        if how == "command":
            command(store, session.id)
        else:
            move(store, session, CHECKOUT, aside.id)
        with pytest.raises(NothingToRedo):
            move(store, session, REDO)
        assert move(store, session, UNDO).head == source.id
        assert store.as_owner(ANA).node(first.id) == first

    def test_a_checkout_of_the_head_is_no_move(self, store: Store) -> None:
        session, source = opened(store)
        command(store, session.id)
        before = move(store, session, UNDO)
        assert move(store, session, CHECKOUT, source.id) == before
        assert move(store, session, REDO).head != source.id

    def test_a_question_leaves_what_can_be_redone(self, store: Store) -> None:
        session, _ = opened(store)
        first = command(store, session.id).node
        move(store, session, UNDO)
        command(store, session.id, move_head=False)
        assert move(store, session, REDO).head == first.id

    def test_a_checkout_needs_a_node(self, store: Store) -> None:
        session, _ = opened(store)
        with pytest.raises(InvalidParameter):
            move(store, session, CHECKOUT)

    @pytest.mark.parametrize("how", HeadMove)
    def test_the_head_stays_while_commands_wait_or_run(self, store: Store, how: HeadMove) -> None:
        session, source = opened(store)
        command(store, session.id)
        move(store, session, UNDO)
        command(store, session.id)
        running, waiting = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, running)
        with pytest.raises(SessionBusy):
            move(store, session, how, source.id)
        store.ledger.finish_task(running.id, fence, TaskState.FAILURE)
        with pytest.raises(SessionBusy):
            move(store, session, how, source.id)
        store.as_owner(ANA).cancel_task(waiting.id)
        if how is REDO:
            move(store, session, UNDO)
        move(store, session, how, source.id)

    def test_a_command_that_finds_its_node_there_moves_the_head_to_it(self, store: Store) -> None:
        session, source = opened(store)
        first = command(store, session.id, fingerprint="sorted").node
        move(store, session, CHECKOUT, source.id)
        task = submit(store, session.id)
        again = make_node(task, source.id, fingerprint="sorted")
        ended = store.ledger.commit_node(task.id, claimed(store, task), again, result={"node_id": again.id})
        assert ended.node == first
        assert ended.task.result == {"node_id": first.id}
        after = store.as_owner(ANA).session(session.id)
        assert (after.head, after.can_undo) == (first.id, True)
        assert len(store.as_owner(ANA).nodes(session.id).items) == 2

    def test_a_task_moves_the_head_and_names_it(self, store: Store) -> None:
        session, source = opened(store)
        first, second, third = (command(store, session.id).node for _ in range(3))
        seen = []
        for how, more in (
            (UNDO, {"steps": 2}),
            (REDO, {}),
            (UNDO, {}),
            (REDO, {"steps": 2}),
            (CHECKOUT, {"node_id": source.id}),
            (UNDO, {}),
        ):
            ended = walk(store, session, how, **more)
            assert ended.task.status is TaskState.SUCCESS
            assert ended.node is None
            assert ended.task.result == {
                "said": "done",
                "node_id": store.as_owner(ANA).session(session.id).head,
            }
            seen.append(ended.task.result["node_id"])
        assert seen == [first.id, second.id, first.id, third.id, source.id, third.id]

    @pytest.mark.parametrize(
        ("how", "more", "error"),
        [
            (UNDO, {"steps": 3}, NothingToUndo),
            (REDO, {}, NothingToRedo),
            (CHECKOUT, {"node_id": new_id()}, NodeNotFound),
            (CHECKOUT, {}, InvalidParameter),
            (UNDO, {"steps": 0}, InvalidParameter),
        ],
    )
    def test_a_move_that_is_not_possible_leaves_head_and_task(
        self, store: Store, how: HeadMove, more: dict[str, Any], error: type[WorkbenchError]
    ) -> None:
        session, _ = opened(store)
        for _ in range(2):
            command(store, session.id)
        before = store.as_owner(ANA).session(session.id)
        task = submit(store, session.id)
        fence = claimed(store, task)
        with pytest.raises(error):
            store.ledger.commit_move(task.id, fence, how, result={}, **more)
        assert store.as_owner(ANA).session(session.id) == before
        ended = store.ledger.finish_task(task.id, fence, TaskState.FAILURE, error={"code": "x"})
        assert ended.task.status is TaskState.FAILURE

    def test_a_move_that_a_task_repeats_is_made_once(self, store: Store) -> None:
        session, source = opened(store)
        for _ in range(2):
            command(store, session.id)
        task, waiting = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, task)
        first, again = (
            store.ledger.commit_move(task.id, fence, UNDO, result={"said": "done"}) for _ in range(2)
        )
        assert first == again
        assert first.next_task is not None
        assert first.next_task.id == waiting.id
        with pytest.raises(LeaseLost):
            store.ledger.commit_move(task.id, fence + 1, UNDO, result={})
        assert store.as_owner(ANA).session(session.id).head != source.id

    def test_the_command_before_a_task_is_known(self, store: Store) -> None:
        session, _ = opened(store)
        first = submit(store, session.id)
        assert store.ledger.service_previous(first.id) is None
        store.as_owner(ANA).cancel_task(first.id)
        made = command(store, session.id)
        asked = command(store, session.id, move_head=False)
        failed = submit(store, session.id)
        store.ledger.finish_task(failed.id, claimed(store, failed), TaskState.FAILURE)
        walk(store, session, UNDO)
        now, later = submit(store, session.id), submit(store, session.id)
        assert store.ledger.service_previous(now.id) == store.ledger.service_previous(later.id) == asked.task
        assert store.ledger.service_previous(asked.task.id) == made.task
        assert store.ledger.service_previous(new_id()) is None

    def test_a_request_moves_the_head_once(self, store: Store) -> None:
        session, source = opened(store)
        nodes = [source, *(command(store, session.id).node for _ in range(3))]
        ana = store.as_owner(ANA)
        one, two = new_id(), new_id()
        seen = [ana.move_head(session.id, UNDO, request=each).head for each in (one, one, two, two)]
        assert seen == [nodes[2].id, nodes[2].id, nodes[1].id, nodes[1].id]
        three = new_id()
        seen = [ana.move_head(session.id, REDO, request=each).head for each in (three, three)]
        assert seen == [nodes[2].id] * 2
        assert ana.move_head(session.id, UNDO).head == nodes[1].id
