"""Sessions and nodes as their owner sees them, and as nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.contract.store.support import (
    ANA,
    BEN,
    Clock,
    add_dataset,
    claimed,
    command,
    full_node,
    new_task,
    opened,
    submit,
)
from workbench.errors import InvalidParameter, NodeNotFound, NotFound, SessionNotFound, TaskNotFound
from workbench.ids import new_id
from workbench.store.protocol import HeadMove, OwnerStore, Store

Call = Callable[[OwnerStore, str], object]

BY_ID: dict[str, tuple[type[NotFound], Call]] = {
    "session": (SessionNotFound, lambda owner, id_: owner.session(id_)),
    "sessions after": (SessionNotFound, lambda owner, id_: owner.sessions(after=id_)),
    "rename_session": (SessionNotFound, lambda owner, id_: owner.rename_session(id_, "mine")),
    "delete_session": (SessionNotFound, lambda owner, id_: owner.delete_session(id_)),
    "undo": (SessionNotFound, lambda owner, id_: owner.move_head(id_, HeadMove.UNDO)),
    "redo": (SessionNotFound, lambda owner, id_: owner.move_head(id_, HeadMove.REDO)),
    "checkout in": (SessionNotFound, lambda owner, id_: owner.move_head(id_, HeadMove.CHECKOUT, id_)),
    "nodes": (SessionNotFound, lambda owner, id_: owner.nodes(id_)),
    "submit_task": (SessionNotFound, lambda owner, id_: owner.submit_task(new_task(id_))),
    "tasks of": (SessionNotFound, lambda owner, id_: owner.tasks(session_id=id_)),
    "node": (NodeNotFound, lambda owner, id_: owner.node(id_)),
    "path": (NodeNotFound, lambda owner, id_: owner.path(id_)),
    "task": (TaskNotFound, lambda owner, id_: owner.task(id_)),
    "tasks after": (TaskNotFound, lambda owner, id_: owner.tasks(after=id_)),
    "cancel_task": (TaskNotFound, lambda owner, id_: owner.cancel_task(id_)),
}
# These take a node beside a session, which is the caller's own.
BY_NODE: dict[str, Callable[[OwnerStore, str, str], object]] = {
    "checkout": lambda owner, session, id_: owner.move_head(session, HeadMove.CHECKOUT, id_),
    "nodes after": lambda owner, session, id_: owner.nodes(session, after=id_),
    "submit_task at": lambda owner, session, id_: owner.submit_task(
        new_task(session, payload={"node_id": id_, "plan": []})
    ),
}


class SessionsContract:
    """Reading, listing, renaming, deleting; ownership."""

    def test_a_new_session_is_empty(self, store: Store, clock: Clock) -> None:
        session = store.as_owner(ANA).create_session("Flüge 2013 ✈")
        assert (session.owner, session.name, session.head, session.datasets) == (
            ANA.id,
            "Flüge 2013 ✈",
            None,
            {},
        )
        assert not session.can_undo
        assert not session.can_redo
        assert session.created_at == session.updated_at == clock()
        assert session.created_at.utcoffset() == timedelta(0)
        assert store.as_owner(ANA).session(session.id) == session
        assert store.ledger.service_session(session.id) == session
        assert store.as_owner(ANA).nodes(session.id).items == []

    def test_renaming_changes_the_name_alone(self, store: Store, clock: Clock) -> None:
        session, _source = opened(store)
        clock.advance(5)
        renamed = store.as_owner(ANA).rename_session(session.id, "delays")
        assert renamed == session.model_copy(update={"name": "delays", "updated_at": clock()})
        assert store.as_owner(ANA).session(session.id) == renamed

    def test_sessions_are_listed_newest_first_page_by_page(self, store: Store) -> None:
        ana = store.as_owner(ANA)
        made = [ana.create_session(f"session {number}") for number in range(5)]
        store.as_owner(BEN).create_session("another")
        first = ana.sessions(limit=2)
        second = ana.sessions(limit=2, after=first.next)
        third = ana.sessions(limit=2, after=second.next)
        assert [*first.items, *second.items, *third.items] == made[::-1]
        assert third.next is None
        assert ana.sessions(limit=5).next is None

    def test_nodes_are_listed_oldest_first_page_by_page(self, store: Store) -> None:
        session, source = opened(store)
        made = [source, *(command(store, session.id).node for _ in range(4))]
        ana = store.as_owner(ANA)
        first = ana.nodes(session.id, limit=3)
        second = ana.nodes(session.id, limit=3, after=first.next)
        assert [*first.items, *second.items] == made
        assert second.next is None

    def test_a_page_without_items_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidParameter):
            store.as_owner(ANA).sessions(limit=0)

    def test_a_node_comes_back_as_it_was_given(self, store: Store) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        node = full_node(task, source.id)
        committed = store.ledger.commit_node(task.id, claimed(store, task), node, result={})
        read = store.as_owner(ANA).node(node.id)
        assert committed.node == read == node
        assert store.ledger.service_node(node.id) == node
        assert read.created_at.utcoffset() == timedelta(0)

    def test_a_path_follows_first_parents(self, store: Store) -> None:
        session, source = opened(store)
        other = add_dataset(store, session.id, "airlines")
        first = command(store, session.id).node
        task = submit(store, session.id)
        joined = full_node(task, first.id, other.id)
        store.ledger.commit_node(task.id, claimed(store, task), joined, result={})
        assert store.as_owner(ANA).path(joined.id) == [source, first, joined]
        assert store.as_owner(ANA).path(source.id) == [source]

    def test_datasets_are_the_latest_of_each_name(self, store: Store) -> None:
        session, _flights = opened(store)
        airlines = add_dataset(store, session.id, "airlines")
        again = add_dataset(store, session.id, "flights")
        command(store, session.id)
        assert store.as_owner(ANA).session(session.id).datasets == {
            "flights": again.id,
            "airlines": airlines.id,
        }

    def test_a_dataset_that_is_opened_again_is_the_latest(self, store: Store) -> None:
        session = store.as_owner(ANA).create_session("flights")
        first = add_dataset(store, session.id, "flights", fingerprint="one")
        add_dataset(store, session.id, "flights", fingerprint="two")
        assert add_dataset(store, session.id, "flights", fingerprint="one") == first
        assert store.as_owner(ANA).session(session.id).datasets == {"flights": first.id}

    def test_one_fingerprint_in_two_sessions_is_two_nodes(self, store: Store) -> None:
        sessions = [store.as_owner(ANA).create_session(name) for name in "ab"]
        nodes = [add_dataset(store, session.id, fingerprint="the same") for session in sessions]
        assert nodes[0].id != nodes[1].id

    def test_deleting_a_session_deletes_what_is_in_it(self, store: Store) -> None:
        session, source = opened(store)
        kept, kept_node = opened(store)
        running = submit(store, session.id)
        ana = store.as_owner(ANA)
        ana.delete_session(session.id)
        with pytest.raises(SessionNotFound):
            ana.session(session.id)
        with pytest.raises(NodeNotFound):
            ana.node(source.id)
        with pytest.raises(TaskNotFound):
            ana.task(running.id)
        assert [found.id for found in ana.sessions().items] == [kept.id]
        assert ana.node(kept_node.id) == kept_node
        with pytest.raises(SessionNotFound):
            ana.delete_session(session.id)

    @pytest.mark.parametrize("name", BY_ID)
    def test_what_is_another_users_is_as_unknown(self, store: Store, name: str) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        missing, call = BY_ID[name]
        theirs = {SessionNotFound: session.id, NodeNotFound: source.id, TaskNotFound: task.id}[missing]
        unknown = new_id()
        ben = store.as_owner(BEN)
        with pytest.raises(missing) as other:
            call(ben, theirs)
        with pytest.raises(missing) as nobody:
            call(ben, unknown)
        told = str(other.value.to_dict()).replace(theirs, "…")
        assert told == str(nobody.value.to_dict()).replace(unknown, "…")
        assert store.as_owner(ANA).session(session.id) == session
        assert store.as_owner(ANA).task(task.id) == task

    @pytest.mark.parametrize("name", BY_NODE)
    def test_a_node_of_another_session_is_as_unknown(self, store: Store, name: str) -> None:
        session, _ = opened(store)
        _, elsewhere = opened(store)
        told = set()
        for id_ in (elsewhere.id, new_id()):
            with pytest.raises(NodeNotFound) as error:
                BY_NODE[name](store.as_owner(ANA), session.id, id_)
            told.add(str(error.value.to_dict()).replace(id_, "…"))
        assert len(told) == 1

    def test_lists_hold_what_is_the_owners(self, store: Store) -> None:
        session, _ = opened(store)
        submit(store, session.id)
        ben = store.as_owner(BEN)
        assert ben.sessions().items == []
        assert ben.tasks().items == []

    @pytest.mark.parametrize("call", ["service_session", "service_node"])
    def test_the_service_does_not_find_what_is_not_there(self, store: Store, call: str) -> None:
        missing = SessionNotFound if call == "service_session" else NodeNotFound
        with pytest.raises(missing):
            getattr(store.ledger, call)(new_id())

    def test_text_is_kept_as_it_is(self, store: Store) -> None:
        name = "'; DROP TABLE sessions; --\n\t\"%_\\ 漢字 😀"
        session = store.as_owner(ANA).create_session(name)
        assert store.as_owner(ANA).session(session.id).name == name

    def test_text_that_is_not_unicode_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidParameter):
            store.as_owner(ANA).create_session("half of a pair: \ud83d")
        assert store.as_owner(ANA).sessions().items == []
