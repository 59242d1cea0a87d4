"""Walks the chains of calls that the words of this family are made of."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import pandas as pd
import pyarrow as pa

from workbench.errors import InvalidParameter, TypeMismatch
from workbench.transformations.text.calls import Call
from workers.apply.base import require_columns
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype
from workers.apply.patterns import bounded

__all__ = ["text_of", "walked"]

_WITH_PATTERN = frozenset({"contains", "count", "extract", "fullmatch", "match", "replace", "split"})
"""The methods whose first argument may be a regular expression."""


def walked(column: pd.Series, calls: Iterable[Call]) -> pd.Series:
    """Call one method of pandas' ``str`` after the other.

    Raises:
        InvalidParameter: If a regular expression that Python knows is none to Arrow, which looks for it.
        PatternTooSlow: If a regular expression takes too long.
    """
    for call in calls:
        try:
            with _bound(call, column):
                column = getattr(column.str, call.method)(*call.arguments, **call.options)
        except pa.ArrowInvalid as error:
            raise InvalidParameter(
                f"{call.arguments[0]!r} cannot be looked for: {error}.",
                "Say it without look-around, back references and possessive repeats.",
                parameter="text",
            ) from error
    return column


def _bound(call: Call, column: pd.Series) -> AbstractContextManager[None]:
    if call.method in _WITH_PATTERN and call.options.get("regex", True):
        return bounded(str(call.arguments[0]), str(column.name), len(column))
    return nullcontext()


def text_of(frame: pd.DataFrame, name: str, doing: str, *others: Kind) -> pd.Series:
    """Give a column of text, or of categories that are text, as plain text.

    Args:
        frame: The table.
        name: The column.
        doing: What needs it, for the error.
        *others: The kinds of values that are good as well, written out.

    Raises:
        UnknownColumn: If there is none of that name.
        TypeMismatch: If it holds something else.
    """
    require_columns(frame, [name])
    column = frame[name]
    dtype = column.dtype.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    if kind_of_dtype(dtype) not in {Kind.TEXT, *others}:
        raise TypeMismatch.of(name, shown_dtype(column), Kind.TEXT, doing=doing)
    return column.astype("str")
