"""pyarrow, loaded while nobody waits for it, and without pandas."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["keep_pandas_out", "load_in_background"]


class _NoPandas(MetaPathFinder):
    """Says of pandas that it is not there."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError("the API works without pandas", name=fullname)
        return None


def keep_pandas_out() -> None:
    """Make pandas as good as not installed in this process, from now on.

    pyarrow looks for pandas when it is first given a Python value, and imports it if it finds it: half a
    second and sixty megabytes for something that the API has no use for.
    """
    sys.meta_path.insert(0, _NoPandas())


def load_in_background() -> None:
    """Load what reads nodes in a thread, so that the first request for data does not wait for all of it."""
    threading.Thread(target=_load, name="load arrow", daemon=True).start()


def _load() -> None:
    import workers.frames.export
    import workers.profile  # noqa: F401 - loaded, not used
