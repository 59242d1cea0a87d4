"""The services of the Procfile, run as a host runs them: started, asked after, used, stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.supabase_lite import SupabaseLite
from tests.support.tls import TlsBroker, running_tls_broker
from tests.support.waiting import wait_until
from workbench.client import Workbench

ROOT = Path(__file__).parents[2]
PUBLIC_NAME = "workbench.example.org"
PASSWORD = "p4ssw0rd-of-the-tests"
TOKEN = "a token of some length"


def lines_of_the_procfile() -> dict[str, str]:
    return dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Service:
    """One line of the Procfile, running."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    folder: Path
    log: Path

    def health(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Ask as the container's health check does: beside it, in its environment."""
        return subprocess.run(
            ["workbench", "health", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@dataclass
class Host:
    """A host that runs both services, and what is known of them."""

    web: Service
    worker: Service
    port: int
    token: str
    secrets: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self) -> httpx.Client:
        """A caller from outside, through the host's proxy: it says which name and scheme were asked for."""
        headers = {"Authorization": f"Bearer {self.token}", "Host": PUBLIC_NAME, "X-Forwarded-Proto": "https"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)


def started(name: str, folder: Path, **settings: str) -> Service:
    """Start a line of the Procfile in an empty folder, with no environment but its own."""
    folder.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "WORKBENCH_LOG_FORMAT": "json",
        **settings,
    }
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            lines_of_the_procfile()[name],
            shell=True,
            executable="/bin/bash",
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Service(process, environment, folder, log)


def killed(service: Service) -> None:
    """Leave nothing of a service behind."""
    with suppress(ProcessLookupError):
        os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()


@pytest.fixture(scope="module")
def broker() -> Iterator[TlsBroker]:
    with running_tls_broker(PASSWORD) as broker:
        yield broker


def services(
    folder: Path, broker: TlsBroker, held: ExitStack, *, web: dict[str, str], worker: dict[str, str]
) -> tuple[Service, Service, int]:
    """Start both, and wait until they are ready."""
    port = free_port()
    shared = {"REDIS_URL": broker.url()}
    services = (
        started("web", folder / "web", PORT=str(port), WORKBENCH_ALLOWED_HOSTS=PUBLIC_NAME, **shared, **web),
        started("worker", folder / "worker", WORKBENCH_WORKERS="1", **shared, **worker),
    )
    for service in services:
        held.callback(killed, service)

    def ready() -> bool:
        for service in services:
            assert service.process.poll() is None, service.log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(ready, seconds=90, what="the services' start")
    return (*services, port)


@pytest.fixture
def embedded(tmp_path: Path, broker: TlsBroker) -> Iterator[Host]:
    """Two services that share a disk."""
    shared = {"WORKBENCH_DATA_DIR": str(tmp_path / "data"), "WORKBENCH_TOKEN": TOKEN}
    with ExitStack() as held:
        web, worker, port = services(tmp_path, broker, held, web=shared, worker=shared)
        yield Host(web, worker, port, TOKEN, (PASSWORD, TOKEN))


@pytest.fixture
def hosted(tmp_path: Path, broker: TlsBroker, supabase_lite: SupabaseLite) -> Iterator[Host]:
    """Two services that share Redis and Supabase, and nothing else; each has the keys that it needs."""
    supabase_lite.reset()
    given = supabase_lite.environment()
    secret = given.pop("SUPABASE_SECRET_KEY")
    worker = {"SUPABASE_URL": given["SUPABASE_URL"], "SUPABASE_SECRET_KEY": secret}
    _, token = supabase_lite.sign_up("cleo@example.com", PASSWORD)
    with ExitStack() as held:
        web, worker_service, port = services(tmp_path, broker, held, web=given, worker=worker)
        yield Host(web, worker_service, port, token, (PASSWORD, token, secret, supabase_lite.jwt_secret))


@pytest.fixture(params=["embedded", "hosted"])
def host(request: pytest.FixtureRequest) -> Host:
    return request.getfixturevalue(request.param)


def stopped(service: Service) -> float:
    """Ask a service to stop, as its host does; the seconds that it took."""
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(30) == 0, service.log.read_text()
    return time.monotonic() - began


def test_the_procfile_runs_a_command_from_its_start_to_its_end(host: Host, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("name,email\nAna,a@x.org\nBen,\n")
    with Workbench(host.url, host.token, progress="none") as workbench:
        session = workbench.open(source)
        assert session.chat("remove rows where email is null").result().node is not None
        assert list(session.df["name"]) == ["Ana"]

    for service, name in ((host.web, "api"), (host.worker, "worker")):
        asked = service.health(name)
        assert asked.returncode == 0, asked.stderr

    stopped(host.worker)
    wait_until(lambda: host.worker.health("worker").returncode == 1, what="the end of the heartbeat")
    assert "No worker" in host.worker.health("worker").stderr
    assert host.web.health("api").returncode == 0
    assert "worker_unavailable" in host.web.health("api", "--ready").stderr

    stopped(host.web)
    gone = host.web.health("api")
    assert gone.returncode == 1
    assert f"The API on port {host.port} does not answer" in gone.stderr

    for service in (host.web, host.worker):
        said = service.log.read_text()
        assert not [secret for secret in host.secrets if secret in said]
        structured = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        assert structured
        assert not [record for record in structured if record["level"] in ("error", "critical")]
        assert left_in(service.folder) == [], "nothing is written where the service is started"


def left_in(folder: Path) -> list[str]:
    """What a service left in its folder, besides its own data folder."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_proxy_is_believed_and_its_name_is_let_in(embedded: Host) -> None:
    with embedded.http() as http:
        answer = http.post("/tasks/test")
        assert answer.status_code == 202
        assert answer.headers["Operation-Location"].startswith(f"https://{PUBLIC_NAME}/api/v1/tasks/")
        strange: dict[str, Any] = {"Host": "evil.example"}
        assert http.post("/tasks/test", headers=strange).json()["code"] == "host_not_allowed"
