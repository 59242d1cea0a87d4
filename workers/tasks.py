"""The Celery tasks. A message is a task's id; what to do stands in the task's row."""

from __future__ import annotations

from functools import partial

from workers.celery_app import app
from workers.jobs import apply_plan, chat, ingest_upload, say
from workers.running import Body, perform
from workers.services import services

__all__ = ["apply_transformation", "ingest_dataset", "process_chat_message", "test_task"]


def _perform(task_id: str, body: Body) -> str:
    return perform(services(), task_id, body)


@app.task
def ingest_dataset(task_id: str) -> str:
    """Read an uploaded file into a source node."""
    return _perform(task_id, ingest_upload)


@app.task
def process_chat_message(task_id: str) -> str:
    """Plan a message, and apply the plan."""
    return _perform(task_id, chat)


@app.task
def apply_transformation(task_id: str) -> str:
    """Apply a plan."""
    return _perform(task_id, apply_plan)


@app.task
def test_task(task_id: str) -> str:
    """Show that tasks run."""
    return _perform(task_id, partial(say, worker=services().worker))
