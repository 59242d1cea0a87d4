"""Whole numbers that their type cannot hold: pandas begins again at its other end, and says nothing.

Each check looks at the smallest and the largest number first, which settles almost every table; only where
these do not, it looks at all of them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import localcontext
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_float_dtype, is_integer_dtype, is_timedelta64_dtype, is_unsigned_integer_dtype

from workbench.errors import NumberOutOfRange
from workbench.transformations.fields import listed
from workers.apply.kinds import EXACT
from workers.apply.notes import warn

__all__ = [
    "Sums",
    "bounds_of",
    "count_infinite",
    "in_range",
    "limits_of",
    "out_of_range",
    "require_finite",
    "require_held",
    "require_negatable",
    "require_span",
    "require_sums",
    "rounded_exactly",
    "warn_of_lost_digits",
]

Sums = Callable[[pd.Series], Any]
Operation = Callable[[Any, Any], Any]

_HALF = 32  # bits of the lower half of a number
_LOWER = 2**_HALF - 1
_EXACT = 2.0**50  # as long as all numbers are smaller, so is every error of floats than one
_DOUBT = 2.0**-40  # which share of its operands a result in floats may be off, far more than it is


def limits_of(dtype: Any) -> tuple[int, int]:
    """The smallest and the largest number of a type of whole numbers."""
    limits = np.iinfo(getattr(dtype, "numpy_dtype", dtype))
    return int(limits.min), int(limits.max)


def bounds_of(numbers: Any) -> tuple[int, int]:
    """The smallest and the largest of some whole numbers; 0 where there are none."""
    if not isinstance(numbers, pd.Series):
        return int(numbers), int(numbers)
    low, high = numbers.min(), numbers.max()
    return (0, 0) if pd.isna(low) else (int(low), int(high))


def _hull(numbers: Any) -> tuple[int, int]:
    """Bounds that may lie further apart than those of the numbers, and take a fraction of the time."""
    array: Any = numbers.array if isinstance(numbers, pd.Series) else None
    if isinstance(array, pd.arrays.IntegerArray) and len(array):
        # With what stands behind nulls, as pandas takes ten times as long to leave it out.
        values = cast("Any", array)._data  # noqa: SLF001
        return int(values.min()), int(values.max())
    return bounds_of(numbers)


def out_of_range(what: str, dtype: Any, columns: Iterable[str]) -> NumberOutOfRange:
    """Say which computation leaves its type, and which cast gives it room.

    Args:
        what: What was computed, as the beginning of a sentence: "The sum of price".
        dtype: What type it has.
        columns: Of which columns.
    """
    columns = list(columns)
    if not is_integer_dtype(dtype):
        hint = "Leave out what lies too far away, or compute with numbers, such as days since a date."
    elif limits_of(dtype)[1] < 2**63 - 1:
        hint = f"Cast {listed(columns)} to integer first, which holds whole numbers of 64 bits."
    else:
        hint = f"Cast {listed(columns)} to float first."
    return NumberOutOfRange.of(what, str(dtype), columns, hint=hint)


@contextmanager
def in_range(what: str, dtype: Any, columns: Iterable[str]) -> Iterator[None]:
    """Turn what pandas raises about times and durations that it cannot hold into a NumberOutOfRange."""
    try:
        yield
    except (pd.errors.OutOfBoundsDatetime, pd.errors.OutOfBoundsTimedelta, OverflowError) as error:
        raise out_of_range(what, dtype, columns) from error


def require_sums(column: pd.Series, what: str, *sums: Sums) -> None:
    """Raise NumberOutOfRange if whole numbers, or durations, add up to what 64 bits cannot hold.

    Args:
        column: What is added up. Of other columns nothing is asked.
        what: What the sums are, as the beginning of a sentence.
        sums: How pandas adds up: all of it, each group, or all so far.
    """
    if isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_decimal(column.dtype.pyarrow_dtype):
        _require_decimal_sums(column, what, sums)
        return
    durations = is_timedelta64_dtype(column.dtype)
    if not durations and not is_integer_dtype(column.dtype):
        return
    whole = _ticks(column) if durations else column
    unsigned = is_unsigned_integer_dtype(column.dtype)
    room = 2 ** (64 if unsigned else 63) // max(len(whole), 1)
    # Of few rows of a small type, the type alone tells.
    if all(-room < bound < room for bound in limits_of(whole.dtype)):
        return
    if all(-room < bound < room for bound in _hull(whole)):
        return
    values = whole.to_numpy(dtype="uint64" if unsigned else "int64", na_value=0)
    upper = pd.Series((values >> _HALF).astype("int64"), index=column.index)
    lower = pd.Series((values & _LOWER).astype("int64"), index=column.index)
    for add in sums:
        # Neither half can leave 64 bits, as there are fewer rows than that.
        carried = pd.Series(add(lower))
        made = add(upper) + carried // 2**_HALF
        least, most = (0, 2**_HALF) if unsigned else (-(2 ** (_HALF - 1)), 2 ** (_HALF - 1))
        beyond = (made < least) | (made >= most)
        if durations:  # of which the smallest number is the null
            beyond |= (made == least) & (carried % 2**_HALF == 0)
        if beyond.any():
            raise out_of_range(what, _summed(column), [str(column.name)])


def _require_decimal_sums(column: pd.Series, what: str, sums: Iterable[Sums]) -> None:
    dtype: Any = column.dtype
    digits = 76 if pa.types.is_decimal256(dtype.pyarrow_dtype) else 38

    def whole(number: Any) -> int:
        return 0 if pd.isna(number) else int(number.scaleb(dtype.pyarrow_dtype.scale))

    with localcontext(prec=2 * digits):
        if max(abs(whole(column.min())), abs(whole(column.max()))) * len(column) < 10**digits:
            return
        numbers = column.astype(object).map(whole)
    if any((pd.Series(add(numbers)).abs() >= 10**digits).any() for add in sums):
        hint = f"Cast {listed([str(column.name)])} to float first."
        raise NumberOutOfRange.of(what, f"a decimal of {digits} digits", [str(column.name)], hint=hint)


def _ticks(durations: pd.Series) -> pd.Series:
    ticks: Any = durations.to_numpy().view("int64")
    return pd.Series(np.where(durations.isna(), 0, ticks), index=durations.index)


def _summed(column: pd.Series) -> Any:
    """Of which type the sums are."""
    if is_timedelta64_dtype(column.dtype):
        return column.dtype
    unsigned = is_unsigned_integer_dtype(column.dtype)
    if isinstance(column.dtype, np.dtype):
        return np.dtype("uint64" if unsigned else "int64")
    return pd.UInt64Dtype() if unsigned else pd.Int64Dtype()


def require_finite(made: Any, column: pd.Series, what: str) -> None:
    """Raise NumberOutOfRange if an infinity was computed of a column that holds none."""
    if is_float_dtype(column.dtype) and count_infinite(made) and not count_infinite(column):
        hint = "Divide the numbers first, or cast them to float if they are of fewer than 64 bits."
        raise NumberOutOfRange.of(what, str(column.dtype), [str(column.name)], hint=hint)


def count_infinite(numbers: Any) -> int:
    """How many of some numbers are infinite."""
    floats = numbers.to_numpy(dtype="float64", na_value=np.nan) if isinstance(numbers, pd.Series) else numbers
    return int(np.isinf(floats).sum())


def require_negatable(column: pd.Series, what: str) -> None:
    """Raise NumberOutOfRange if a column has the one whole number that has no positive counterpart."""
    if is_integer_dtype(column.dtype) and not is_unsigned_integer_dtype(column.dtype):
        least, _ = limits_of(column.dtype)
        if _hull(column)[0] == least == bounds_of(column)[0]:
            raise out_of_range(what, column.dtype, [str(column.name)])


def require_span(column: pd.Series, what: str) -> None:
    """Raise NumberOutOfRange if whole numbers lie further apart, or from 0, than their type can hold."""
    if is_integer_dtype(column.dtype) and isinstance(column.dtype, np.dtype) and len(column):
        (low, high), (least, most) = bounds_of(column), limits_of(column.dtype)
        if high - low > most or least == low < 0:
            raise out_of_range(what, column.dtype, [str(column.name)])


def require_held(
    made: Any, operation: Operation, left: Any, right: Any, what: str, columns: Iterable[str]
) -> None:
    """Raise NumberOutOfRange unless whole numbers that were computed are those that should have come out.

    Args:
        made: What pandas computed; if it is of another type than whole numbers, nothing is asked.
        operation: One of Python's operators: + - * // % **.
        left: What stands before it: a column, or a number.
        right: What stands behind it.
        what: What was computed, as the beginning of a sentence.
        columns: Of which columns.
    """
    if not isinstance(made, pd.Series) or not is_integer_dtype(made.dtype) or operation is operator.mod:
        return
    least, most = limits_of(made.dtype)
    low, high = _reach(operation, _hull(left), _hull(right))
    if least <= low and high <= most:
        return
    one, other = _numbers(left, len(made)), _numbers(right, len(made))
    known = made.notna().to_numpy()
    if _leave(operation, one[known], other[known], (least, most)):
        raise out_of_range(what, made.dtype, columns)


def rounded_exactly(made: pd.Series, numbers: pd.Series, size: int, exact: Callable[[int], int]) -> bool:
    """Whether whole numbers were rounded as they should be, which pandas does in floats.

    Args:
        made: What pandas made of them.
        numbers: What was rounded.
        size: How far a number can be from what it is rounded to.
        exact: How one number is rounded.
    """
    if not is_integer_dtype(numbers.dtype):
        return True
    (low, high), (least, most) = _hull(numbers), limits_of(numbers.dtype)
    if max(-low, high) <= EXACT and least <= low - size and high + size <= most:
        return True
    distinct = numbers.dropna().drop_duplicates()
    return bool(made[distinct.index].tolist() == [exact(number) for number in distinct.tolist()])


def warn_of_lost_digits(numbers: Any, called: str | None = None) -> None:
    """Say so where whole numbers are too long for the floats that they become.

    Args:
        numbers: What becomes floats; of what is no column of whole numbers, nothing is said.
        called: What it is called, if not by its name.
    """
    if not isinstance(numbers, pd.Series) or not is_integer_dtype(numbers.dtype):
        return
    if all(max(-low, high) > EXACT for low, high in (find(numbers) for find in (_hull, bounds_of))):
        name = numbers.name if called is None else called
        warn(f"{name} has whole numbers of more digits than floats keep, so the last ones changed")


def _reach(operation: Operation, left: tuple[int, int], right: tuple[int, int]) -> tuple[float, float]:
    """Between what the results lie, if not closer together."""
    if operation is operator.floordiv:
        largest = max(-left[0], left[1])
        return (0 if left[0] >= 0 and right[0] >= 0 else -largest), largest
    if operation is operator.pow:
        base, exponent = max(-left[0], left[1], 1), right[1]
        # Powers of so many digits need not be computed to be told.
        size: float = base if base == 1 else math.inf if exponent > 64 else base ** max(exponent, 0)
        return (0 if left[0] >= 0 else -size), size
    corners = [operation(one, other) for one in left for other in right]
    return min(corners), max(corners)


def _numbers(value: Any, length: int) -> np.ndarray:
    if isinstance(value, pd.Series):
        unsigned = is_unsigned_integer_dtype(value.dtype)
        numbers: np.ndarray = value.to_numpy(dtype="uint64" if unsigned else "int64", na_value=0)
        return numbers
    return np.full(length, value)


def _leave(operation: Operation, left: np.ndarray, right: np.ndarray, limits: tuple[int, int]) -> bool:
    """Whether a result is beyond the limits: floats tell, but of those near them, which are computed anew."""
    with np.errstate(all="ignore"):
        one, other = left.astype("float64"), right.astype("float64")
        made = operation(one, other)
        scale = np.abs(one) + np.abs(other) + np.abs(made)
    if not np.isfinite(made).all():
        return True
    doubt = np.where(scale < _EXACT, 0.0, scale * _DOUBT)
    least, most = limits
    if ((made < least - doubt) | (made > most + doubt)).any():
        return True
    near = (doubt > 0) & ((made < least + doubt) | (made > most - doubt))
    pairs = zip(left[near].tolist(), right[near].tolist(), strict=True)
    return any(not least <= operation(one, other) <= most for one, other in pairs)
