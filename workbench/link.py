"""What the objects of one workbench share: its connection, and the frames read lately."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.transport import Transport

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["FrameCache", "Link", "to_frame"]


class FrameCache:
    """The frames of the last few nodes; nodes never change, so neither do these."""

    def __init__(self, most: int = 3) -> None:
        self._most = most
        self._frames: OrderedDict[str, pd.DataFrame] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, node_id: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Give a node's frame, made if it is not there.

        Returns:
            A frame of the caller's own: pandas copies what is written to, so the cached one stays.
        """
        with self._lock:
            frame = self._frames.get(node_id)
        if frame is None:
            frame = make()
        with self._lock:
            self._frames[node_id] = frame
            self._frames.move_to_end(node_id)
            while len(self._frames) > self._most:
                self._frames.popitem(last=False)
        return frame.copy(deep=False)


@dataclass
class Link:
    """One connection, and what goes with it."""

    http: Transport
    frames: FrameCache = field(default_factory=FrameCache)
    progress: str | None = None


def to_frame(table: pa.Table, columns: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Make a pandas frame with exactly the dtypes that a node's columns have.

    Args:
        table: What the API sent.
        columns: The node's columns, ``name`` and ``dtype``.
    """
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas()
    if not columns:
        return pd.DataFrame(index=pd.RangeIndex(table.num_rows))
    for column in columns:
        name, dtype = column["name"], column["dtype"]
        if str(frame[name].dtype) != dtype:  # what pandas noted in the table did not survive on the way
            frame[name] = _series(table.column(name), dtype)
    return frame


def _series(values: pa.ChunkedArray, dtype: str) -> pd.Series[Any]:
    import pandas as pd

    wanted = pd.StringDtype(na_value=float("nan")) if dtype == "str" else pd.api.types.pandas_dtype(dtype)
    if hasattr(wanted, "__from_arrow__"):
        return pd.Series(wanted.__from_arrow__(values))
    return pd.Series(values.to_pandas()).astype(wanted)
