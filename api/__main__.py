"""``python -m api``: uvicorn with the application, takes uvicorn's options.

Being asked to stop is no failure: where uvicorn lets the signal end the process once it has served its
last request, this ends with exit status 0, so that hosts and containers do not report a crash.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

import uvicorn

__all__ = ["main"]


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Serve until asked to stop."""
    signal.signal(signal.SIGTERM, _end)
    uvicorn.main(["api.main:app", *sys.argv[1:]], prog_name="python -m api")


if __name__ == "__main__":
    main()
