"""Options of reading as keyword arguments, under the names that pandas gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workbench.errors import InvalidParameter, nearest
from workbench.ingest_options import IngestOptions

__all__ = ["READ_KEYWORDS", "read_options"]

READ_KEYWORDS: Mapping[str, str] = {
    "sep": "delimiter",
    "delimiter": "delimiter",
    "encoding": "encoding",
    "decimal": "decimal",
    "thousands": "thousands",
    "header": "header",
    "skiprows": "skip_rows",
    "skip_rows": "skip_rows",
    "names": "names",
    "dtype": "dtypes",
    "dtypes": "dtypes",
    "na_values": "na_values",
    "dayfirst": "day_first",
    "day_first": "day_first",
    "sheet_name": "sheet",
    "sheet": "sheet",
}
"""The keywords that say how to read, pandas' names and our own, and the option that each one sets."""

_TYPES = {
    "object": "str",
    "string": "str",
    "int": "int64",
    "float": "float64",
    "datetime": "datetime64[us]",
    "datetime64": "datetime64[us]",
    "datetime64[ns]": "datetime64[us]",
    "datetime64[ns, UTC]": "datetime64[us, UTC]",
}


def read_options(options: IngestOptions | None, keywords: Mapping[str, Any]) -> IngestOptions:
    """Put together what was said about the reading of a file.

    Args:
        options: Said at once.
        keywords: Said one by one, by ``READ_KEYWORDS``; they come before ``options``.

    Raises:
        InvalidParameter: A keyword is not known, said twice, or its value does not fit.

    Example:
        >>> read_options(None, {"sep": ";", "dtype": {"zip": str}})
        IngestOptions(delimiter=';', dtypes={'zip': 'str'})
    """
    if options is not None and not isinstance(options, IngestOptions):
        raise InvalidParameter(
            f"options is a {type(options).__name__}, not IngestOptions.",
            "Write options=IngestOptions(delimiter=';'), or the keyword alone: sep=';'.",
        )
    changes: dict[str, Any] = {}
    for keyword, value in keywords.items():
        for option, plain in _plain(keyword, value):
            if option in changes:
                raise InvalidParameter(f"'{option}' is said twice.", f"Leave '{keyword}' out.")
            changes[option] = plain
    if "names" in changes and "header" not in changes and options is None:
        raise InvalidParameter(
            "names=… leaves open whether the first line is a header or data.",
            "Add header=0 if they replace a header, header=None if there is none.",
        )
    before = {} if options is None else options.model_dump(exclude_defaults=True)
    try:
        return IngestOptions.model_validate({**before, **changes})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "options"
        raise InvalidParameter(
            f"The option {where} does not fit: {first['msg']}.",
            "help(workbench.ingest_options.IngestOptions) says what each takes; a dataset that is called "
            "like an option is opened by session.add(file, name).",
        ) from None


def _plain(keyword: str, value: Any) -> list[tuple[str, Any]]:
    """A keyword as options, in the words of ``IngestOptions``."""
    if keyword not in READ_KEYWORDS:
        near = nearest(keyword, list(READ_KEYWORDS))
        hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise InvalidParameter(
            f"'{keyword}' is not an option of reading.", hint or f"Known are {', '.join(READ_KEYWORDS)}."
        )
    match READ_KEYWORDS[keyword]:
        case "header":
            return _header(value)
        case "dtypes" if isinstance(value, Mapping):
            return [("dtypes", {name: _type_name(dtype) for name, dtype in value.items()})]
        case "dtypes":
            return [("dtype", _type_name(value))]
        case "na_values" if isinstance(value, str):
            return [("na_values", (value,))]
        case "na_values" | "names" as option if isinstance(value, list | tuple | set):
            return [(option, tuple(value))]
        case option:
            return [(option, value)]


def _header(value: Any) -> list[tuple[str, Any]]:
    """Pandas' ``header``: a line's number, None for no header, "infer" for the first line."""
    if value is None or isinstance(value, bool):
        return [("header", bool(value))]
    if value in (0, "infer"):
        return [("header", True)]
    if isinstance(value, int):
        raise InvalidParameter(
            f"header={value} is not understood: the header is the first line that is read.",
            f"Write skiprows={value} to leave out the lines before it.",
        )
    raise InvalidParameter(f"header={value!r} is not understood.", "Write header=0 or header=None.")


def _type_name(dtype: Any) -> str:
    """Name a type as the options do; of Python's and NumPy's types, too."""
    name = dtype.__name__ if isinstance(dtype, type) else str(dtype)
    return _TYPES.get(name, name)
