"""What every store says when it refuses: one sentence each, whichever store it is."""

from __future__ import annotations

from workbench.errors import (
    IdempotencyConflict,
    InvalidParameter,
    LeaseLost,
    NothingToRedo,
    NothingToUndo,
    SessionBusy,
    SessionEmpty,
    SessionTaken,
    SessionWentOn,
    TaskCancelled,
    TooManyTasks,
    WorkerLost,
)
from workbench.store.limits import OPEN_TASKS_OF_OWNER, OPEN_TASKS_OF_SESSION

__all__ = [
    "cancelled_by_owner",
    "cancelled_while_pending",
    "checkout_needs_node",
    "foreign_node",
    "idempotency_conflict",
    "import_refused",
    "lease_lost",
    "move_without_steps",
    "not_json",
    "not_unicode",
    "nothing_to_redo",
    "nothing_to_undo",
    "page_without_items",
    "session_busy",
    "session_empty",
    "session_taken",
    "session_went_on",
    "status_not_final",
    "task_id_taken",
    "task_without_session",
    "too_many_tasks",
    "too_many_tasks_of_session",
    "worker_lost",
]


def session_busy() -> SessionBusy:
    """The head is to move while tasks of the session have not ended."""
    return SessionBusy(
        "Commands of the session are waiting or running.",
        "Wait for them to end, or cancel them, before you move the head.",
    )


def session_empty(session_id: str) -> SessionEmpty:
    """A command before any data."""
    return SessionEmpty("The session has no data yet.", "Open a file in it first.", id=session_id)


def nothing_to_undo(steps: int = 0) -> NothingToUndo:
    """The head has nowhere to go back to, or not so far."""
    if steps:
        return NothingToUndo(
            f"The head can go back by {steps} at most.", "Undo fewer, or go back to the start.", steps=steps
        )
    return NothingToUndo("The head is where the session began.", "Check out a node to go elsewhere.")


def nothing_to_redo(steps: int = 0) -> NothingToRedo:
    """The head was last moved by something else than an undo, or by fewer."""
    if steps:
        return NothingToRedo(f"Only {steps} can be redone.", "Redo fewer.", steps=steps)
    return NothingToRedo("Nothing was undone since the head was last moved.", "Check out a node instead.")


def checkout_needs_node() -> InvalidParameter:
    """A checkout that does not say of what."""
    return InvalidParameter("A checkout needs a node.", "Give the id of a node of the session.")


def move_without_steps(steps: int) -> InvalidParameter:
    """A walk of the head over no steps or fewer."""
    return InvalidParameter(
        f"The head cannot be moved by {steps} steps.", "Move it by at least one.", steps=steps
    )


def task_without_session(task_id: str) -> InvalidParameter:
    """A task of no session is to move a head."""
    return InvalidParameter(f"The task '{task_id}' is of no session.", "Submit it to one.")


def idempotency_conflict(key: str | None) -> IdempotencyConflict:
    """An idempotency key that came with another request before."""
    return IdempotencyConflict(
        f"The idempotency key '{key}' was used for another request.", "Use a new key for a new request."
    )


def task_id_taken(task_id: str) -> InvalidParameter:
    """A task's id that another task has."""
    return InvalidParameter(f"The task id '{task_id}' is taken.", "Make a new id for each task.")


def too_many_tasks_of_session() -> TooManyTasks:
    """A session has as many open tasks as it may."""
    return TooManyTasks(
        f"The session has {OPEN_TASKS_OF_SESSION:,} tasks that wait or run, and may have no more.",
        "Submit again when some of them have ended, or cancel what is no longer needed.",
        limit=OPEN_TASKS_OF_SESSION,
    )


def too_many_tasks() -> TooManyTasks:
    """A user has as many open tasks, in all sessions, as one may."""
    return TooManyTasks(
        f"{OPEN_TASKS_OF_OWNER:,} of your tasks wait or run, in all sessions, and no more may.",
        "Submit again when some of them have ended, or cancel what is no longer needed.",
        limit=OPEN_TASKS_OF_OWNER,
    )


def status_not_final(status: str) -> InvalidParameter:
    """A task is to end in a state that is no end."""
    return InvalidParameter(
        f"A task cannot end as {status}.", "End it as SUCCESS, FAILURE or REVOKED.", status=status
    )


def foreign_node(node_id: str, task_id: str) -> InvalidParameter:
    """A node that names another session or owner than its task."""
    return InvalidParameter(
        f"The node '{node_id}' is not of the session of its task '{task_id}'.",
        "Give it the task's session and owner.",
    )


def lease_lost(task_id: str, fence: int) -> LeaseLost:
    """A fence that is not the task's; also for a task that is no more."""
    return LeaseLost(
        f"The task '{task_id}' is no longer this worker's: it was taken over, or deleted with its session.",
        "Stop working on it.",
        fence=fence,
    )


def cancelled_while_pending() -> TaskCancelled:
    """The end of a task that nobody had begun."""
    return TaskCancelled("The task was cancelled before it began.", "Submit the command again.")


def cancelled_by_owner() -> TaskCancelled:
    """The end of a cancelled task whose worker was lost."""
    return TaskCancelled("The task was cancelled.", "Submit the command again if that was a mistake.")


def worker_lost(attempts: int) -> WorkerLost:
    """The end of a task that was attempted too often."""
    return WorkerLost(
        f"The task was given up: its worker was lost in each of {attempts} attempts.",
        "Look for the cause in the worker's log; too little memory is a common one. Then submit it again.",
        attempts=attempts,
    )


def page_without_items(limit: int) -> InvalidParameter:
    """A page of no items or fewer."""
    return InvalidParameter(f"A page cannot have {limit} items.", "Ask for at least one.", limit=limit)


def not_json(what: str, reason: object) -> InvalidParameter:
    """A value that JSON cannot hold: NaN, infinity, objects."""
    return InvalidParameter(
        f"{what} cannot be written as JSON: {reason}.", "Use null for what has no value, text for the rest."
    )


def not_unicode() -> InvalidParameter:
    """A text with half of a surrogate pair, which no encoding can write."""
    return InvalidParameter(
        "A text holds characters that are not valid Unicode.", "Remove lone surrogates from it."
    )


def session_taken(session_id: str) -> SessionTaken:
    """A session that is taken in, or one of its nodes, has an id that is in use; nothing is told of whose."""
    return SessionTaken(
        f"The session '{session_id}' cannot be copied there: its id, or that of one of its nodes, is taken.",
        "Copy it as the user whose it is there, or to another store.",
        id=session_id,
    )


def session_went_on(session_id: str) -> SessionWentOn:
    """A session was changed between the look at it and the call that takes in more of it."""
    return SessionWentOn(
        f"The session '{session_id}' went on, where it is copied to, while it was copied.",
        "Copy it again: what is there already is not copied twice.",
        id=session_id,
    )


def import_refused(reason: str) -> InvalidParameter:
    """What is to be taken in does not belong to the session or its owner."""
    return InvalidParameter(
        f"The session cannot be taken in: {reason}.", "Copy it with 'workbench push' or 'workbench pull'."
    )
