"""The real API on a free port, in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.main import create_app
from tests.support.waiting import wait_until
from workbench.settings import Settings
from workbench.store.protocol import Store


@contextmanager
def running_api(settings: Settings, store: Store | None = None) -> Iterator[str]:
    """Run the API for as long as the context lasts; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings, store), log_config=None, lifespan="on", ws="none")
        )
        thread = threading.Thread(target=server.run, args=([listener],), name="api under test")
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), what="the API's start")
            assert server.started, "the API did not start"
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive(), "the API did not stop"
