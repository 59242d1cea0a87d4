"""What a worker process holds open: the store, the live board, the sending side."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from functools import cached_property

from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Store
from workers.celery_app import app
from workers.frames.cache import ColumnCache
from workers.live import LiveBoard
from workers.sending import Sender

__all__ = ["Services", "services"]


@dataclass
class Services:
    """The connections of one process; each is opened when it is first used.

    Args:
        settings: Where everything is.
        expendable: Whether the process may be ended with the task that it runs, as another takes its place.
    """

    settings: Settings = field(default_factory=Settings)
    expendable: bool = False

    @cached_property
    def store(self) -> Store:
        """Rows and blobs."""
        return open_store(self.settings)

    @cached_property
    def columns(self) -> ColumnCache:
        """Columns of large tables, at hand on this machine."""
        return ColumnCache(self.settings.cache, self.settings.cache_bytes)

    @cached_property
    def board(self) -> LiveBoard:
        """Live progress."""
        return LiveBoard(self.settings)

    @cached_property
    def sender(self) -> Sender:
        """Publishes the next task of a session."""
        return Sender(self.settings, app)

    @cached_property
    def worker(self) -> str:
        """The name under which this process claims tasks."""
        return f"{socket.gethostname()}:{os.getpid()}"


_by_process: dict[int, Services] = {}


def services() -> Services:
    """This process's services; a child made by fork gets its own."""
    pid = os.getpid()
    if pid not in _by_process:
        _by_process.clear()
        _by_process[pid] = Services()
    return _by_process[pid]
