"""The owner's face of the blobs: their own, and no others."""

from __future__ import annotations

import pytest

from tests.contract.store.blobs import get, put
from tests.contract.store.support import ANA, BEN
from workbench.errors import WorkbenchError
from workbench.ids import new_id
from workbench.store.protocol import Store


def key_of(owner: str, name: str, session_id: str) -> str:
    return f"{owner}/{session_id}/blocks/{name}"


class OwnedBlobsContract:
    """A subclass gives the fixture ``store``."""

    def test_an_owner_writes_reads_and_deletes_their_own(self, store: Store) -> None:
        blobs, key = store.as_owner(ANA).blobs, key_of(ANA.id, "1", new_id())
        put(blobs, key, b"mine")
        put(blobs, key, b"again")
        assert (get(blobs, key), blobs.size(key)) == (b"mine", 4)
        assert get(store.blobs, key) == b"mine"
        for _ in range(2):
            blobs.delete(key)
        with pytest.raises(KeyError):
            blobs.size(key)

    def test_what_a_worker_wrote_is_the_owners(self, store: Store) -> None:
        key = key_of(ANA.id, "1", new_id())
        put(store.blobs, key, b"made for ana")
        assert get(store.as_owner(ANA).blobs, key) == b"made for ana"

    def test_what_is_another_users_is_as_if_it_were_not_there(self, store: Store) -> None:
        key = key_of(ANA.id, "1", new_id())
        put(store.as_owner(ANA).blobs, key, b"ana's")
        blobs = store.as_owner(BEN).blobs
        with pytest.raises(KeyError), blobs.open(key):
            pass
        with pytest.raises(KeyError):
            blobs.size(key)
        assert list(blobs.keys(key)) == []
        blobs.delete(key)
        assert get(store.blobs, key) == b"ana's"

    def test_nobody_writes_into_anothers_folder(self, store: Store) -> None:
        session_id = new_id()
        there, free = key_of(ANA.id, "1", session_id), key_of(ANA.id, "2", session_id)
        put(store.blobs, there, b"ana's")
        for key in (there, free, f"{ANA.id}x/{session_id}/blocks/3"):
            with pytest.raises(WorkbenchError), store.as_owner(BEN).blobs.create(key) as stream:
                stream.write(b"ben's")
        assert list(store.blobs.keys(ANA.id)) == [there]
        assert get(store.blobs, there) == b"ana's"

    def test_an_owner_finds_their_own_by_any_prefix(self, store: Store) -> None:
        session_id = new_id()
        mine, theirs = (key_of(owner.id, "1", session_id) for owner in (ANA, BEN))
        for key in (mine, theirs):
            put(store.blobs, key, b"")
        blobs = store.as_owner(ANA).blobs
        for prefix in ("", ANA.id[:8], f"{ANA.id}/", f"{ANA.id}/{session_id}/", mine):
            assert list(blobs.keys(prefix)) == [mine]
        for prefix in ("else", f"{BEN.id}/", theirs, f"{ANA.id}/{new_id()}/"):
            assert list(blobs.keys(prefix)) == []
