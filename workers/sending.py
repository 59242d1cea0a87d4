"""Sending tasks: the side of Celery that the API needs, without the worker's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import Celery
from kombu.exceptions import OperationalError

from workbench.errors import BrokerUnavailable
from workbench.models import TaskRecord
from workbench.settings import Settings
from workbench.store.protocol import DueTask, Ledger
from workers.config import celery_config

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Sender"]

# A submitter is waiting, and the sweep repairs: one more try at once, without the pauses of kombu, and no
# long wait for a broker that stands still.
_IMPATIENT = {
    "socket_timeout": 1,
    "retry_on_timeout": False,
    "health_check_interval": 0,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 1,
}


class Sender:
    """Publishes the messages of tasks whose rows are in the store.

    A message holds the task's id and nothing else: what to do stands in the row.

    Args:
        settings: Says where the broker is.
        app: The Celery app to publish with; a new one, without a result backend, if not given.
    """

    def __init__(self, settings: Settings, app: Celery | None = None) -> None:
        self._settings = settings
        self._app = app or Celery("workbench", set_as_current=False)
        if app is None:
            config = celery_config(settings)
            config["broker_transport_options"] |= _IMPATIENT
            self._app.conf.update(config)

    def send(self, task: TaskRecord | DueTask) -> None:
        """Publish a task's message. Sending one twice is harmless: the ledger lets it run once.

        Raises:
            BrokerUnavailable: If the broker does not take it; the sweep will send it later.
        """
        try:
            self._app.send_task(
                f"workers.tasks.{task.kind}", args=[task.id], task_id=task.id, queue=task.queue, retry=False
            )
        except (OperationalError, OSError) as error:
            raise BrokerUnavailable(
                f"The broker does not answer: {error}", "The task is recorded and will be sent again."
            ) from error

    def sweep(self, ledger: Ledger) -> int:
        """Send again what was lost: tasks that nobody claimed, and tasks whose worker fell silent.

        Returns:
            How many were sent.

        Raises:
            BrokerUnavailable: If the broker does not answer; the next sweep tries again.
        """
        due = ledger.due_tasks(resend_seconds=self._settings.resend_seconds)
        for task in due:
            self.send(task)
        return len(due)

    def close(self) -> None:
        """Close the connections."""
        self._app.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
