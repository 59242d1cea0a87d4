"""Waiting for a task without asking again and again: one subscription wakes all who wait.

The subscription says how far a task is while it runs; how it ended is read from the store. Nothing is wrong
when the broker is away or a message is lost: those who wait look again by themselves.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import structlog

from workbench.models import TaskState
from workers.live import LIVE_CHANNEL, LiveStatus

if TYPE_CHECKING:
    from redis.asyncio.client import PubSub

__all__ = ["LiveUpdates", "News"]

_RECONNECT_SECONDS = 1.0
_LISTEN_SECONDS = 5.0
_RECHECK_CONNECTED_SECONDS = 5.0
_RECHECK_ALONE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class News:
    """What comes in about a task, for one who waits for it."""

    def __init__(self) -> None:
        self._came = asyncio.Event()
        self._status: LiveStatus | None = None
        self._look = False

    def hear(self, status: LiveStatus) -> None:
        """Take in how far the task is; of what nobody has taken, the latest counts."""
        self._status = status
        self._came.set()

    def look(self) -> None:
        """Something may have been missed: whoever waits should look for themselves."""
        self._look = True
        self._came.set()

    async def take(self, seconds: float) -> LiveStatus | None:
        """Wait for what comes; None where that was nothing, or where to look is better than to hear."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._came.wait()
        status = None if self._look else self._status
        self._status, self._look = None, False
        self._came.clear()
        return status


class LiveUpdates:
    """The subscription of one process to the live channel.

    Args:
        url: The broker, in redis-py's spelling.
        on_end: Called with the status of each task that ends while this process listens.
    """

    def __init__(self, url: str, on_end: Callable[[TaskState], None] = lambda _: None) -> None:
        self._url = url
        self._on_end = on_end
        self._waiting: dict[str, set[News]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._connected: bool | None = None
        self.closing = False

    @property
    def recheck_seconds(self) -> float:
        """After how long those who wait should look again by themselves."""
        return _RECHECK_CONNECTED_SECONDS if self._connected else _RECHECK_ALONE_SECONDS

    @contextmanager
    def watch(self, task_id: str) -> Iterator[News]:
        """Get the news about a task, from now on.

        Enter before looking at the task, so that nothing falls between looking and waiting.
        """
        news = News()
        everybodys = self._waiting[task_id]
        everybodys.add(news)
        try:
            yield news
        finally:
            everybodys.discard(news)
            if not everybodys:
                self._waiting.pop(task_id, None)

    async def wait(self, news: News, seconds: float) -> LiveStatus | None:
        """Wait for news, at most some seconds, at most until it is time to look again.

        Returns:
            How far the task is, or None where nothing is known that is new: look for yourself.
        """
        return None if self.closing else await news.take(min(seconds, self.recheck_seconds))

    def close(self) -> None:
        """Send everybody home: nobody waits any more, so that the process can end at once."""
        self.closing = True
        self._wake_all()

    def _wake_all(self) -> None:
        for everybodys in self._waiting.values():
            for news in everybodys:
                news.look()

    def _wake(self, message: dict[str, Any]) -> None:
        live = LiveStatus.model_validate_json(message["data"])
        if live.status.ended:
            self._on_end(live.status)
        for news in self._waiting.get(live.task_id, ()):
            news.hear(live)

    async def _run(self) -> None:
        # Imported here: it takes as long as the rest of this package together.
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        while True:
            redis = Redis.from_url(self._url, socket_connect_timeout=3, health_check_interval=10)
            try:
                async with redis, redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(LIVE_CHANNEL)
                    await self._listen(pubsub)
            except (RedisError, OSError) as error:
                if self._connected is not False:
                    _log.warning("no live updates; reading the store once a second", error=str(error))
                self._lost()
            except Exception:  # noqa: BLE001 - one strange message must not end the waking for good
                _log.exception("live updates failed")
                self._lost()
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self, pubsub: PubSub) -> None:
        _log.info("live updates connected")
        self._connected = True
        self._wake_all()  # what was published before is not seen again
        while True:
            message = await pubsub.get_message(timeout=_LISTEN_SECONDS)
            if message is not None:
                self._wake(message)

    def _lost(self) -> None:
        self._connected = False
        self._wake_all()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="live updates")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
