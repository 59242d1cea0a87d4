"""The sweep: tasks whose message was lost are sent again, at the start and every few seconds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

import structlog

from workbench.errors import Unavailable
from workbench.settings import Settings
from workbench.store.protocol import Ledger
from workers.chores import Chore
from workers.sending import Sender

__all__ = ["Sweep", "sweeper"]

_log = structlog.get_logger(__name__)


def sweeper(settings: Settings) -> Literal["api", "worker"]:
    """Say which process sweeps.

    The embedded store is swept by the API: there is one, beside whatever number of workers, and a
    worker's main process keeps out of SQLite because it forks. Supabase is swept by the workers' main
    processes: the sweep needs the secret key, which the API is not given. Several may sweep at once, as a
    task is handed out to one of them.

    Example:
        >>> sweeper(Settings(store="embedded")), sweeper(Settings(store="supabase"))
        ('api', 'worker')
    """
    return "api" if settings.store == "embedded" else "worker"


class Sweep:
    """A thread that sweeps for as long as the context lasts.

    Args:
        sender: Sends what is due.
        ledger: Knows what is due.
        every_seconds: The pause between two sweeps; the first one is at once.
        chores: Take their turns after each sweep.
    """

    def __init__(
        self, sender: Sender, ledger: Ledger, *, every_seconds: float, chores: Sequence[Chore] = ()
    ) -> None:
        self._sender = sender
        self._ledger = ledger
        self._chores = chores
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self) -> None:
        """Sweep no more, without waiting for the sweep that is under way."""
        self._stop.set()

    def _run(self) -> None:
        while True:
            self._send()
            for chore in self._chores:
                self._do(chore)
            if self._stop.wait(self._every_seconds):
                return

    def _send(self) -> None:
        try:
            sent = self._sender.sweep(self._ledger)
        except Unavailable as error:
            _log.warning("sweep postponed", code=error.code, reason=error.message)
        except Exception:  # noqa: BLE001 - the sweep is what repairs; it must outlive any fault
            _log.exception("sweep failed")
        else:
            if sent:
                _log.info("tasks sent again", tasks=sent)

    def _do(self, chore: Chore) -> None:
        name = type(chore).__name__.lower()
        try:
            chore.turn()
        except Unavailable as error:
            _log.warning("chore postponed", chore=name, code=error.code, reason=error.message)
        except Exception:  # noqa: BLE001 - nor may it end for what only tidies up
            _log.exception("chore failed", chore=name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join(timeout=5)
