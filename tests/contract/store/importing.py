"""Taking in a session: what is refused, and what a repeated call does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.contract.store.support import ANA, BEN, make_node
from tests.support.sessions_to_move import holding, open_session, work
from workbench.errors import InvalidParameter, SessionNotFound, SessionTaken, SessionWentOn
from workbench.ids import new_id
from workbench.models import NodeRecord, SessionRecord, TaskRecord
from workbench.store.protocol import SessionState, Store

NOW = datetime(2026, 2, 1, 12, 0, 0, 654321, tzinfo=UTC)


def new_node(session_id: str, *parents: str, block: str | None = None) -> NodeRecord:
    task = TaskRecord(
        id=new_id(), owner=ANA.id, session_id=session_id, kind="apply_transformation", created_at=NOW
    )
    return make_node(task, *parents, manifest=holding(block or f"{ANA.id}/{session_id}/blocks/1.parquet"))


def state_of(*nodes: NodeRecord) -> SessionState:
    """A session of Ana's whose head has been at these nodes."""
    history = tuple(node.id for node in nodes)
    session = SessionRecord(
        id=nodes[0].session_id, owner=ANA.id, name="Flüge ✈", datasets={"flights": history[0]},
        head=history[-1], can_undo=len(history) > 1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return SessionState(session, history, len(history))


def in_session(state: SessionState, **fields: object) -> SessionState:
    return replace(state, session=state.session.model_copy(update=fields))


FORGED_NODES: dict[str, Callable[[NodeRecord], NodeRecord]] = {
    "another owner": lambda node: node.model_copy(update={"owner": BEN.id}),
    "another session": lambda node: node.model_copy(update={"session_id": new_id()}),
    "an unknown parent": lambda node: node.model_copy(update={"parents": (*node.parents, new_id())}),
}
FORGED_KEYS = {
    "another owner's": f"{BEN.id}/{{session}}/blocks/1.parquet",
    "another session's": f"{ANA.id}/{BEN.id}/blocks/1.parquet",
    "a way up": f"{ANA.id}/{{session}}/blocks/../1.parquet",
    "a folder": f"{ANA.id}/{{session}}/blocks/more/1.parquet",
    "an upload": f"{ANA.id}/{{session}}/uploads/1",
    "a line more": f"{ANA.id}/{{session}}/blocks/1.parquet\n",
}
FORGED_STATES: dict[str, Callable[[SessionState], SessionState]] = {
    "another owner": lambda state: in_session(state, owner=BEN.id),
    "a history elsewhere": lambda state: replace(state, history=(*state.history, new_id())),
    "a dataset elsewhere": lambda state: in_session(state, datasets={"flights": new_id()}),
    "a head before its history": lambda state: replace(state, position=0),
    "a head behind its history": lambda state: replace(state, position=len(state.history) + 1),
}


class ImportingContract:
    """A subclass gives ``store``."""

    def test_a_session_is_taken_in_as_it_was_given(self, store: Store) -> None:
        session_id = new_id()
        source = new_node(session_id)
        node = new_node(session_id, source.id)
        state = state_of(source, node)
        ana = store.as_owner(ANA)
        taken = ana.import_session(state, [source, node], before=None)
        assert taken == state == ana.session_state(session_id)
        assert ana.session(session_id) == state.session
        assert ana.nodes(session_id).items == [source, node]
        assert ana.import_session(state, [source, node], before=None) == taken
        assert ana.import_session(state, [source, node], before=taken) == taken

    def test_a_state_is_its_owners(self, store: Store) -> None:
        session = open_session(store)
        for asked in (session.id, new_id(), "no id"):
            with pytest.raises(SessionNotFound):
                store.as_owner(BEN).session_state(asked)

    def test_a_session_that_is_not_as_it_was_seen_is_left_alone(self, store: Store) -> None:
        session = open_session(store)
        ana = store.as_owner(ANA)
        seen = ana.session_state(session.id)
        work(store, session, "meanwhile")
        more = new_node(session.id, seen.history[0])
        after = replace(seen, history=(*seen.history, more.id), position=2)
        for before in (seen, None):
            with pytest.raises(SessionWentOn):
                ana.import_session(after, [more], before=before)
        assert len(ana.nodes(session.id).items) == 2

    def test_a_session_that_is_gone_is_not_made_again(self, store: Store) -> None:
        session = open_session(store)
        ana = store.as_owner(ANA)
        seen = ana.session_state(session.id)
        ana.delete_session(session.id)
        with pytest.raises(SessionWentOn):
            ana.import_session(seen, before=seen)
        assert ana.sessions().items == []

    def test_a_node_that_was_made_there_meanwhile_is_noticed(self, store: Store) -> None:
        session = open_session(store)
        ana = store.as_owner(ANA)
        made = work(store, session, "sorted", fingerprint="sorted", move_head=False)
        seen = ana.session_state(session.id)
        with pytest.raises(SessionWentOn):
            ana.import_session(seen, [made.model_copy(update={"id": new_id()})], before=seen)

    @pytest.mark.parametrize("forgery", FORGED_NODES)
    def test_a_node_of_something_else_is_refused(self, store: Store, forgery: str) -> None:
        self._refused(store, FORGED_NODES[forgery])

    @pytest.mark.parametrize("part", ["block", "selection"])
    @pytest.mark.parametrize("forgery", FORGED_KEYS)
    def test_a_block_of_something_else_is_refused(self, store: Store, forgery: str, part: str) -> None:
        def forged(node: NodeRecord) -> NodeRecord:
            own = node.manifest.columns[0].block
            keys = {"block": own, part: FORGED_KEYS[forgery].format(session=node.session_id)}
            manifest = holding(own, keys["block"])
            if part == "selection":
                manifest = holding(own, selection=keys["selection"])
            return node.model_copy(update={"manifest": manifest})

        self._refused(store, forged)

    @pytest.mark.parametrize("forgery", FORGED_STATES)
    def test_a_place_elsewhere_is_refused(self, store: Store, forgery: str) -> None:
        session = open_session(store)
        ana = store.as_owner(ANA)
        seen = ana.session_state(session.id)
        with pytest.raises(InvalidParameter):
            ana.import_session(FORGED_STATES[forgery](seen), before=seen)
        assert ana.session_state(session.id) == seen

    def test_ids_of_others_are_taken(self, store: Store) -> None:
        session = open_session(store)
        theirs = store.as_owner(ANA).session_state(session.id)
        ben = store.as_owner(BEN)
        with pytest.raises(SessionTaken):
            ben.import_session(in_session(theirs, owner=BEN.id), before=None)
        own = ben.create_session("mine")
        seen = ben.session_state(own.id)
        block = f"{BEN.id}/{own.id}/blocks/1.parquet"
        forged = new_node(own.id, block=block).model_copy(update={"id": theirs.history[0], "owner": BEN.id})
        with pytest.raises(SessionTaken) as error:
            ben.import_session(seen, [forged], before=seen)
        assert ANA.id not in str(error.value.to_dict())
        assert ben.nodes(own.id).items == []
        assert store.as_owner(ANA).node(theirs.history[0]).owner == ANA.id

    def _refused(self, store: Store, forge: Callable[[NodeRecord], NodeRecord]) -> None:
        """A forged node is refused, together with what came along with it."""
        session = open_session(store)
        ana = store.as_owner(ANA)
        seen = ana.session_state(session.id)
        good = new_node(session.id, seen.history[0])
        with pytest.raises(InvalidParameter):
            ana.import_session(seen, [good, forge(new_node(session.id, good.id))], before=seen)
        assert [node.id for node in ana.nodes(session.id).items] == list(seen.history)
        assert ana.import_session(seen, [good, new_node(session.id, good.id)], before=seen) == seen
