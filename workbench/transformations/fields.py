"""What the words are spelled with: bounded field types, and the writing of names as English and as Python."""

from __future__ import annotations

import builtins
import hashlib
import math
import re
from collections.abc import Sequence
from keyword import iskeyword
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = [
    "EVERY",
    "MOVING",
    "NamedText",
    "Names",
    "NewName",
    "Pattern",
    "RowCount",
    "Scalar",
    "chosen",
    "compiled",
    "count",
    "listed",
    "quoted",
    "require_distinct",
    "show_scalar",
    "shown",
    "variable",
]

_LISTED = 8  # names that a sentence takes before it counts the rest
_GROUPED = range(10_000, 10**15)  # numbers that read better with thousands separated
# The names that exported code uses for itself.
_TAKEN = {
    *(
        "common",
        "business_days",
        "detected",
        "df",
        "pd",
        "flags",
        "found",
        "gaps",
        "groups",
        "items_of",
        "json",
        "joined",
        "numbers",
        "ordered",
        "parts",
        "read",
        "rows",
        "text",
    ),
    *("truth", "typed", "unquote_plus", "whole", *dir(builtins)),
}
_DIGESTED = re.compile(r".*_[0-9a-f]{6}", re.ASCII)


def _storable(value: bool | float | str) -> bool | float | str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a value must be a finite number")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError("a whole number must fit into 64 bits")
    return value


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"'{twice[0]}' is named twice")
    return names


Scalar = Annotated[bool | int | float | str, AfterValidator(_storable)]
"""A value as JSON has them; a point in time is a ``Moment``."""

Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_distinct)]
"""Columns by name, each once."""

NewName = Annotated[str, Field(min_length=1)]
"""The name of a column that is made."""

MOVING = ("now", "today")
"""What pandas reads as the moment at which it does, whatever the format."""

RowCount = Annotated[int, Field(ge=1, lt=2**63)]
"""A number of rows."""


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression of a user.

    Raises:
        ValueError: If it is none.
    """
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def _compiles(pattern: str) -> str:
    compiled(pattern)
    return pattern


Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_compiles)]
"""A regular expression of a user: of bounded length, and one that compiles."""

NamedText = Annotated[str, Field(min_length=1, max_length=1_000)]
"""A text that is looked for as it stands."""


EVERY = {
    "numbers": "df.select_dtypes('number', exclude='timedelta').columns",
    "text": "df.select_dtypes('str').columns",
    "booleans": "df.select_dtypes(['bool', 'boolean']).columns",
    "times": "df.select_dtypes(['datetime', 'datetimetz']).columns",
}
"""How pandas names all columns of a kind."""


def require_distinct(names: Sequence[str]) -> None:
    """Raise ValueError if two columns of a result would be called the same.

    Example:
        >>> require_distinct(["a", "b", "a"])
        Traceback (most recent call last):
        ValueError: two columns would be called 'a'
    """
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ValueError(f"two columns would be called '{twice[0]}'")


def quoted(names: Sequence[str]) -> str:
    """Write a list of names as Python source.

    Example:
        >>> quoted(["a", "b"])
        "['a', 'b']"
    """
    return repr(list(names))


def variable(dataset: str) -> str:
    """Name a dataset in Python source; two datasets never have one name.

    What is no name of Python as it stands, or is in use, gets a digest behind what is left of it.

    Example:
        >>> variable("planes"), variable("my planes"), variable("df")
        ('planes', 'my_planes_b1c6e2', 'df_32c220')
    """
    plain = dataset.isascii() and dataset.isidentifier() and not iskeyword(dataset)
    if plain and dataset not in _TAKEN and not _DIGESTED.fullmatch(dataset):
        return dataset
    left = re.sub(r"[^0-9A-Za-z]+", "_", dataset).strip("_").lower() or "dataset"
    left = f"dataset_{left}" if left[0].isdigit() else left
    return f"{left}_{hashlib.sha256(dataset.encode()).hexdigest()[:6]}"


def chosen(names: Sequence[str]) -> str:
    """Write columns of ``df`` as Python source: a Series for one, a frame for several.

    Example:
        >>> chosen(["a"]), chosen(["a", "b"])
        ("df['a']", "df[['a', 'b']]")
    """
    return f"df[{names[0]!r}]" if len(names) == 1 else f"df[{quoted(names)}]"


def shown(name: str) -> str:
    """Write a name as it stands in a sentence: quoted only where it could not be seen otherwise.

    Example:
        >>> shown("unit price"), shown(" ")
        ('unit price', "' '")
    """
    return name if name.strip() == name != "" and name.isprintable() else repr(name)


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Write names as English; of many, the first ones and how many more.

    Example:
        >>> listed(["a", "b", "c"]), listed(["a", "b"], "or")
        ('a, b and c', 'a or b')
    """
    words = [shown(name) for name in names]
    if len(words) > _LISTED:
        words = [*words[: _LISTED - 1], f"{len(words) - _LISTED + 1} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun.

    Example:
        >>> count(1, "row"), count(1500, "row")
        ('1 row', '1,500 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def show_scalar(value: bool | float | str) -> str:
    """Write a value as it stands in a sentence; very long numbers as they are.

    Example:
        >>> show_scalar("JFK"), show_scalar(5), show_scalar(1_500_000), show_scalar(1e9), show_scalar(1e300)
        ("'JFK'", '5', '1,500,000', '1,000,000,000', '1e+300')
    """
    if isinstance(value, str | bool) or int(abs(value)) not in _GROUPED:
        return repr(value)
    return f"{value:,}".removesuffix(".0")
