"""``workbench health``: what a container's health check asks, answered by the exit status."""

from __future__ import annotations

import enum
import http.client
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.common import DataDir, failing_plainly, read_settings
from workbench.cli.stack import HostedPort

if TYPE_CHECKING:
    from workbench.settings import Settings

__all__ = ["Service", "health"]

_SECONDS = 5.0


class Service(enum.StrEnum):
    """What can be asked after."""

    api = "api"
    worker = "worker"


def health(
    service: Annotated[Service, typer.Argument(show_default=False, help="Which of the two runs here.")],
    port: HostedPort = None,
    data_dir: DataDir = None,
    ready: Annotated[
        bool,
        typer.Option(
            "--ready",
            help="For the API: ask whether commands can run, which needs store, broker and a worker.",
        ),
    ] = False,
) -> None:
    """Say whether the API, or a worker, is alive on this host: exit status 0 if it is, 1 if not.

    The API is asked over HTTP on its port of this host. A worker says every few seconds in Redis that it
    is alive; this looks whether one of this host has done so within the last 15 seconds.

    **Examples:**

    `workbench health api`

    `workbench health worker`
    """
    settings = read_settings(data_dir, port=port)
    with failing_plainly():
        if service is Service.api:
            _ask_api(settings, "/ready" if ready else "/health")
        else:
            _ask_worker(settings)


def _ask_api(settings: Settings, path: str) -> None:
    from workbench.errors import ApiUnavailable

    host = settings.host_from_here
    connection = http.client.HTTPConnection(host, settings.port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        text = answer.read(1_000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise ApiUnavailable(f"The API on port {settings.port} does not answer: {error}.") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise ApiUnavailable(f"The API on port {settings.port} answers {answer.status}: {text}")


def _ask_worker(settings: Settings) -> None:
    from workbench.broker.heartbeat import workers_here
    from workbench.errors import WorkerUnavailable

    if not workers_here(settings):
        raise WorkerUnavailable(f"No worker of the host '{socket.gethostname()}' is alive.")
