"""Whether a worker of this host is alive: ``python -m workers.health``, for health checks of containers."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable

from workbench.errors import WorkbenchError, WorkerUnavailable
from workbench.settings import Settings
from workers.live import LiveBoard

__all__ = ["main", "of_host"]


def of_host(workers: Iterable[str], host: str) -> list[str]:
    """Choose the workers of one host; Celery's names end in ``@`` and the host.

    Example:
        >>> of_host(["workbench-1@a", "workbench-1@b", "workbench-2@b"], "b")
        ['workbench-1@b', 'workbench-2@b']
    """
    return [name for name in workers if name.rpartition("@")[2] == host]


def main() -> int:
    """Look for a worker of this host in Redis.

    Returns:
        The exit status: 0 if one is alive, else 1, with the reason on stderr.
    """
    board = LiveBoard(Settings())
    host = socket.gethostname()
    try:
        found = of_host(board.workers(), host)
        if not found:
            raise WorkerUnavailable(f"No worker of the host '{host}' is alive.")
    except WorkbenchError as error:
        sys.stderr.write(f"error: {error.message} [{error.code}]\n")
        return 1
    finally:
        board.close()
    sys.stdout.write(f"{' '.join(found)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
