"""Whether the process lives, whether commands can run, and numbers about both."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.dependencies import Caller, PartsOf
from api.openapi import problems
from api.schemas import Health, Ready
from workbench.errors import BrokerUnavailable, StoreUnavailable, Unavailable, WorkerUnavailable

__all__ = ["router"]

router = APIRouter(tags=["health"])


@cache
def _version() -> str:
    return importlib.metadata.version("notebook-workbench")


@router.get("/health")
async def health() -> Health:
    """Tell that the process is alive; it asks nobody else."""
    return Health(version=_version())


@router.get("/ready", responses=problems(StoreUnavailable, BrokerUnavailable, WorkerUnavailable))
def ready(parts: PartsOf) -> Ready:
    """Tell whether commands can run: the store and the broker answer, and a worker is alive."""
    failures: dict[str, Unavailable] = {}
    _try("store", parts.store.ping, failures)
    _try("broker", parts.board.ping, failures)
    workers = 0
    if "broker" not in failures:
        workers = len(parts.board.workers())
        if not workers:
            failures["worker"] = WorkerUnavailable(
                "No worker is running.", "Start one with `workbench worker`."
            )
    if failures:
        raise _not_ready(failures)
    return Ready(workers=workers)


def _try(part: str, ping: Callable[[], None], failures: dict[str, Unavailable]) -> None:
    try:
        ping()
    except Unavailable as error:
        failures[part] = error


def _not_ready(failures: dict[str, Unavailable]) -> Unavailable:
    first = next(iter(failures.values()))
    missing = {part: error.message for part, error in failures.items()}
    return type(first)(f"Not ready: {' '.join(missing.values())}", first.hint, missing=missing)


@router.get(
    "/metrics",
    response_class=Response,
    responses={**problems(), 200: {"content": {"text/plain": {}}, "description": "Prometheus' text format"}},
)
async def metrics(parts: PartsOf, _: Caller) -> Response:
    """Answer with the metrics of this process."""
    return Response(parts.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
