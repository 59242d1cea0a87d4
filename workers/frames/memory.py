"""How memory that was let go comes back to the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

__all__ = ["memory_given_back"]


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Let Arrow give memory back as soon as it is free, while a large table is made of a larger file.

    What one thread allocates and another frees, as the text of a column and its cast, Arrow's usual
    allocator keeps for the first thread, so that a process holds twice what it needs. jemalloc, told not to
    wait, holds little more than that, for some more work of the processor. Where pyarrow was built without
    it, nothing is changed.
    """
    try:
        pool = pa.jemalloc_memory_pool()
    except NotImplementedError:
        yield
        return
    before = pa.default_memory_pool()
    pa.jemalloc_set_decay_ms(0)
    pa.set_memory_pool(pool)
    try:
        yield
    finally:
        pa.set_memory_pool(before)
