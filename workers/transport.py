"""The broker's door: of what lies on a queue, only the name and the id of a task come in.

Celery and kombu take whoever can write to the broker for a friend: what is no JSON, or JSON of another shape
than a message's, ends the worker. Here it is dropped, with a line in the log, and of a message nothing is
believed but which task it is for: the rest is written anew. A task whose message was spoiled is safe: the
sweep sends it again.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, get_args

import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as of_kombu

from workbench.ids import is_id
from workbench.models import TaskKind

__all__ = ["Channel", "Transport", "guard_the_door"]

_log = structlog.get_logger(__name__)

_TASKS = frozenset(f"workers.tasks.{kind}" for kind in get_args(TaskKind))
# What the decoding of something can raise that is no JSON, or holds objects in kombu's own notation.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, LookupError, RecursionError)


class Channel(of_kombu.Channel):
    """Reads the queues, and goes on after what it cannot read."""

    def _brpop_read(self, **options: Any) -> Any:
        transport: Transport = self.connection
        transport.delivering = False
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except _UNREADABLE as error:
            if transport.delivering:
                raise
            _log.warning("message dropped: it is not JSON", error=type(error).__name__)
            return None


class Transport(of_kombu.Transport):
    """Redis, as kombu speaks it, with a door."""

    Channel = Channel
    delivering = False

    def _deliver(self, message: Any, queue: str) -> None:
        self.delivering = True
        known = _read(message)
        if known is None:
            _log.warning("message dropped: it is not one of ours", queue=queue)
            return
        super()._deliver(_written(*known, queue), queue)  # type: ignore[no-untyped-call]


def guard_the_door() -> None:
    """Have this process read its broker, by whichever address, through ``Transport``."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__qualname__}"


def _read(message: Any) -> tuple[str, str] | None:
    """The name and the id of the task that a message is for; None if it is for none of ours."""
    match message:
        case {"content-type": "application/json", "headers": {"task": str(task), "id": str(task_id)}}:
            return (task, task_id) if task in _TASKS and is_id(task_id) else None
    return None


def _written(task: str, task_id: str, queue: str) -> dict[str, Any]:
    """A message of Celery's protocol, version 2.

    Source: https://docs.celeryq.dev/en/stable/internals/protocol.html
    """
    embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    body = json.dumps([[task_id], {}, embedded])
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": task_id,
            "root_id": task_id,
            "parent_id": None,
            "group": None,
            "retries": 0,
            "eta": None,
            "expires": None,
            "timelimit": [None, None],
            "argsrepr": repr([task_id]),
            "kwargsrepr": "{}",
        },
        "properties": {
            "correlation_id": task_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }
