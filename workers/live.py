"""Live progress and worker heartbeats, in Redis: fast, and lost without harm.

The store's row is the truth of a task; this is only how far it is. So nothing here may fail a task:
``LiveBoard.publish`` logs an outage and goes on.
"""

from __future__ import annotations

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from workbench.broker.access import KEY_PREFIX, broker_error
from workbench.broker.heartbeat import alive_workers, beat, retire
from workbench.errors import BrokerUnavailable
from workbench.models import TaskState
from workbench.settings import Settings

__all__ = ["KEY_PREFIX", "LIVE_CHANNEL", "LiveBoard", "LiveStatus", "live_key"]

LIVE_CHANNEL = f"{KEY_PREFIX}live"
_KEEP_SECONDS = 86_400

_log = structlog.get_logger(__name__)


def live_key(task_id: str) -> str:
    """The key under which a task's latest status lies."""
    return f"{KEY_PREFIX}live:{task_id}"


class LiveStatus(BaseModel):
    """How far a task is, as of now."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    status: TaskState
    progress: int
    message: str
    stage: str


class LiveBoard:
    """Reads and writes live progress.

    Args:
        settings: Says where the broker is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A bounded wait, once: a status that cannot be written now is replaced by the next one.
        self._redis: Redis = Redis.from_url(
            settings.live_url,
            socket_timeout=2,
            socket_connect_timeout=1,
            health_check_interval=25,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
        )

    def publish(self, status: LiveStatus) -> None:
        """Write a status, and tell those who wait for it. An outage is logged, never raised."""
        text = status.model_dump_json()
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(live_key(status.task_id), text, ex=_KEEP_SECONDS)
                pipe.publish(LIVE_CHANNEL, text)
                pipe.execute()
        except RedisError as error:
            _log.warning("progress not published", task_id=status.task_id, error=str(error))

    def read(self, task_id: str) -> LiveStatus | None:
        """Read a task's latest status, if Redis has one; what is none is logged, and as if it were not there.

        Raises:
            BrokerUnavailable: If Redis does not answer.
        """
        try:
            text = self._redis.get(live_key(task_id))
        except RedisError as error:
            raise broker_error(error, self._settings) from error
        try:
            return LiveStatus.model_validate_json(str(text)) if text else None
        except ValidationError:
            _log.warning("a live status is none", task_id=task_id)
            return None

    def beat(self, name: str) -> None:
        """Say that a worker is alive. An outage is logged, never raised."""
        try:
            beat(self._redis, name)
        except RedisError as error:
            _log.warning("heartbeat not written", worker=name, error=str(error))

    def retire(self, name: str) -> None:
        """Say that a worker has stopped. An outage is logged, never raised."""
        try:
            retire(self._redis, name)
        except RedisError as error:
            _log.warning("heartbeat not removed", worker=name, error=str(error))

    def workers(self) -> list[str]:
        """The workers that are alive, by name.

        Raises:
            BrokerUnavailable: If Redis does not answer.
        """
        try:
            return alive_workers(self._redis)
        except RedisError as error:
            raise broker_error(error, self._settings) from error

    def ping(self) -> None:
        """Return if Redis answers and keeps what it is given.

        Raises:
            BrokerUnavailable: If it does not answer, or is set to drop keys when memory is full.
        """
        try:
            policy = self._policy()
        except RedisError as error:
            raise broker_error(error, self._settings) from error
        if policy != "noeviction":
            raise BrokerUnavailable(
                f"The broker drops messages when its memory is full (maxmemory-policy {policy}).",
                "Set maxmemory-policy to noeviction.",
                policy=policy,
            )

    def _policy(self) -> str:
        """What becomes of keys when memory is full; where we may not ask, the best is supposed."""
        try:
            return str(self._redis.info("memory").get("maxmemory_policy", "noeviction"))
        except ResponseError:
            self._redis.ping()
            return "noeviction"

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
