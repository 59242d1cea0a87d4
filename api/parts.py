"""What one API process holds open, from its start to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from api.auth import Authenticator, open_authenticator
from api.live import LiveUpdates
from api.metrics import Metrics
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Store
from workers.chores import chores
from workers.live import LiveBoard
from workers.sending import Sender
from workers.sweep import Sweep, sweeper

if TYPE_CHECKING:
    from workers.frames.cache import ColumnCache

__all__ = ["Parts", "open_parts"]


@dataclass(frozen=True)
class Parts:
    """The connections that requests share.

    Args:
        settings: What is set.
        store: Rows and blobs.
        sender: Publishes tasks.
        board: Reads live progress.
        live: Wakes those who wait for a task.
        authenticator: Tells who is calling.
        metrics: Counts.
    """

    settings: Settings
    store: Store
    sender: Sender
    board: LiveBoard
    live: LiveUpdates
    authenticator: Authenticator
    metrics: Metrics

    @cached_property
    def columns(self) -> ColumnCache:
        """Columns of large tables, at hand on this machine."""
        from workers.frames.cache import ColumnCache  # and Arrow with it, which not every request needs

        return ColumnCache(self.settings.cache, self.settings.cache_bytes)


@asynccontextmanager
async def open_parts(
    settings: Settings, metrics: Metrics, store: Store | None = None
) -> AsyncIterator[Parts]:
    """Open the parts, with the subscription and the sweep running beside them.

    Args:
        settings: Where everything is.
        metrics: Counts.
        store: A store to use, which stays open; otherwise one is opened, and closed at the end.

    Yields:
        The parts.
    """
    async with AsyncExitStack() as stack:
        authenticator = await stack.enter_async_context(open_authenticator(settings))
        if store is None:
            store = await run_in_threadpool(open_store, settings)
            stack.callback(store.close)
        board = LiveBoard(settings)
        stack.callback(board.close)
        sender = stack.enter_context(Sender(settings))
        live = await stack.enter_async_context(
            LiveUpdates(settings.live_url, lambda status: metrics.ended(status.value))
        )
        if sweeper(settings) == "api":
            tidying = chores(settings, store)
            stack.enter_context(
                Sweep(sender, store.ledger, every_seconds=settings.sweep_seconds, chores=tidying)
            )
        yield Parts(
            settings=settings,
            store=store,
            sender=sender,
            board=board,
            live=live,
            authenticator=authenticator,
            metrics=metrics,
        )
