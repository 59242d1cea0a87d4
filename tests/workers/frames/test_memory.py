"""Arrow's allocator while a file is read, and afterwards."""

import pyarrow as pa
import pytest

from workers.frames.memory import memory_given_back


def test_arrow_takes_the_allocator_that_gives_back_and_then_its_own_again():
    before = pa.default_memory_pool().backend_name
    with memory_given_back():
        assert pa.default_memory_pool().backend_name == "jemalloc"
    assert pa.default_memory_pool().backend_name == before
    with pytest.raises(ZeroDivisionError), memory_given_back():
        _ = 1 / 0
    assert pa.default_memory_pool().backend_name == before


def test_where_pyarrow_has_no_such_allocator_nothing_changes(monkeypatch):
    def absent():
        raise NotImplementedError

    before = pa.default_memory_pool().backend_name
    monkeypatch.setattr(pa, "jemalloc_memory_pool", absent)
    with memory_given_back():
        assert pa.default_memory_pool().backend_name == before
