"""Expressions and predicates, evaluated on a frame."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations import expressions as e
from workers.apply.base import require_columns, require_text

__all__ = ["evaluate", "mask"]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "modulo": operator.mod,
    "power": operator.pow,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def evaluate(tree: Any, frame: pd.DataFrame) -> Any:
    """Compute an expression.

    Args:
        tree: A column, a value, a point in time, or arithmetic.
        frame: What it speaks of.

    Returns:
        A Series as long as the frame, or a scalar where the tree names no column.

    Raises:
        UnknownColumn: If it names a column that is not there.
        TypeMismatch: If the types of an operation do not go together.
    """
    match tree:
        case e.ColumnRef():
            require_columns(frame, [tree.column])
            return frame[tree.column]
        case e.Literal_():
            return tree.value
        case e.Moment():
            return pd.Timestamp(tree.timestamp)
        case e.Arithmetic() | e.Compare():
            left, right = evaluate(tree.left, frame), evaluate(tree.right, frame)
            with _typed(tree, frame):
                return _OPERATORS[tree.op](left, right)
    raise NotImplementedError(f"no evaluation for {type(tree).__name__}")


def mask(tree: Any, frame: pd.DataFrame) -> pd.Series:
    """Compute a condition.

    Returns:
        A Series of plain booleans, one a row; a comparison with a null is False (``ne``: True).

    Raises:
        UnknownColumn: If it names a column that is not there.
        TypeMismatch: If it compares what cannot be compared.
    """
    require_columns(frame, tree.columns())
    match tree:
        case e.Compare():
            found = evaluate(tree, frame)
            if not isinstance(found, pd.Series):
                found = pd.Series(bool(found), index=frame.index)
            return found.fillna(tree.op == "ne").astype(bool)
        case e.IsNull():
            return frame[tree.column].isna()
        case e.Between():
            operand = evaluate(tree.operand, frame)
            with _typed(tree, frame):
                found = operand.between(evaluate(tree.low, frame), evaluate(tree.high, frame))
            return found.fillna(False).astype(bool)
        case e.IsIn():
            values = [pd.Timestamp(v.timestamp) if isinstance(v, e.Moment) else v for v in tree.values]
            return frame[tree.column].isin(values).astype(bool)
        case e.TextMatch():
            return _match(tree, frame)
        case e.And():
            return reduce(operator.and_, (mask(part, frame) for part in tree.conditions))
        case e.Or():
            return reduce(operator.or_, (mask(part, frame) for part in tree.conditions))
        case e.Not():
            negated: pd.Series = ~mask(tree.condition, frame)
            return negated
    raise NotImplementedError(f"no evaluation for {type(tree).__name__}")


def _match(tree: e.TextMatch, frame: pd.DataFrame) -> pd.Series:
    require_text(frame, [tree.column], f"'{tree.op}'")
    column, text = frame[tree.column], tree.text
    if not tree.case:
        column, text = column.str.lower(), text.lower()
    match tree.op:
        case "contains":
            return column.str.contains(text, regex=False, na=False).astype(bool)
        case "startswith":
            return column.str.startswith(text, na=False).astype(bool)
        case "endswith":
            return column.str.endswith(text, na=False).astype(bool)
        case _:
            return (column == text).fillna(False).astype(bool)


class _typed:  # noqa: N801 - used as a statement
    """Turns pandas' TypeError into one that names the column and what it would have to be."""

    def __init__(self, tree: Any, frame: pd.DataFrame) -> None:
        self.tree, self.frame = tree, frame

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TypeError):
            names = self.tree.columns()
            dtypes = " and ".join(f"'{name}' ({self.frame[name].dtype})" for name in names)
            raise TypeMismatch(
                f"'{self.tree.describe()}' does not work on {dtypes}: the types do not go together.",
                "Cast the column first, or compare it with a value of its own type.",
                columns=names,
            ) from error
