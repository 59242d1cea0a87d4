"""Which workers are alive: each says so in Redis every few seconds, under its own name."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.broker.access import KEY_PREFIX, brief_connection

if TYPE_CHECKING:
    from redis import Redis

    from workbench.settings import Settings

__all__ = ["HEARTBEAT_SECONDS", "alive_workers", "beat", "of_host", "retire", "workers_here"]

HEARTBEAT_SECONDS = 15
_NAMES = f"{KEY_PREFIX}workers"


def _key(name: str) -> str:
    return f"{KEY_PREFIX}worker:{name}"


def beat(redis: Redis, name: str) -> None:
    """Say that a worker is alive, for the next `HEARTBEAT_SECONDS`.

    Args:
        redis: A connection to the broker.
        name: The worker's, as Celery calls it.
    """
    with redis.pipeline(transaction=False) as pipe:
        pipe.set(_key(name), "alive", ex=HEARTBEAT_SECONDS)
        pipe.sadd(_NAMES, name)
        pipe.execute()


def retire(redis: Redis, name: str) -> None:
    """Say that a worker has stopped.

    Args:
        redis: A connection to the broker.
        name: The worker's, as Celery calls it.
    """
    with redis.pipeline(transaction=False) as pipe:
        pipe.delete(_key(name))
        pipe.srem(_NAMES, name)
        pipe.execute()


def alive_workers(redis: Redis) -> list[str]:
    """The names of the workers that are alive, in their order.

    Args:
        redis: A connection that decodes its answers.
    """
    # By the list of their names: looking for their keys would go through all that Redis holds.
    names = sorted(str(name) for name in redis.smembers(_NAMES))
    beats = redis.mget([_key(name) for name in names]) if names else []
    silent = [name for name, found in zip(names, beats, strict=True) if found is None]
    if silent:
        redis.srem(_NAMES, *silent)  # one that is alive puts itself back
    return [name for name in names if name not in silent]


def of_host(workers: Iterable[str], host: str) -> list[str]:
    """Choose the workers of one host; Celery's names end in ``@`` and the host.

    Example:
        >>> of_host(["workbench-1@a", "workbench-1@b", "workbench-2@b"], "b")
        ['workbench-1@b', 'workbench-2@b']
    """
    return [name for name in workers if name.rpartition("@")[2] == host]


def workers_here(settings: Settings) -> list[str]:
    """The workers of this host that are alive.

    Args:
        settings: With the broker's address.

    Raises:
        BrokerUnavailable: If it does not answer.
    """
    with brief_connection(settings) as redis:
        return of_host(alive_workers(redis), socket.gethostname())
