"""Expressions and conditions, evaluated on a frame.

The types are checked before the values are looked at, so the empty frame raises what the full one would.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_integer_dtype, is_object_dtype

from workbench.errors import TypeMismatch, ValueUnreadable
from workbench.transformations import conditions as c
from workbench.transformations import expressions as e
from workbench.transformations.fields import listed
from workers.apply.base import require_columns
from workers.apply.kinds import Kind, kind_of, kind_of_value, nature, shown_dtype, written
from workers.apply.overflow import (
    limits_of,
    out_of_range,
    require_held,
    require_negatable,
    rounded_exactly,
    warn_of_lost_digits,
)

__all__ = ["evaluate", "mask"]

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def evaluate(tree: e.Tree, frame: pd.DataFrame) -> Any:
    """Compute an expression.

    Args:
        tree: A column, a value, a point in time, or arithmetic.
        frame: What it speaks of.

    Returns:
        A Series as long as the frame, or a scalar where the tree names no column.

    Raises:
        UnknownColumn: If it names a column that is not there.
        TypeMismatch: If the types of an operation do not go together.
        ValueUnreadable: If an operation cannot be done on some value.
    """
    match tree:
        case e.ColumnRef():
            require_columns(frame, [tree.column])
            return frame[tree.column]
        case e.Literal_():
            return tree.value
        case e.Moment():
            return pd.Timestamp(tree.describe())
        case e.Arithmetic():
            left, right = evaluate(tree.left, frame), evaluate(tree.right, frame)
            if not _joinable(tree.op, _kind(left), _kind(right)):
                raise _mismatch(tree, frame)
            with _explained(tree, frame):
                return _computed(tree, left, right)
        case e.Function():
            return _called(tree, [evaluate(argument, frame) for argument in tree.arguments], frame)
    raise NotImplementedError(f"no evaluation for {type(tree).__name__}")


def _computed(tree: e.Arithmetic, left: Any, right: Any) -> Any:
    operation = e.OPERATORS[tree.op]
    objects = [side for side in (left, right) if isinstance(side, pd.Series) and is_object_dtype(side.dtype)]
    if objects and objects[0].empty:
        return objects[0]  # what Python's own objects can be computed with, only they can tell
    made = operation(left, right)
    if isinstance(made, pd.Series) and is_integer_dtype(made.dtype):
        if tree.op in {"floor_divide", "modulo"} and _has_zero(right, made.notna()):
            # Where pandas has numbers beside nulls, it takes 0 for what is none.
            raise ZeroDivisionError("division by zero")
        require_held(made, operation, left, right, f"'{tree.describe()}'", tree.columns())
    elif isinstance(made, pd.Series) and is_float_dtype(made.dtype) and tree.op != "divide":
        for side in (left, right):
            warn_of_lost_digits(side, f"'{tree.describe()}'")
    return made


def _has_zero(divisor: Any, where: pd.Series) -> bool:
    return bool((divisor == 0)[where].any()) if isinstance(divisor, pd.Series) else divisor == 0


_COALESCED = (Kind.NUMBERS, Kind.BOOLEANS, Kind.TEXT, Kind.TIMES, Kind.DURATIONS)


def _called(tree: e.Function, arguments: list[Any], frame: pd.DataFrame) -> pd.Series:
    """Compute a function; the first of its arguments is a column."""
    columns = {nature(argument) for argument in arguments if isinstance(argument, pd.Series)}
    kinds = {nature(argument)[0] for argument in arguments}
    allowed = _COALESCED if tree.function == "coalesce" else (Kind.NUMBERS,)
    if len(columns) > 1 or len(kinds) > 1 or not kinds <= set(allowed):
        raise _mismatch(tree, frame)
    first: pd.Series = arguments[0]
    # Outside of what a function is defined on, there is no value; that is told, not warned of line by line.
    with _explained(tree, frame), np.errstate(all="ignore"):
        match tree.function:
            case "abs":
                require_negatable(first, f"'{tree.describe()}'")
                return first.abs()
            case "round":
                return _rounded(tree, first)
            case "min" | "max":
                made: pd.Series = getattr(_side_by_side(arguments, frame.index), tree.function)(axis=1)
            case "coalesce":
                made = reduce(_filled_by, zip(tree.arguments[1:], arguments[1:], strict=True), first)
            case _:
                return _transformed(tree, first)
    if is_float_dtype(made.dtype):
        for argument, called in zip(arguments, tree.arguments, strict=True):
            warn_of_lost_digits(argument, called.describe())
    return made


def _transformed(tree: e.Function, column: pd.Series) -> pd.Series:
    # Of small whole numbers, numpy makes floats of as few digits.
    small = is_integer_dtype(column.dtype) and limits_of(column.dtype)[1] < 2**16
    if small and tree.function not in {"floor", "ceil"}:
        raise TypeMismatch(
            f"'{tree.describe()}' would have few digits, as {listed(tree.columns())} is {column.dtype}.",
            "Cast the column to integer or float first.",
            columns=tree.columns(),
            dtype=str(column.dtype),
        )
    return column.transform(tree.function)


def _rounded(tree: e.Function, column: pd.Series) -> pd.Series:
    made = column.round(tree.decimals)
    exactly = tree.decimals >= 0 or rounded_exactly(
        made, column, 10**-tree.decimals, lambda number: round(number, tree.decimals)
    )
    if not exactly:
        raise out_of_range(f"'{tree.describe()}'", column.dtype, tree.columns())
    return made


def _side_by_side(arguments: list[Any], index: pd.Index) -> pd.DataFrame:
    columns = [part if isinstance(part, pd.Series) else pd.Series(part, index=index) for part in arguments]
    return pd.concat(columns, axis=1)


def _filled_by(column: pd.Series, other: tuple[e.Tree, Any]) -> pd.Series:
    tree, value = other
    if isinstance(value, pd.Series):
        return column.combine_first(value)
    return column.fillna(written(tree, column) if isinstance(tree, e.Moment) else value)


def mask(tree: e.Tree, frame: pd.DataFrame) -> pd.Series:
    """Compute a condition.

    Returns:
        A Series of plain booleans, one a row; a comparison with a null is False (``ne``: True).

    Raises:
        UnknownColumn: If it names a column that is not there.
        TypeMismatch: If it compares what cannot be compared.
        ValueUnreadable: If a point in time does not exist in the column's zone.
    """
    require_columns(frame, tree.columns())
    match tree:
        case c.Compare():
            return _compared(tree, tree.op, tree.left, tree.right, frame)
        case c.Between():
            at_least = _compared(tree, "ge", tree.operand, tree.low, frame)
            return at_least & _compared(tree, "le", tree.operand, tree.high, frame)
        case c.IsNull():
            return frame[tree.column].isna()
        case c.IsIn():
            return _listed(tree, frame)
        case c.TextMatch():
            return _matched(tree, frame)
        case c.And():
            return reduce(operator.and_, (mask(part, frame) for part in tree.conditions))
        case c.Or():
            return reduce(operator.or_, (mask(part, frame) for part in tree.conditions))
        case c.Not():
            negated: pd.Series = ~mask(tree.condition, frame)
            return negated
    raise NotImplementedError(f"no evaluation for {type(tree).__name__}")


def _compared(tree: e.Tree, op: str, left: e.Tree, right: e.Tree, frame: pd.DataFrame) -> pd.Series:
    one, other = (side if isinstance(side, e.Moment) else evaluate(side, frame) for side in (left, right))
    one, other = _beside(one, other), _beside(other, one)
    if not _alike(_kind(one), _kind(other)):
        raise _mismatch(tree, frame)
    with _explained(tree, frame):
        return _two_valued(_COMPARISONS[op](written(one, other), written(other, one)), null=op == "ne")


def _beside(value: Any, column: Any) -> Any:
    """Take a text in ISO 8601 form as the point in time that it is beside a column of them."""
    if not isinstance(value, str) or _kind(column) is not Kind.TIMES:
        return value
    try:
        return e.Moment(timestamp=datetime.fromisoformat(value))
    except ValueError:
        return value


def _listed(tree: c.IsIn, frame: pd.DataFrame) -> pd.Series:
    column = frame[tree.column]
    kind = kind_of(column)
    if not all(_alike(kind, kind_of_value(value)) for value in tree.values):
        raise _mismatch(tree, frame)
    moments = [value for value in tree.values if isinstance(value, e.Moment)]
    with _explained(tree, frame):
        found = [_two_valued(column == written(moment, column)) for moment in moments]
        found += [_two_valued(column.isin(values)) for values in tree.scalars()]
    return reduce(operator.or_, found)


def _matched(tree: c.TextMatch, frame: pd.DataFrame) -> pd.Series:
    column, text = frame[tree.column], tree.text
    if kind_of(column) not in (Kind.TEXT, Kind.NOTHING):
        raise TypeMismatch.of(tree.column, shown_dtype(column), "text", doing=f"'{tree.op}'")
    if not tree.case:
        column, text = column.str.lower(), text.lower()
    match tree.op:
        case "contains":
            return _two_valued(column.str.contains(text, regex=False, na=False))
        case "startswith":
            return _two_valued(column.str.startswith(text, na=False))
        case "endswith":
            return _two_valued(column.str.endswith(text, na=False))
        case "equals":
            return _two_valued(column == text)


def _two_valued(found: pd.Series, *, null: bool = False) -> pd.Series:
    return found if found.dtype == bool else found.fillna(null).astype(bool)


def _kind(side: Any) -> Kind:
    if isinstance(side, pd.Series):
        return kind_of(side)
    return kind_of_value(side)


def _alike(left: Kind, right: Kind) -> bool:
    """Whether two kinds can be compared; of mixed objects pandas knows."""
    numeric = {Kind.NUMBERS, Kind.BOOLEANS}
    if {Kind.OBJECTS, Kind.NOTHING} & {left, right}:
        return Kind.TIMES not in (left, right)
    return left is right or {left, right} <= numeric


def _joinable(op: str, left: Kind, right: Kind) -> bool:
    """Whether two kinds can be calculated with; of times, durations and mixed objects pandas knows."""
    kinds = {left, right}
    if Kind.BOOLEANS in kinds or Kind.CATEGORIES in kinds:
        return False
    if Kind.TEXT in kinds:
        return kinds == {Kind.TEXT} and op == "add"
    return True


def _mismatch(tree: e.Tree, frame: pd.DataFrame) -> TypeMismatch:
    names = tree.columns()
    dtypes = " and ".join(f"'{name}' ({shown_dtype(frame[name])})" for name in names)
    return TypeMismatch(
        f"'{tree.describe()}' does not work on {dtypes}: the types do not go together.",
        "Cast the column first, or use a value of its own type.",
        columns=names,
    )


@contextmanager
def _explained(tree: e.Tree, frame: pd.DataFrame) -> Iterator[None]:
    """Turn what pandas raises about types and values into errors that name the columns."""
    try:
        yield
    except (TypeError, NotImplementedError) as error:
        raise _mismatch(tree, frame) from error
    except (ArithmeticError, ValueError) as error:
        raise ValueUnreadable(
            f"'{tree.describe()}' cannot be computed: {error}.",
            "Cast the column to float first, or choose another value.",
            columns=tree.columns(),
        ) from error
