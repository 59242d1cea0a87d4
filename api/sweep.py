"""The sweep: tasks whose message was lost are sent again, at the start and every few seconds."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import structlog

from workbench.errors import Unavailable
from workbench.store.protocol import Ledger
from workers.sending import Sender

__all__ = ["Sweep"]

_log = structlog.get_logger(__name__)


class Sweep:
    """A thread that sweeps for as long as the context lasts.

    Args:
        sender: Sends what is due.
        ledger: Knows what is due.
        every_seconds: The pause between two sweeps; the first one is at once.
    """

    def __init__(self, sender: Sender, ledger: Ledger, *, every_seconds: float) -> None:
        self._sender = sender
        self._ledger = ledger
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def _run(self) -> None:
        while True:
            self._once()
            if self._stop.wait(self._every_seconds):
                return

    def _once(self) -> None:
        try:
            sent = self._sender.sweep(self._ledger)
        except Unavailable as error:
            _log.warning("sweep postponed", code=error.code, reason=error.message)
        except Exception:  # noqa: BLE001 - the sweep is what repairs; it must outlive any fault
            _log.exception("sweep failed")
        else:
            if sent:
                _log.info("tasks sent again", tasks=sent)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
