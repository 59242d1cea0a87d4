"""The Celery tasks. A message is a task's id; what to do stands in the task's row."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task

from workbench.errors import WorkbenchError
from workers.celery_app import app
from workers.jobs import apply_plan, chat, ingest_upload, say
from workers.running import Job, Outcome, perform
from workers.services import services

__all__ = ["LedgerTask", "apply_transformation", "ingest_dataset", "process_chat_message", "test_task"]

_log = structlog.get_logger(__name__)


class LedgerTask(Task):
    """What all tasks have in common: the ledger says whether to run, and is told how it ended.

    Whatever a body raises ends its task with a reason there. What is raised here all the same, because
    the store itself does not answer, leaves the task as it is: its lease runs out, and the sweep sends it
    again. So nothing is retried by Celery.
    """

    abstract = True
    ignore_result = True
    max_retries = 0
    throws = (WorkbenchError,)  # logged as a line, without a stack

    def perform(self, task_id: str) -> str:
        """Run a task in this process; gives what became of the message."""
        return perform(services(), task_id, _do)

    def on_failure(self, exc: Exception, task_id: str, *_: Any) -> None:
        """Say in the log that the task is left to the sweep."""
        _log.error("task not ended; it will be sent again", task_id=task_id, error=str(exc))


def _do(job: Job) -> Outcome:
    """Do what the row says, whatever the message is called: anybody at the broker can write one."""
    match job.task.kind:
        case "ingest_dataset":
            return ingest_upload(job)
        case "process_chat_message":
            return chat(job)
        case "apply_transformation":
            return apply_plan(job)
        case "test_task":
            return say(job, worker=services().worker)


@app.task(base=LedgerTask, bind=True)
def ingest_dataset(self: LedgerTask, task_id: str) -> str:
    """Read an uploaded file into a source node."""
    return self.perform(task_id)


@app.task(base=LedgerTask, bind=True)
def process_chat_message(self: LedgerTask, task_id: str) -> str:
    """Plan a message, and apply the plan."""
    return self.perform(task_id)


@app.task(base=LedgerTask, bind=True)
def apply_transformation(self: LedgerTask, task_id: str) -> str:
    """Apply a plan."""
    return self.perform(task_id)


@app.task(base=LedgerTask, bind=True)
def test_task(self: LedgerTask, task_id: str) -> str:
    """Show that tasks run."""
    return self.perform(task_id)
