"""The head: where commands move it, and how undo, redo and checkout do."""

from __future__ import annotations

import pytest

from tests.contract.store.support import ANA, Clock, add_dataset, claimed, command, make_node, opened, submit
from workbench.errors import InvalidParameter, NothingToRedo, NothingToUndo, SessionBusy
from workbench.models import SessionRecord, TaskState
from workbench.store.protocol import HeadMove, Store

UNDO, REDO, CHECKOUT = HeadMove.UNDO, HeadMove.REDO, HeadMove.CHECKOUT


def move(store: Store, session: SessionRecord, how: HeadMove, node_id: str | None = None) -> SessionRecord:
    return store.as_owner(ANA).move_head(session.id, how, node_id)


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
