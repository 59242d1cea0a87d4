"""The embedded stack on this machine: running it, finding it, starting and stopping it."""

from workbench.local.background import LOG_NAME, running_stack, start_in_background, stop_running
from workbench.local.runtime import (
    Runtime,
    find_running,
    is_ready,
    is_running,
    read_runtime,
    settings_for,
    using,
)
from workbench.local.stack import Stack

__all__ = [
    "LOG_NAME",
    "Runtime",
    "Stack",
    "find_running",
    "is_ready",
    "is_running",
    "read_runtime",
    "running_stack",
    "settings_for",
    "start_in_background",
    "stop_running",
    "using",
]
