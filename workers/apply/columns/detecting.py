"""Columns of text read as what all of their values are, by the rules that hold when a file is opened."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.transformations import columns as words
from workbench.transformations.columns.detecting import ISO_TIME, PAIRS
from workbench.transformations.fields import listed, shown
from workers.apply.base import apply, require_text, with_columns
from workers.apply.notes import examples_of, warn
from workers.frames.ingest.casts import Rules, head_of, misfit, reading_of
from workers.frames.ingest.numbers import Found, Refused, decimals, integers, is_decimal, is_integer
from workers.frames.ingest.series import series_of
from workers.frames.ingest.times import is_time, iso_times

__all__: list[str] = []

_EVERYTHING_COUNTS = Rules(na_values=())
_CALLED = {"int64": "whole numbers", "float64": "decimal numbers", "bool": "booleans"}


@apply.register
def _(step: words.DetectTypes, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns if step.columns is not None else tuple(frame.select_dtypes("str").columns)
    require_text(frame, names, "detecting types")
    made: dict[str, pd.Series] = {}
    plain = []
    for name in names:
        text = _bare(frame[name])
        if text.null_count == len(text):
            continue
        match _read(text):
            case Found() as found:
                made[name] = series_of(reading_of(name, found, {}, text.null_count, trimmed=True))
                warn(f"{shown(name)} became {_CALLED.get(found.dtype, 'points in time')}: {found.why}")
            case Refused() as refused:
                warn(f"{shown(name)} stayed text: {refused.why.removesuffix(': kept as text')}")
            case None:
                plain.append(name)
    _note_plain(frame, plain)
    return with_columns(frame, made)


def _note_plain(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Say in one sentence which columns are nothing but text."""
    if names:
        seen = pd.concat([frame[name].dropna().head(1) for name in names])
        warn(f"{listed(names)} stayed text: the values are text, for example {examples_of(seen)}")


def _bare(column: pd.Series) -> pa.ChunkedArray:
    """The texts without the blanks around them."""
    array = pa.array(column, from_pandas=True)
    text = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return pc.utf8_trim_whitespace(text)


def _read(text: pa.ChunkedArray) -> Found | Refused | None:
    """Read a column that has a value as the first type that all of its values fit.

    Returns:
        The values; why the column stays text, where that is not plain; or None where it is just text.
    """
    head = head_of(text, _EVERYTHING_COUNTS)
    if not head:
        return Refused("all there is are blanks")
    if (truths := _booleans(text, head)) is not None:
        return truths
    # What its first values are shows at once what a column is not: to find out by a cast takes long.
    if all(map(is_integer, head)) and (whole := integers(text)) is not None:
        return whole
    if all(map(is_decimal, head)) and (numbers := _finite(text)) is not None:
        return numbers
    if all(map(is_time, head)):
        return iso_times(text, head[0]) or _no_times(text)
    why = misfit(text, head, _EVERYTHING_COUNTS)
    return None if why == "the values are text" else Refused(why)


def _booleans(text: pa.ChunkedArray, head: Sequence[str]) -> Found | Refused | None:
    known = {word for pair in PAIRS for word in pair}
    if not {word.lower() for word in head} <= known:
        return None
    lower = pc.utf8_lower(text)
    spoken = set(pc.unique(lower.drop_null()).to_pylist())
    pair = next((pair for pair in PAIRS if spoken <= set(pair)), None)
    if pair is None:
        return None
    if len(spoken) == 1 and pair is not PAIRS[0]:
        return Refused(f"all that is said is '{head[0]}', which alone need not be a yes or no")
    return Found(pc.equal(lower, pair[0]), "bool", f"every value is {' or '.join(pair)}")


def _finite(text: pa.ChunkedArray) -> Found | Refused | None:
    found = decimals(text)
    if isinstance(found, Found) and pc.any(pc.is_inf(found.values)).as_py():
        return Refused("a number is infinite")
    return found


def _no_times(text: pa.ChunkedArray) -> Refused:
    known = text.drop_null()
    others = known.filter(pc.invert(pc.match_substring_regex(known, f"^(?:{ISO_TIME})$")))
    if len(others):
        return Refused(f"'{others[0]}' is no date in ISO 8601 form; 'parse dates' knows others")
    return Refused("some of the dates are not in the calendar, or not all have an offset")
