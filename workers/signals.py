"""What happens as a worker starts and stops: logging, warm children, a heartbeat, the sweep."""

from __future__ import annotations

import gc
import threading
from contextlib import closing
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

from workbench.broker.access import check_broker
from workbench.errors import (
    BrokerRefused,
    BrokerUnavailable,
    StoreKeyRefused,
    StoreNotMigrated,
    StoreUnavailable,
)
from workbench.logs import configure_logging
from workbench.settings import Settings
from workbench.store import open_store
from workers.chores import chores
from workers.frames.convert import frame_to_table, table_to_frame
from workers.live import LiveBoard
from workers.planner import Table, TableColumn, Tables, plan
from workers.sending import Sender
from workers.services import services
from workers.sweep import Sweep, sweeper

__all__: list[str] = []

_log = structlog.get_logger(__name__)

_BEAT_SECONDS = 5.0


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    configure_logging(Settings())


@worker_init.connect
def _end_where_waiting_is_vain(**_: Any) -> None:
    """End at once where broker or store will never let us in; Celery alone would try again for ever."""
    for check in (check_broker, _check_project):
        try:
            check(Settings())
        except (BrokerRefused, StoreKeyRefused, StoreNotMigrated) as error:
            raise SystemExit(f"error: {error.message} [{error.code}]\n{error.hint}") from None
        except (BrokerUnavailable, StoreUnavailable) as error:
            _log.warning("not reached yet", code=error.code, reason=error.message)  # it may be starting


def _check_project(settings: Settings) -> None:
    """Ask a Supabase project. Its connection is closed again: children that are forked have their own."""
    if settings.store == "supabase":
        with closing(open_store(settings)) as store:
            store.ping()


@worker_process_init.connect
def _warm_up(**_: Any) -> None:
    """Do in each child, before its first task, what that task would otherwise wait for."""
    services().expendable = True  # the pool starts another child
    try:
        services().store.ping()
    except StoreUnavailable as error:  # a task will say so, and may be luckier
        _log.warning("not reached yet", code=error.code, reason=error.message)
    frame = pd.DataFrame({"number": pd.array([1, None], dtype="Int64"), "text": ["a", "b"]})
    table_to_frame(frame_to_table(frame))
    pc.value_counts(pa.array(["a"]))
    plan("drop rows where text is null", Tables(Table("warm-up", (TableColumn("text", "str"),))))
    # What is loaded by now stays: the collector need not look through all of pandas during each task.
    gc.collect()
    gc.freeze()


class _Heart(threading.Thread):
    """Says, in Redis, that this worker is alive, until it is stopped."""

    def __init__(self, name: str) -> None:
        super().__init__(name="workbench-heart", daemon=True)
        self.worker = name
        self.stopped = threading.Event()
        self.board = LiveBoard(Settings())

    def run(self) -> None:
        while True:
            self.board.beat(self.worker)
            if self.stopped.wait(_BEAT_SECONDS):
                self.board.retire(self.worker)
                self.board.close()
                return


@worker_ready.connect
def _start_beating(sender: Any, **_: Any) -> None:
    heart = _Heart(sender.hostname)
    worker_shutting_down.connect(lambda **_: heart.stopped.set(), weak=False)
    heart.start()


@worker_ready.connect
def _start_sweeping(**_: Any) -> None:
    """Sweep, where that is the workers' to do. Nothing is opened before the first children are forked."""
    settings = Settings()
    if sweeper(settings) != "worker":
        return
    # A sender of its own: the worker's is bound to the app whose pools its children inherit.
    store = open_store(settings)
    sweep = Sweep(
        Sender(settings),
        store.ledger,
        every_seconds=settings.sweep_seconds,
        chores=chores(settings, store),
    )
    worker_shutting_down.connect(lambda **_: sweep.stop(), weak=False)
    sweep.start()
