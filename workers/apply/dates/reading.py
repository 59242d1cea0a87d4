"""Text read as dates and times, and written again."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.errors import ValueUnreadable
from workbench.transformations.dates import reading as words
from workbench.transformations.fields import MOVING, count, shown
from workers.apply.base import apply, with_columns
from workers.apply.dates.base import times_of
from workers.apply.notes import warn
from workers.apply.text.calls import text_of

__all__: list[str] = []

_ISO, _ISO_UTC = "ISO8601", "ISO8601 in UTC"


@apply.register
def _(step: words.ParseDates, frame: pd.DataFrame) -> pd.DataFrame:
    texts = {name: text_of(frame, name, "reading dates") for name in step.columns}
    made = {}
    for name, text in texts.items():
        still = text.mask(text.isin(MOVING))
        times = _detected(step, still) if step.format is None else _in_format(step.format, still)
        unread = text.notna() & times.isna()
        if step.on_error == "fail" and unread.any():
            raise _unreadable(name, text[unread])
        if step.on_error == "keep" and unread.any():
            example = text[unread].iloc[0]
            many = count(int(unread.sum()), "value")
            warn(f"{shown(name)} stays text: {many} could not be read as a date, for example {example!r}")
        else:
            made[name] = times
    return with_columns(frame, made)


def _unreadable(name: str, texts: pd.Series) -> ValueUnreadable:
    example = str(texts.iloc[0])
    return ValueUnreadable(
        f"{count(len(texts), 'value')} of column '{name}' cannot be read as a date, for example {example!r}.",
        "Give the format, let unreadable values become null, or replace them first.",
        column=name,
        example=example,
    )


def _in_format(form: str, texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, format=form, errors="coerce", utc="%z" in form).dt.as_unit("us")


def _read(texts: pd.Series, form: str) -> pd.Series:
    if form not in (_ISO, _ISO_UTC):
        return pd.to_datetime(texts, format=form, errors="coerce").dt.as_unit("us")
    texts = texts.where(texts.str.contains(words.OFFSET, na=False) == (form == _ISO_UTC))
    times = pd.to_datetime(texts, format=_ISO, errors="coerce", utc=True).dt.as_unit("us")
    return times if form == _ISO_UTC else times.dt.tz_localize(None)


def _detected(step: words.ParseDates, texts: pd.Series) -> pd.Series:
    """Read a column in the form that reads most of it; of equals the first one, which is the likelier."""
    days = words.days(step.day_first)
    forms = [_ISO, _ISO_UTC, *(day + clock for clock in words.CLOCKS for day in days)]
    codes, uniques = pd.factorize(texts)
    distinct = pd.Series(uniques, dtype="str")
    first = distinct.head(words.LIKELY)
    best, times = forms[0], _read(distinct.iloc[:0], forms[0])
    most = 0
    for form in (form for form in forms if _read(first, form).notna().any()):
        found = _read(distinct, form)
        readable = int(found.notna().sum())
        if readable > most:
            best, times, most = form, found, readable
        if most == len(distinct):
            break  # none that comes later can read more
    if most:
        _tell(step, str(texts.name), _Reading(best, distinct, times))
    else:
        times = _read(distinct, best)
    # Each distinct text was read once; -1 stands for null.
    made = times.array.take(codes, allow_fill=True)
    return pd.Series(made, index=texts.index, name=texts.name)


@dataclass(frozen=True)
class _Reading:
    """The form that was found for the distinct texts of a column, and the times that it reads in them."""

    form: str
    texts: pd.Series
    times: pd.Series

    @property
    def twin(self) -> str | None:
        """The form with day and month the other way round, where both are numbers of two digits."""
        parts = self.form[:2], self.form[2:3], self.form[3:5], self.form[5:]
        if {parts[0], parts[2]} != {"%d", "%m"}:
            return None
        return parts[2] + parts[1] + parts[0] + parts[3]


def _tell(step: words.ParseDates, column: str, found: _Reading) -> None:
    """Say in which form a column was read, and what showed which of two numbers is the day."""
    name, form, twin = shown(column), found.form, found.twin
    if form == _ISO:
        return
    if form == _ISO_UTC:
        warn(f"{name} has offsets from UTC, and was read as times in UTC")
        return
    read = f"{name} was read in the form {form}"
    if twin is None:
        warn(f"{read}, for example {found.texts[found.times.notna()].iloc[0]!r}")
        return
    which = "day" if form.startswith("%d") else "month"
    other = _read(found.texts, twin)
    shows = found.texts[found.times.notna() & other.isna()]
    against = found.texts[found.times.isna() & other.notna()]
    if len(shows):
        but = f", though {str(against.iloc[0])!r} can only be the other way round" if len(against) else ""
        warn(f"{read}: {shows.iloc[0]!r} shows that the {which} is first{but}")
        return
    differ = found.texts[found.times.notna() & (found.times != other)]
    if len(differ) and step.day_first is None:
        text, time = differ.iloc[0], found.times[differ.index[0]]
        warn(
            f"{name} may have the day or the month first, and no value shows which: with the {which} first,"
            f" {text!r} was read as {time:%d %B %Y}; day_first says it otherwise"
        )


@apply.register
def _(step: words.FormatDates, frame: pd.DataFrame) -> pd.DataFrame:
    times = times_of(frame, step.column, "writing dates as text")
    return with_columns(frame, {step.target: times.dt.strftime(step.format).astype("str")})
