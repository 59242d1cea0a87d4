"""No process outlives its supervisor, not even one that was killed without a chance to clean up.

This file is run by its path (``python -I -S guard.py …``) and so imports nothing of ours:

``guard.py exec PARENT COMMAND…``
    becomes COMMAND, after asking the kernel (Linux only) to kill it when the process PARENT dies.

``guard.py watch GROUP…``
    has these process groups on its list from its first moment, and reads ``+GROUP`` and ``-GROUP`` lines
    from its standard input. When that ends, because whoever held the other end is gone, it kills the
    groups that are still on its list. It works on every POSIX system, and reaches the children of
    children, which the kernel's promise does not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def execute(parent: int, command: list[str]) -> None:
    """Become a command that dies with its parent.

    Args:
        parent: The process to die with; it must be the one that started this one.
        command: The command and its arguments.
    """
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before we had asked
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  (no shell is what we want)


def watch(groups: set[int]) -> None:
    """Kill the process groups on the list once standard input ends.

    Args:
        groups: The list to begin with.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "exec":
        execute(int(sys.argv[2]), sys.argv[3:])
    else:
        watch({int(group) for group in sys.argv[2:]})
