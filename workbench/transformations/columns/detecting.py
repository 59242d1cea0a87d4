"""Columns of text read as what all of their values are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Scope
from workbench.transformations.columns.common import OfColumns
from workbench.transformations.fields import EVERY, Names, count, listed, quoted

__all__ = ["ISO_TIME", "PAIRS", "DetectTypes"]

PAIRS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"))
"""The words for true and false; one of the first pair stands alone, of the others both must occur."""

_WHOLE = "0|-?[1-9][0-9]{0,17}"
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NO_NUMBER = r"^[+-]?0[0-9]|^[+-]?[0-9]{16,}$|^\+[0-9]+$"
_CODE = "^[+-]?[0-9]+E[0-9]"
_OFFSET = "(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)?"
ISO_TIME = f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ]{_CLOCK}{_OFFSET}?)?"
_ZONED = f"[T ].*{_OFFSET}$"

_DETECTED = f"""\
def detected(column):
    text = column.str.strip()
    values = text.dropna()
    every = lambda pattern: values.str.fullmatch(pattern).all()
    some = lambda pattern: values.str.contains(pattern).any()
    if values.empty:
        return column
    words = set(values.str.lower())
    for true, false in {PAIRS!r}:
        if words == {{true, false}} or words in [{{'true'}}, {{'false'}}]:
            truth = text.str.lower().map({{true: True, false: False}})
            return truth.astype('boolean' if truth.hasnans else 'bool')
    if every('-?[0-9]+'):
        whole = 'Int64' if text.hasnans else 'int64'
        return text.astype(whole) if every({_WHOLE!r}) else column
    code = some({_CODE!r}) and not some('[.]')
    if every({_NUMBER!r}) and not some({_NO_NUMBER!r}) and not code:
        numbers = text.astype('float64')
        return column if numbers.isin([float('inf'), -float('inf')]).any() else numbers
    zoned = values.str.contains({_ZONED!r})
    if every({ISO_TIME!r}) and zoned.nunique() == 1:
        times = pd.to_datetime(text, format='ISO8601', errors='coerce', utc=bool(zoned.all()))
        if times.notna().equals(text.notna()):
            return times.dt.as_unit('ns' if some('[.][0-9]{{7}}') else 'us')
    return column
"""


class DetectTypes(OfColumns):
    """Turn columns of text into what all of their values are: true or false, numbers, dates.

    A column changes only where every value fits that is not null, so that nothing is lost; what became of
    each column, and why one stayed text, is reported. Read are ``true`` and ``false`` in any case, ``yes``
    and ``no``, ``y`` and ``n``, ``t`` and ``f`` where both occur, whole numbers of up to 18 digits, decimal
    numbers with a point, and dates and times in ISO 8601 form, those with an offset as UTC. Blanks around
    values do not count. Numbers with leading zeros stay text, as do codes that only look like numbers.

    Say: detect the types
    """

    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {}
    kind: Literal["detect_types"] = "detect_types"
    columns: Names | None = Field(default=None, description="where to look; all columns of text if not given")

    @property
    def open_ended(self) -> bool:
        # What a column is afterwards is for its values to decide.
        return True

    def _where(self) -> str:
        return listed(self.columns) if self.columns is not None else "all columns of text"

    def describe(self) -> str:
        return f"Detect the types of {self._where()}"

    def outcome(self, change: Change) -> str:
        made = f": {count(len(change.columns_retyped), 'column')} changed"
        return f"Detected the types of {self._where()}{made}"

    def to_pandas(self) -> str:
        names = quoted(self.columns) if self.columns is not None else EVERY["text"]
        return f"{_DETECTED}for name in {names}:\n    df[name] = detected(df[name])"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)
