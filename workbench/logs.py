"""Logging, the same for the API and the worker: structured, on stderr, for people or for machines."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

from workbench.settings import Settings

__all__ = ["configure_logging"]

# Their own lines would repeat ours, or say more of a request than belongs in a log.
_QUIET = ("uvicorn.access", "httpx", "httpcore", "filelock", "asyncio")
_OWN_HANDLERS = ("uvicorn", "uvicorn.error")


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever ``sys.stderr`` is at the moment, so that redirecting it works."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _value: TextIO) -> None:
        raise AttributeError("the stream is always sys.stderr")


def configure_logging(settings: Settings) -> None:
    """Send the logs of this process to stderr, in the form that the settings ask for.

    Structured events and those of the standard library take the same way. Calling it again replaces
    what an earlier call set, and leaves handlers of others alone.

    Args:
        settings: ``log_format`` is "console" (for people) or "json" (one object a line), ``log_level``
            is the least severe level that is written.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    root = logging.getLogger()
    root.handlers = [found for found in root.handlers if not isinstance(found, _Stderr)]
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    for name in _OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering(settings: Settings) -> list[Any]:
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain_traceback)]


def _plain_traceback(stream: TextIO, error: Any) -> None:
    """The interpreter's own traceback: rich ones show local variables, and those hold people's data."""
    structlog.dev.plain_traceback(stream, error)
