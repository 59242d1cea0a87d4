"""The application: ``uvicorn api.main:app``."""

from __future__ import annotations

import gc
import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import problems
from api.arrow import keep_pandas_out, load_in_background
from api.body_limit import BodyLimit
from api.metrics import Metrics
from api.middleware import AroundRequests
from api.openapi import DESCRIPTION, TAGS, operation_id
from api.parts import open_parts
from api.routers import auth, catalogue, commands, datasets, health, nodes, sessions, tasks
from api.shutdown import closing_on_sigterm
from workbench.logs import configure_logging
from workbench.settings import Settings
from workbench.store.protocol import Store

__all__ = ["app", "create_app"]

app: FastAPI


def create_app(
    settings: Settings | None = None, store: Store | None = None, *, own_process: bool = False
) -> FastAPI:
    """Make the application. Nothing is opened before it is started.

    Args:
        settings: What is set; read from the environment if not given.
        store: A store to use, which stays open; otherwise the one of the settings is opened.
        own_process: Whether the process is there for the API alone; it then does without pandas.

    Returns:
        The application.
    """
    settings = settings or Settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings)
        if own_process:
            keep_pandas_out()
            load_in_background()
        async with open_parts(settings, metrics, store) as parts:
            app.state.parts = parts
            with closing_on_sigterm(parts.live.close):
                if own_process:
                    # What is loaded by now stays: the collector need not look through it at requests.
                    gc.collect()
                    gc.freeze()
                yield

    application = FastAPI(
        title="Workbench",
        description=DESCRIPTION,
        version=importlib.metadata.version("notebook-workbench"),
        openapi_tags=TAGS,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
        # What is measured here is in `metrics`, without the values of requests.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    problems.install(application)
    application.add_middleware(BodyLimit)
    application.add_middleware(AroundRequests, settings=settings, metrics=metrics)
    for module in (sessions, datasets, commands, nodes, tasks, catalogue, auth, health):
        application.include_router(module.router)
    application.include_router(health.router, prefix="/api/v1", include_in_schema=False)
    return application


def __getattr__(name: str) -> FastAPI:
    """Make ``app`` when it is first asked for, so that importing this module reads no settings."""
    if name != "app":
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    made = create_app(own_process=True)
    globals()["app"] = made
    return made
