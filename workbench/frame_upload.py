"""A pandas frame as an Arrow file: how a notebook hands its data over.

Every dtype that Arrow has is kept exactly. What it does not have is made into something that it has, and
said so: nothing is lost silently.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import FileColumnNames, FileWithoutRows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HANDED_OVER", "WARNINGS", "frame_to_arrow_file"]

HANDED_OVER = b"workbench.frame"
"""Key of the schema's metadata by which the worker knows a frame that was handed over."""

WARNINGS = b"workbench.warnings"
"""Key of the schema's metadata under which the warnings go with the file, as a JSON list."""


def frame_to_arrow_file(frame: pd.DataFrame, path: Path) -> list[str]:
    """Write a frame as an Arrow file.

    Args:
        frame: The frame; it is left as it is.
        path: Where to write.

    Returns:
        What had to be changed, as sentences. The worker reports them, too.

    Raises:
        FileColumnNames: Two columns have one name, or one is empty.
        FileWithoutRows: The frame has no rows.
    """
    import pandas as pd
    import pyarrow as pa

    plain, warnings = _plain(frame)
    if len(plain) == 0:
        raise FileWithoutRows("The frame has no rows.", "Hand over a frame with at least one row.")
    columns = {}
    for name in plain.columns:
        columns[name], changed = _arrowable(plain[name])
        if changed:
            warnings.append(f"Column '{name}' {changed}")
    table = pa.Table.from_pandas(pd.DataFrame(columns, copy=False), preserve_index=False)
    ours = {HANDED_OVER: b"1", WARNINGS: json.dumps(warnings).encode()}
    table = table.replace_schema_metadata({**table.schema.metadata, **ours})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return warnings


def _plain(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame with unique string names and row numbers for its index."""
    import pandas as pd

    warnings = []
    if not frame.index.equals(pd.RangeIndex(len(frame))) or frame.index.names != [None]:
        before = len(frame.columns)
        try:
            frame = frame.reset_index()
        except ValueError as error:  # the index has the name of a column
            raise FileColumnNames(
                f"The index of the frame cannot become a column: {error}.", "Rename the index, or drop it."
            ) from error
        added = [str(name) for name in frame.columns[: len(frame.columns) - before]]
        warnings.append(f"The index of the frame became {_columns(added)}.")
    names = [_text_of(name) for name in frame.columns]
    changed = [new for old, new in zip(frame.columns, names, strict=True) if not isinstance(old, str)]
    if changed:
        warnings.append(f"Names that were not text became text: {_columns(changed)}.")
    _check(names)
    return frame.set_axis(names, axis=1), warnings


def _text_of(name: Any) -> str:
    return "_".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _columns(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5]) + (", …" if len(names) > 5 else "")
    return f"the column{'s' if len(names) > 1 else ''} {shown}"


def _check(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names:
        raise FileColumnNames("The frame has no columns.", "Hand over a frame with at least one column.")
    if twice or not all(name.strip() for name in names):
        fault = f"the name '{twice[0]}' is there more than once" if twice else "a column has no name"
        raise FileColumnNames(
            f"In the frame {fault}.", "Name every column once: df.columns = […].", duplicates=twice
        )


def _arrowable(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """The column in a dtype that Arrow keeps exactly, and what was changed for it."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(series.dtype, pd.SparseDtype):
        return series.astype(series.dtype.subtype), "was sparse; it is dense now."
    if isinstance(series.dtype, pd.ArrowDtype):
        return _plain_arrow(series)
    if series.dtype == object:
        return _typed(series)
    if isinstance(series.dtype, pd.CategoricalDtype):
        categories, changed = _arrowable(pd.Series(series.dtype.categories))
        if changed or isinstance(categories.dtype, (pd.IntervalDtype, pd.PeriodDtype)):
            texts = series.astype(object).map(str, na_action="ignore")
            return _text(texts)[0], f"held categories that are {series.dtype.categories.dtype}; {_NOW_TEXT}."
        return series.cat.rename_categories(pd.Index(categories)), ""
    try:
        pa.Array.from_pandas(series.head(0))
    except pa.ArrowException:
        return series.map(str, na_action="ignore").astype("str"), f"held {series.dtype}; {_NOW_TEXT}."
    return series, ""


def _plain_arrow(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """A column of pandas' Arrow dtypes; those whose names pandas cannot read again, as something else."""
    import pandas as pd
    import pyarrow as pa

    kind = series.dtype.pyarrow_dtype  # type: ignore[union-attr]
    if pa.types.is_nested(kind):
        texts = series.astype(object).map(_as_json, na_action="ignore")
        return _text(texts)[0], f"held {kind}; {_NOW_TEXT}."
    if pa.types.is_dictionary(kind):
        return pd.Series(pa.array(series).to_pandas(), index=series.index), ""
    if pa.types.is_decimal(kind):
        return series.astype(object), f"held {kind} of Arrow; it holds Python's decimals now."
    if kind == pa.string_view():
        return pd.Series(pd.array(pa.array(series).to_pylist(), dtype="string"), index=series.index), ""
    return series, ""


_NOW_TEXT = "it is text now"
_SIMPLE = {
    "integer": ("int64", "Int64"),
    "boolean": ("bool", "boolean"),
    "floating": ("float64", "float64"),
    "mixed-integer-float": ("float64", "float64"),
}
_KEPT = {"decimal", "bytes", "time"}


def _typed(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """A column of objects as what its values are: of one type, or else text."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in ("string", "empty"):
        return _text(series)
    if kind in _KEPT:
        return series, ""
    try:
        if kind in _SIMPLE:
            plain, nullable = _SIMPLE[kind]
            return pd.Series(series, dtype=nullable if series.hasnans else plain), ""
        if kind in ("datetime", "datetime64", "date"):
            times = pd.to_datetime(series).dt.as_unit("us")
            return times, "held dates; they are times now." if kind == "date" else ""
        if kind in ("period", "interval"):
            return pd.Series(pd.array(series.to_list()), index=series.index), ""
        if kind in ("timedelta", "timedelta64"):
            return pd.to_timedelta(series), ""
    except (OverflowError, ValueError, TypeError) as error:
        shown = str(error).splitlines()[0]
        return _text(series.map(str, na_action="ignore"))[0], f"cannot be {kind} ({shown}); {_NOW_TEXT}."
    return _text(series.map(_as_json, na_action="ignore"))[0], "held values of several kinds; it is text now."


def _as_json(value: Any) -> str:
    if isinstance(value, str):
        return value
    nested = isinstance(value, (dict, list, tuple)) or hasattr(value, "tolist")
    return json.dumps(value, ensure_ascii=False, default=_plain_value) if nested else str(value)


def _plain_value(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _text(series: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    try:
        return series.astype("str"), ""
    except UnicodeEncodeError:
        changed = "held halves of surrogate pairs, which are no characters; they are question marks now."
        return series.map(_encodable, na_action="ignore").astype("str"), changed


def _encodable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
