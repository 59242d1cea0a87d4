"""What dead tasks left behind: it goes, and nothing that a node names or a task is about to."""

from __future__ import annotations

import hashlib

import pytest

from tests.contract.store.blobs import get, put
from tests.contract.store.support import (
    ANA,
    ATTEMPTS,
    BEN,
    LEASE,
    Clock,
    claim,
    claimed,
    command,
    make_node,
    opened,
    submit,
)
from workbench.ids import new_id
from workbench.models import Manifest, ManifestColumn, TaskState
from workbench.store.protocol import Discarded, Orphans, Store

DAY = 86_400.0


def write(store: Store, session_id: str, content: bytes) -> str:
    """Write a block as a task does; gives its key."""
    key = f"{ANA.id}/{session_id}/blocks/{hashlib.sha256(content).hexdigest()}.parquet"
    put(store.blobs, key, content)
    return key


def holding(block: str, selection: str | None = None) -> Manifest:
    column = ManifestColumn(name="a", dtype="Int64", block=block, field="a", selection=selection)
    return Manifest(rows=1, columns=(column,))


class OrphansContract:
    """A subclass gives the fixtures ``store`` and ``clock``."""

    @pytest.fixture
    def orphans(self, store: Store) -> Orphans:
        found = store.orphans
        assert found is not None
        return found

    @pytest.fixture
    def session_id(self, store: Store) -> str:
        session, _ = opened(store)
        return session.id

    def test_what_no_node_names_goes(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        left = [write(store, session_id, content) for content in (b"one", b"three")]
        clock.advance(DAY + 1)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded(2, 8)
        for key in left:
            with pytest.raises(KeyError):
                store.blobs.size(key)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()

    def test_what_a_killed_task_wrote_goes_once_the_task_has_ended(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        task = submit(store, session_id)
        for _ in range(ATTEMPTS):
            claimed(store, task)
            left = write(store, session_id, b"written, never committed")
            clock.advance(DAY + 1)
            assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        claim(store, task)  # which finds that it was tried often enough
        assert orphans.discard(session_id, older_than_seconds=DAY).blobs == 1
        with pytest.raises(KeyError):
            store.blobs.size(left)

    def test_blocks_and_selections_of_nodes_stay(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        block, selection = write(store, session_id, b"block"), write(store, session_id, b"selection")
        command(store, session_id, manifest=holding(block, selection))
        command(store, session_id)  # a later one, that names neither
        clock.advance(DAY + 1)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert (get(store.blobs, block), get(store.blobs, selection)) == (b"block", b"selection")

    def test_the_blocks_of_a_node_that_was_taken_back_stay(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        source = store.ledger.service_session(session_id).head
        block = write(store, session_id, b"taken back")
        command(store, session_id, move_head=False, manifest=holding(block))
        assert store.ledger.service_session(session_id).head == source
        clock.advance(DAY + 1)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, block) == b"taken back"

    def test_what_is_young_stays(self, store: Store, orphans: Orphans, session_id: str, clock: Clock) -> None:
        key = write(store, session_id, b"young")
        clock.advance(DAY)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, key) == b"young"

    def test_to_write_what_is_there_makes_it_young(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        key = write(store, session_id, b"again")
        clock.advance(DAY)
        write(store, session_id, b"again")
        clock.advance(DAY)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, key) == b"again"
        clock.advance(1)
        assert orphans.discard(session_id, older_than_seconds=DAY).blobs == 1

    @pytest.mark.parametrize("running", [False, True])
    def test_a_session_with_an_unfinished_task_is_left_as_it_is(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock, *, running: bool
    ) -> None:
        key = write(store, session_id, b"left behind")
        clock.advance(DAY + 1)
        task = submit(store, session_id)
        if running:
            fence = claimed(store, task)
            clock.advance(LEASE + 1)  # silent, but not yet given up
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, key) == b"left behind"
        if running:
            store.ledger.finish_task(task.id, fence, TaskState.FAILURE)
        else:
            store.as_owner(ANA).cancel_task(task.id)
        assert orphans.discard(session_id, older_than_seconds=DAY).blobs == 1

    def test_a_block_that_was_left_behind_and_is_named_since_stays(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        key = write(store, session_id, b"made twice")
        clock.advance(2 * DAY)
        task = submit(store, session_id)
        fence = claimed(store, task)
        assert write(store, session_id, b"made twice") == key
        head = store.ledger.service_session(session_id).head
        assert head is not None
        store.ledger.commit_node(task.id, fence, make_node(task, head, manifest=holding(key)), result={})
        clock.advance(2 * DAY)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, key) == b"made twice"

    def test_only_blocks_of_this_session_go(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        other, _ = opened(store)
        digest = hashlib.sha256(b"x").hexdigest()
        kept = [
            write(store, other.id, b"x"),
            f"{BEN.id}/{session_id}/blocks/{digest}.parquet",
            f"{ANA.id}/{session_id}/uploads/{digest}",
            f"{ANA.id}/{session_id}/blocks/by-another-name.parquet",
        ]
        for key in kept[1:]:
            put(store.blobs, key, b"x")
        gone = write(store, session_id, b"x")
        clock.advance(DAY + 1)
        assert orphans.discard(session_id, older_than_seconds=DAY) == Discarded(1, 1)
        assert sorted(store.blobs.keys("")) == sorted(kept)
        assert gone not in kept

    def test_no_more_go_at_once_than_asked_for(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        for number in range(5):
            write(store, session_id, bytes([number]))
        clock.advance(DAY + 1)
        found = [orphans.discard(session_id, older_than_seconds=DAY, limit=2).blobs for _ in range(4)]
        assert found == [2, 2, 1, 0]

    def test_a_session_that_is_not_there_is_left_as_it_is(
        self, store: Store, orphans: Orphans, session_id: str, clock: Clock
    ) -> None:
        unknown = new_id()
        key = write(store, unknown, b"nobody's")
        clock.advance(DAY + 1)
        assert orphans.discard(unknown, older_than_seconds=DAY) == Discarded()
        assert get(store.blobs, key) == b"nobody's"

    def test_sessions_are_gone_through_newest_first_whoever_they_are_of(
        self, store: Store, orphans: Orphans
    ) -> None:
        assert orphans.next_session(None) is None
        first = store.as_owner(ANA).create_session("first").id
        second = store.as_owner(BEN).create_session("second").id
        assert orphans.next_session(None) == second
        assert orphans.next_session(second) == first
        assert orphans.next_session(first) is None
        store.as_owner(ANA).delete_session(first)
        assert orphans.next_session(first) == second  # begins anew
