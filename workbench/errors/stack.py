"""Parts of the stack that do not answer, and tasks that end without a result."""

from __future__ import annotations

from workbench.errors.base import WorkbenchError

__all__ = [
    "ApiUnavailable",
    "BrokerRefused",
    "BrokerUnavailable",
    "LeaseLost",
    "OutOfMemory",
    "PartFailed",
    "StoreDamaged",
    "StoreFull",
    "StoreKeyRefused",
    "StoreNotMigrated",
    "StoreUnavailable",
    "TaskCancelled",
    "TaskEnded",
    "TaskTimedOut",
    "Unavailable",
    "WorkerLost",
    "WorkerUnavailable",
]


class Unavailable(WorkbenchError):
    """A part of the stack does not answer."""

    code, status, title = "unavailable", 503, "A part of the workbench does not answer"


class StoreUnavailable(Unavailable):
    """The store does not answer."""

    code, title = "store_unavailable", "The store does not answer"


class StoreNotMigrated(StoreUnavailable):
    """The store has not the tables and functions that this version works with."""

    code, title = "store_not_migrated", "The store is not set up for this version"


class StoreKeyRefused(StoreUnavailable):
    """The store does not accept the workbench's own key, or the key is of the wrong kind."""

    code, title = "store_key_refused", "The store refuses the key of the workbench"


class StoreFull(StoreUnavailable):
    """The store's plan, quota or disk allows no more."""

    code, status, title = "store_full", 507, "The store is full"


class StoreDamaged(StoreUnavailable):
    """The store has lost something that it was given, or does not give it back as it was."""

    code, title = "store_damaged", "The store has lost data"


class BrokerUnavailable(Unavailable):
    """The broker does not answer."""

    code, title = "broker_unavailable", "The broker does not answer"


class BrokerRefused(BrokerUnavailable):
    """The broker is there, but password, certificate or protocol are wrong: waiting does not help."""

    code, title = "broker_refused", "The broker refuses the connection"


class WorkerUnavailable(Unavailable):
    """No worker is running: tasks are taken, and wait."""

    code, title = "worker_unavailable", "No worker is running"


class ApiUnavailable(Unavailable):
    """The API does not answer (raised by the client)."""

    code, title = "api_unavailable", "The workbench does not answer"


class PartFailed(Unavailable):
    """A part of the embedded stack does not stay up."""

    code, title = "part_failed", "A part of the workbench does not stay up"


class TaskEnded(WorkbenchError):
    """A task ended without a result."""

    code, status, title = "task_ended", 500, "The task ended without a result"


class TaskCancelled(TaskEnded):
    """The task was cancelled by its owner."""

    code, status, title = "task_cancelled", 409, "The task was cancelled"


class WorkerLost(TaskEnded):
    """The worker died at this task, more than once."""

    code, title = "worker_lost", "The worker was lost"


class TaskTimedOut(TaskEnded):
    """The task took longer than it may."""

    code, title = "task_timed_out", "The task took too long"


class OutOfMemory(TaskEnded):
    """The task needs more memory than the worker has."""

    code, status, title = "out_of_memory", 507, "The worker has too little memory"


class LeaseLost(TaskEnded):
    """Another worker has taken the task over; this one's work is void."""

    code, title = "lease_lost", "Another worker has taken the task over"
