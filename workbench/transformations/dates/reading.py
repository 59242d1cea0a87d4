"""Text read as dates and times, and written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation, unread
from workbench.transformations.dates.base import InOneColumn, ReadFormat, WrittenFormat
from workbench.transformations.fields import MOVING, Names, listed

__all__ = ["CLOCKS", "LIKELY", "OFFSET", "FormatDates", "ParseDates", "days"]

_SINGLE_ORDER = (
    *("%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d"),
    *("%d-%b-%Y", "%d %b %Y", "%d-%B-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"),
)
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_WITH_DOTS = ("%d.%m.%Y", "%d.%m.%y"), ("%m.%d.%Y", "%m.%d.%y")

CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
"""The forms of the time behind a date."""

OFFSET = r"\d[T ].*(?:Z|[+-]\d{1,2}(?::?\d\d)?)$"
"""The end of a text in ISO 8601 form that has an offset from UTC."""

LIKELY = 1_000
"""How many distinct texts a form is tried on first."""


def days(day_first: bool | None) -> list[str]:
    """The forms of dates that are looked for besides ISO 8601, the likelier one of two orders first.

    Args:
        day_first: Which order counts where the values show none; None: the month, with dots the day.
    """
    plain = (_DAY_FIRST, _MONTH_FIRST) if day_first else (_MONTH_FIRST, _DAY_FIRST)
    dotted = _WITH_DOTS if day_first is not False else _WITH_DOTS[::-1]
    return [*_SINGLE_ORDER, *plain[0], *dotted[0], *plain[1], *dotted[1]]


_DETECTION = """\
days = {days}
clocks = {clocks}
forms = ['ISO8601', 'ISO8601 in UTC', *(day + clock for clock in clocks for day in days)]

def read(texts, form):
    if form not in forms[:2]:
        return pd.to_datetime(texts, format=form, errors='coerce').dt.as_unit('us')
    texts = texts.where(texts.str.contains({offset!r}, na=False) == (form == forms[1]))
    times = pd.to_datetime(texts, format='ISO8601', errors='coerce', utc=True).dt.as_unit('us')
    return times if form == forms[1] else times.dt.tz_localize(None)

# Of the forms that read any of the first texts, the one that reads most of all; the first one of equals.
for name in {names}:
    texts = df[name].astype('str').mask(df[name].isin({moving}))
    distinct = texts.drop_duplicates().dropna()
    likely = [form for form in forms if read(distinct.head({likely}), form).notna().any()]
    times = read(texts, max(likely or forms[:1], key=lambda form: read(distinct, form).notna().sum()))
    {assign}"""


class ParseDates(Transformation):
    """Read text as dates and times, in the format given, or in the one that reads most values of the column.

    Without a format, ISO 8601 is looked for, and the usual forms with the year first, with the month's
    English name, and with two numbers, with or without a time of day. Which of two numbers is the day, a
    value such as 25/12/2013 shows; where none does, the month is taken to be first (with dots, the day)
    unless ``day_first`` says otherwise, and a warning tells so. Offsets from UTC are taken to UTC. Times are
    kept to the microsecond. With ``on_error`` of ``keep``, a column stays text if a value cannot be read.

    Say: parse the dates in notes
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["notes"]}
    kind: Literal["parse_dates"] = "parse_dates"
    columns: Names = Field(description="which columns of text")
    format: ReadFormat | None = Field(
        default=None,
        description="how they are written, in strptime's codes; found for each column if not given",
        examples=["%d/%m/%Y"],
    )
    day_first: bool | None = Field(
        default=None, description="which of two numbers is the day where the values do not show it"
    )
    on_error: Literal["null", "keep", "fail"] = Field(
        default="null", description="what to do with a value that cannot be read"
    )

    @model_validator(mode="after")
    def _one_order(self) -> ParseDates:
        if self.format is not None and self.day_first is not None:
            raise ValueError("a format says which comes first, so day_first has no use beside it")
        return self

    def _what(self) -> str:
        format_ = f" in the form {self.format}" if self.format is not None else ""
        order = {None: "", True: ", the day first", False: ", the month first"}[self.day_first]
        return f"{listed(self.columns)} as dates{format_}{order}"

    def describe(self) -> str:
        ending = {
            "null": "",
            "keep": ", or keep the text where a value is none",
            "fail": ", failing on a value that is none",
        }
        return f"Read {self._what()}{ending[self.on_error]}"

    def outcome(self, change: Change) -> str:
        kept = [name for name in self.columns if name not in change.columns_retyped]
        stayed = f"; {listed(kept)} stayed text" if self.on_error == "keep" and kept else ""
        return f"Read {self._what()}{unread(change, self.columns)}{stayed}"

    def to_pandas(self) -> str:
        if self.format is None:
            return _DETECTION.format(
                days=days(self.day_first),
                clocks=list(CLOCKS),
                offset=OFFSET,
                moving=list(MOVING),
                likely=LIKELY,
                names=list(self.columns),
                assign=self._assignment("name").replace("\n", "\n    "),
            )
        utc = ", utc=True" if "%z" in self.format else ""
        coerce = "" if self.on_error == "fail" else ", errors='coerce'"
        lines = []
        for name in self.columns:
            texts = f"df[{name!r}].astype('str').mask(df[{name!r}].isin({list(MOVING)}))"
            read = f"pd.to_datetime({texts}, format={self.format!r}{coerce}{utc})"
            if self.on_error == "keep":
                lines += [f"times = {read}.dt.as_unit('us')", self._assignment(repr(name))]
            else:
                lines.append(f"df[{name!r}] = {read}.dt.as_unit('us')")
        return "\n".join(lines)

    def _assignment(self, name: str) -> str:
        """Write the lines that put the times into the column of a name, itself written as source."""
        column = f"df[{name}]"
        match self.on_error:
            case "null":
                return f"{column} = times"
            case "keep":
                return f"if times.notna().equals({column}.notna()):\n    {column} = times"
            case "fail":
                return (
                    f"if not times.notna().equals({column}.notna()):\n"
                    f"    raise ValueError(f'not all values of {{{name}}} are dates')\n"
                    f"{column} = times"
                )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)


class FormatDates(InOneColumn):
    """Write dates and times as text, in a format of your own.

    The codes are those of Python's strftime: %Y is the year, %m the month, %d the day, %H:%M:%S the time,
    %B and %b the month's name, %A and %a that of the weekday.

    Say: format order_date as "%d.%m.%Y"
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "order_date", "format": "%d.%m.%Y"}
    kind: Literal["format_dates"] = "format_dates"
    format: WrittenFormat = Field(description="how to write them", examples=["%d.%m.%Y"])

    def targets(self) -> dict[str, str]:
        return {self.target: "str"}

    def _says(self) -> tuple[str, str]:
        return "Write", f"{listed([self.column])} as text in the form {self.format!r}"

    def outcome(self, change: Change) -> str:
        return self.describe().replace("Write", "Wrote", 1)

    def to_pandas(self) -> str:
        return f"df[{self.target!r}] = df[{self.column!r}].dt.strftime({self.format!r}).astype('str')"
