"""Sessions that go from one store to another, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.store.support import ANA, BEN, add_dataset, claimed, command, submit
from tests.support.sessions_to_move import (
    CutOwner,
    LineCut,
    as_of,
    block_keys,
    holding,
    open_session,
    put_block,
    trail,
    work,
    worked_session,
)
from workbench.errors import SessionBusy, SessionNotFound, SessionTaken, StoreDamaged
from workbench.ids import new_id
from workbench.models import SessionRecord, TaskState
from workbench.store import moving
from workbench.store.embedded import EmbeddedStore
from workbench.store.moving import HeadThere, Moved, copy_session, find_session
from workbench.store.protocol import HeadMove, Store

UNDO, CHECKOUT = HeadMove.UNDO, HeadMove.CHECKOUT


def push(source: Store, target: Store, session: SessionRecord) -> Moved:
    """Copy Ana's session; there it is Ana's, too."""
    return copy_session(source.as_owner(ANA), target.as_owner(ANA), session.id, owner=ANA.id)


class MovingContract:
    """A subclass gives ``store``; ``elsewhere`` is an embedded store beside it."""

    @pytest.fixture
    def elsewhere(self, tmp_path: Path) -> Iterator[Store]:
        store = EmbeddedStore(tmp_path / "elsewhere" / "workbench.sqlite3", tmp_path / "elsewhere" / "blobs")
        yield store
        store.close()

    def test_a_copy_is_the_session_with_another_owner(self, store: Store, elsewhere: Store) -> None:
        session = worked_session(elsewhere)
        ana, ben = elsewhere.as_owner(ANA), store.as_owner(BEN)
        moved = copy_session(ana, ben, session.id, owner=BEN.id)
        assert moved.session == ben.session(session.id) == session.model_copy(update={"owner": BEN.id})
        nodes = ana.nodes(session.id).items
        assert ben.nodes(session.id).items == [as_of(BEN, node) for node in nodes]
        assert ben.path(nodes[-1].id) == [as_of(BEN, node) for node in ana.path(nodes[-1].id)]
        keys = block_keys(nodes)
        assert len(keys) < len(list(elsewhere.blobs.keys("")))  # one there is of no node
        assert sorted(store.blobs.keys("")) == sorted(key.replace(ANA.id, BEN.id) for key in keys)
        for key in keys:
            with elsewhere.blobs.open(key) as one, store.blobs.open(key.replace(ANA.id, BEN.id)) as other:
                assert one.read() == other.read()
        assert trail(ben, session.id) == trail(ana, session.id)
        assert (moved.head, moved.nodes, moved.nodes_there, moved.own_nodes) == (HeadThere.MOVED, 6, 0, 0)
        assert (moved.blocks.copied, moved.blocks.there, moved.unfinished) == (len(keys), 0, False)

    def test_there_and_back_into_an_empty_store(self, store: Store, elsewhere: Store) -> None:
        session = worked_session(store)
        ana = store.as_owner(ANA)
        push(store, elsewhere, session)
        for node in elsewhere.as_owner(ANA).nodes(session.id).items:
            assert node == ana.node(node.id)
        nodes, heads = ana.nodes(session.id).items, trail(ana, session.id)
        session = ana.session(session.id)
        push(store, elsewhere, session)
        ana.delete_session(session.id)
        for key in list(store.blobs.keys("")):
            store.blobs.delete(key)
        moved = push(elsewhere, store, session)
        assert moved.session == session
        assert ana.nodes(session.id).items == nodes
        assert trail(ana, session.id) == heads
        assert sorted(store.blobs.keys("")) == sorted(block_keys(nodes))

    def test_what_is_there_is_not_copied_twice(self, store: Store, elsewhere: Store) -> None:
        session = worked_session(elsewhere)
        first = push(elsewhere, store, session)
        state = store.as_owner(ANA).session_state(session.id)
        again = push(elsewhere, store, session)
        assert (again.nodes, again.nodes_there, again.head) == (0, 6, HeadThere.SAME)
        assert (again.blocks.copied, again.blocks.there, again.blocks.bytes) == (0, first.blocks.copied, 0)
        assert store.as_owner(ANA).session_state(session.id) == state

    def test_more_work_is_copied_and_the_head_follows(self, store: Store, elsewhere: Store) -> None:
        session = worked_session(elsewhere)
        push(elsewhere, store, session)
        added = work(elsewhere, session, "fourth")
        moved = push(elsewhere, store, session)
        assert (moved.head, moved.nodes, moved.nodes_there) == (HeadThere.MOVED, 1, 6)
        assert (moved.blocks.copied, moved.blocks.bytes) == (1, len(b"fourth"))
        assert moved.session == elsewhere.as_owner(ANA).session(session.id)
        assert moved.session.head == added.id
        assert trail(store.as_owner(ANA), session.id) == trail(elsewhere.as_owner(ANA), session.id)

    def test_what_was_taken_back_and_replaced_is_so_there(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        work(elsewhere, session, "first")
        work(elsewhere, session, "second")
        push(elsewhere, store, session)
        for _ in range(2):
            elsewhere.as_owner(ANA).move_head(session.id, UNDO)
        other = work(elsewhere, session, "other")
        moved = push(elsewhere, store, session)
        assert (moved.head, moved.session.head, moved.nodes_there) == (HeadThere.MOVED, other.id, 3)
        assert trail(store.as_owner(ANA), session.id) == [session.head, other.id]

    def test_an_undo_is_copied(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        first = work(elsewhere, session, "first")
        push(elsewhere, store, session)
        elsewhere.as_owner(ANA).move_head(session.id, UNDO)
        moved = push(elsewhere, store, session)
        assert (moved.session.head, moved.session.can_redo) == (session.head, True)
        assert store.as_owner(ANA).move_head(session.id, HeadMove.REDO).head == first.id

    def test_an_empty_session_can_be_copied(self, store: Store, elsewhere: Store) -> None:
        session = elsewhere.as_owner(ANA).create_session("empty ✈")
        assert push(elsewhere, store, session).session == session
        work(elsewhere, open_session(elsewhere), "something else")
        assert len(store.as_owner(ANA).sessions().items) == 1

    @pytest.mark.parametrize("through", [0, 7, 400_010])
    def test_a_copy_that_broke_off_in_the_blocks_goes_on(
        self, store: Store, elsewhere: Store, through: int
    ) -> None:
        session = worked_session(elsewhere)
        ana, ben = elsewhere.as_owner(ANA), store.as_owner(BEN)
        cut = CutOwner(ben, bytes_through=through)
        with pytest.raises(LineCut):
            copy_session(ana, cut, session.id, owner=BEN.id)  # type: ignore[arg-type]
        assert ben.sessions().items == []
        copied = list(store.blobs.keys(f"{BEN.id}/"))
        moved = copy_session(ana, ben, session.id, owner=BEN.id)
        assert moved.blocks.there == len(copied)
        assert moved.session == session.model_copy(update={"owner": BEN.id})
        assert trail(ben, session.id) == trail(ana, session.id)

    @pytest.mark.parametrize("carried_out", [False, True])
    @pytest.mark.parametrize("calls", [0, 1, 5])
    def test_a_copy_that_broke_off_in_the_nodes_opens_and_goes_on(
        self, store: Store, elsewhere: Store, calls: int, carried_out: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(moving, "_BATCH_CHARACTERS", 1)
        session = worked_session(elsewhere)
        ana, ben = elsewhere.as_owner(ANA), store.as_owner(BEN)
        cut = CutOwner(ben, calls_through=calls, answered=not carried_out)
        with pytest.raises(LineCut):
            copy_session(ana, cut, session.id, owner=BEN.id)  # type: ignore[arg-type]
        done = calls + carried_out
        for found in ben.sessions().items:
            assert found.head in {node.id for node in ben.nodes(session.id).items}
        assert len(ben.sessions().items) == min(done, 1)
        moved = copy_session(ana, ben, session.id, owner=BEN.id)
        assert (moved.nodes, moved.nodes_there) == (6 - done, done)
        assert moved.session == session.model_copy(update={"owner": BEN.id})
        assert trail(ben, session.id) == trail(ana, session.id)

    def test_a_damaged_block_is_refused_before_its_node_is_there(
        self, store: Store, elsewhere: Store
    ) -> None:
        session = open_session(elsewhere)
        key = f"{ANA.id}/{session.id}/blocks/{'0' * 64}.parquet"
        with elsewhere.blobs.create(key) as stream:
            stream.write(b"not what the name says")
        command(elsewhere, session.id, manifest=holding(key))
        with pytest.raises(StoreDamaged, match=r"0000\.parquet' is damaged"):
            push(elsewhere, store, session)
        assert store.as_owner(ANA).sessions().items == []
        assert not any("000000" in there for there in store.blobs.keys(""))

    def test_a_missing_block_is_named(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        key = work(elsewhere, session, "first").manifest.columns[0].block
        elsewhere.blobs.delete(key)
        with pytest.raises(StoreDamaged, match=f"'{key}' is missing"):
            push(elsewhere, store, session)
        assert store.as_owner(ANA).sessions().items == []

    def test_a_block_that_is_another_there_is_noticed(self, store: Store, elsewhere: Store) -> None:
        session = open_session(store)
        key = work(store, session, "first").manifest.columns[0].block
        with elsewhere.blobs.create(key) as stream:
            stream.write(b"another")
        with pytest.raises(StoreDamaged, match="has 7 bytes where it is copied to, and 5"):
            push(store, elsewhere, session)

    def test_a_session_that_went_on_there_keeps_its_head(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        push(elsewhere, store, session)
        own = work(store, session, "made there")
        add_dataset(store, session.id, "theirs", manifest=holding(put_block(store, session, b"theirs")))
        here = work(elsewhere, session, "made here")
        add_dataset(elsewhere, session.id, "ours", manifest=holding(put_block(elsewhere, session, b"ours")))
        before = store.as_owner(ANA).session(session.id)
        moved = push(elsewhere, store, session)
        ana = store.as_owner(ANA)
        assert (moved.head, moved.nodes, moved.own_nodes) == (HeadThere.KEPT, 2, 2)
        assert moved.session.head == before.head == own.id
        assert moved.session.datasets.keys() == {"flights", "theirs", "ours"}
        assert ana.node(here.id) == here
        assert trail(ana, session.id) == [session.head, own.id]
        assert ana.move_head(session.id, CHECKOUT, here.id).head == here.id
        assert push(elsewhere, store, session).head is HeadThere.KEPT

    @pytest.mark.parametrize("more_here", [False, True])
    def test_a_head_that_was_moved_there_stays(self, store: Store, elsewhere: Store, more_here: bool) -> None:
        session = open_session(elsewhere)
        work(elsewhere, session, "first")
        push(elsewhere, store, session)
        store.as_owner(ANA).move_head(session.id, CHECKOUT, session.head)
        if more_here:
            work(elsewhere, session, "second")
        moved = push(elsewhere, store, session)
        assert (moved.head, moved.own_nodes) == (HeadThere.KEPT, 0)
        assert moved.session.head == session.head
        assert len(store.as_owner(ANA).nodes(session.id).items) == 2 + more_here

    def test_an_answer_that_was_checked_out_there_stays_the_head(
        self, store: Store, elsewhere: Store
    ) -> None:
        session = open_session(elsewhere)
        answer = work(elsewhere, session, "question", move_head=False)
        push(elsewhere, store, session)
        store.as_owner(ANA).move_head(session.id, CHECKOUT, answer.id)
        moved = push(elsewhere, store, session)
        assert (moved.head, moved.session.head) == (HeadThere.KEPT, answer.id)

    def test_a_session_that_began_with_another_dataset_there_keeps_its_head(
        self, store: Store, elsewhere: Store
    ) -> None:
        session = elsewhere.as_owner(ANA).create_session("empty")
        push(elsewhere, store, session)
        for place, names in ((store, ["airlines"]), (elsewhere, ["flights", "airlines"])):
            for name in names:
                block = put_block(place, session, name.encode())
                add_dataset(place, session.id, name, manifest=holding(block), fingerprint=name)
        began = store.as_owner(ANA).session(session.id).head
        moved = push(elsewhere, store, session)
        assert (moved.head, moved.session.head, moved.own_nodes) == (HeadThere.KEPT, began, 0)
        assert moved.session.datasets.keys() == {"flights", "airlines"}

    def test_the_same_command_in_both_is_one_node(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        push(elsewhere, store, session)
        there = work(store, session, "sorted there", fingerprint="sorted")
        here = work(elsewhere, session, "sorted here", fingerprint="sorted")
        after = work(elsewhere, session, "and on")
        moved = push(elsewhere, store, session)
        ana = store.as_owner(ANA)
        assert there.id != here.id
        assert (moved.head, moved.nodes, moved.own_nodes) == (HeadThere.MOVED, 1, 0)
        assert moved.blocks.copied == 1
        assert ana.node(after.id).parents == (there.id,)
        assert trail(ana, session.id) == [session.head, there.id, after.id]

    def test_a_node_of_two_datasets_keeps_both_parents(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        right = add_dataset(
            elsewhere, session.id, "airlines", manifest=holding(put_block(elsewhere, session, b"airlines"))
        )
        joined = work(elsewhere, session, "joined", right.id)
        push(elsewhere, store, session)
        assert store.as_owner(ANA).node(joined.id).parents == (session.head, right.id)
        assert push(store, elsewhere, session).nodes == 0

    def test_both_parents_are_those_that_are_there(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        push(elsewhere, store, session)
        there, here = (
            add_dataset(
                place,
                session.id,
                "airlines",
                manifest=holding(put_block(place, session, b"airlines")),
                fingerprint="airlines",
            )
            for place in (store, elsewhere)
        )
        joined = work(elsewhere, session, "joined", here.id)
        push(elsewhere, store, session)
        assert there.id != here.id
        assert store.as_owner(ANA).node(joined.id).parents == (session.head, there.id)

    def test_commands_that_still_run_are_left_behind(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        claimed(elsewhere, submit(elsewhere, session.id))
        moved = push(elsewhere, store, session)
        assert moved.unfinished
        assert store.as_owner(ANA).tasks(session_id=session.id).items == []
        assert not store.as_owner(ANA).session_state(session.id).busy

    def test_the_head_is_not_moved_under_commands_that_run_there(
        self, store: Store, elsewhere: Store
    ) -> None:
        session = open_session(elsewhere)
        push(elsewhere, store, session)
        running = submit(store, session.id)
        fence = claimed(store, running)
        assert push(elsewhere, store, session).head is HeadThere.SAME
        work(elsewhere, session, "first")
        with pytest.raises(SessionBusy):
            push(elsewhere, store, session)
        assert len(store.as_owner(ANA).nodes(session.id).items) == 1
        store.ledger.finish_task(running.id, fence, TaskState.FAILURE)
        assert push(elsewhere, store, session).head is HeadThere.MOVED

    def test_another_owners_session_is_told_of_only_as_taken(self, store: Store, elsewhere: Store) -> None:
        session = open_session(elsewhere)
        push(elsewhere, store, session)
        with pytest.raises(SessionTaken) as error:
            copy_session(elsewhere.as_owner(ANA), store.as_owner(BEN), session.id, owner=BEN.id)
        assert "taken" in error.value.message
        assert ANA.id not in str(error.value.to_dict())
        assert store.as_owner(BEN).sessions().items == []
        assert store.as_owner(ANA).session(session.id) == session

    def test_another_owners_session_is_not_found(self, store: Store, elsewhere: Store) -> None:
        session = open_session(store)
        for wanted in (session.id, new_id()):
            with pytest.raises(SessionNotFound):
                copy_session(store.as_owner(BEN), elsewhere.as_owner(BEN), wanted, owner=BEN.id)

    def test_a_session_is_found_by_id_or_as_the_newest_of_its_name(self, store: Store) -> None:
        ana = store.as_owner(ANA)
        older, newer = (ana.create_session("flights") for _ in range(2))
        by_id = ana.create_session(older.id)
        assert find_session(ana, older.id) == older
        assert find_session(ana, "flights") == newer
        assert find_session(ana, by_id.id) == by_id
        with pytest.raises(SessionNotFound, match="Did you mean 'flights'"):
            find_session(ana, "flihgts")
        with pytest.raises(SessionNotFound, match="Give the id or the name"):
            find_session(store.as_owner(BEN), "flights")
