"""Rows whose numbers lie far from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.fields import EVERY, Names, count, listed, quoted
from workbench.transformations.keys import By, for_each
from workbench.transformations.rows.base import Rows

__all__ = ["DropOutliers"]

_FAR = {"iqr": 1.5, "zscore": 3.0}


class DropOutliers(Rows):
    """Drop the rows whose numbers lie far from the others, in one of some columns or more; or keep only them.

    ``iqr``: more than 1.5 times the distance between the quartiles below the first or above the third one
    (Tukey's fences). ``zscore``: more than 3 standard deviations from the mean. ``factor`` sets the 1.5 or
    the 3. ``percentile``: below the 1st or above the 99th percentile, or those that ``lower`` and ``upper``
    set. With ``by`` each group has bounds of its own. A null is no outlier. Without columns, all columns of
    numbers are looked at. The bounds are reported.

    Say: remove outliers in price
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"]}
    kind: Literal["drop_outliers"] = "drop_outliers"
    columns: Names | None = Field(default=None, description="where to look; all numbers if not given")
    method: Literal["iqr", "zscore", "percentile"] = Field(default="iqr", description="what lies far")
    factor: float | None = Field(
        default=None, gt=0, le=1e6, description="how far: 1.5 for iqr, 3 for zscore if not given"
    )
    lower: float = Field(default=0.01, ge=0, lt=1, description="the percentile of the lower bound, as a part")
    upper: float = Field(default=0.99, gt=0, le=1, description="the percentile of the upper bound, as a part")
    by: By = ()
    keep: Literal["others", "outliers"] = Field(default="others", description="which rows stay")

    @model_validator(mode="after")
    def _bounds(self) -> DropOutliers:
        if self.method == "percentile" and self.factor is not None:
            raise ValueError("factor goes with iqr and zscore; percentile takes lower and upper")
        if self.lower >= self.upper:
            raise ValueError("lower must be less than upper")
        if self.method != "percentile" and {"lower", "upper"} & self.model_fields_set:
            defaults = type(self).model_fields
            if (self.lower, self.upper) != (defaults["lower"].default, defaults["upper"].default):
                raise ValueError("lower and upper go with the method percentile")
        return self

    @property
    def far(self) -> float:
        """How many times the spread is far."""
        return self.factor if self.factor is not None else _FAR.get(self.method, 1.0)

    def _where(self, verb: str) -> str:
        columns = listed(self.columns, "or") if self.columns is not None else "any column of numbers"
        match self.method:
            case "iqr":
                how = f"is more than {self.far:g} times the interquartile range outside the quartiles"
            case "zscore":
                how = f"is more than {self.far:g} standard deviations from the mean"
            case "percentile":
                how = f"is outside the percentiles {self.lower * 100:.12g} to {self.upper * 100:.12g}"
        return f"where {columns} {how.replace('is', verb, 1)}{for_each(self.by)}"

    def describe(self) -> str:
        verb = "Drop" if self.keep == "others" else "Keep only"
        return f"{verb} rows {self._where('is')}"

    def outcome(self, change: Change) -> str:
        if self.keep == "others":
            return f"Dropped {count(change.rows_removed, 'row')} {self._where('was')}"
        return f"Kept {change.rows_after:,} of {count(change.rows_before, 'row')} {self._where('was')}"

    def to_pandas(self) -> str:
        columns = quoted(self.columns) if self.columns is not None else EVERY["numbers"]
        groups = [f"groups = df.groupby({quoted(self.by)}, dropna=False)"] if self.by else []
        match self.method:
            case "iqr":
                bounds = [
                    f"low, high = {self._statistic('quantile', 0.25)}, {self._statistic('quantile', 0.75)}",
                    f"low, high = low - {self.far!r} * (high - low), high + {self.far!r} * (high - low)",
                ]
            case "zscore":
                bounds = [
                    f"middle, reach = {self._statistic('mean')}, {self.far!r} * {self._statistic('std')}",
                    "low, high = middle - reach, middle + reach",
                ]
            case "percentile":
                low, high = self._statistic("quantile", self.lower), self._statistic("quantile", self.upper)
                bounds = [f"low, high = {low}, {high}"]
        chosen = "df[~outliers]" if self.keep == "others" else "df[outliers]"
        return "\n".join(
            [
                *groups,
                "outliers = pd.Series(False, index=df.index)",
                f"for name in {columns}:",
                *(f"    {line}" for line in bounds),
                "    outliers |= ((df[name] < low) | (df[name] > high)).fillna(False).astype(bool)",
                f"df = {chosen}.reset_index(drop=True)",
            ]
        )

    def _statistic(self, function: str, *arguments: float) -> str:
        """Write a statistic of the column ``name``: one value, or one for each row of that of its group."""
        if self.by:
            written = ", ".join([repr(function), *(repr(argument) for argument in arguments)])
            return f"groups[name].transform({written})"
        return f"df[name].{function}({', '.join(repr(argument) for argument in arguments)})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        if self.columns is None:
            return list(columns) if columns else list(self.by)
        return list(dict.fromkeys([*self.columns, *self.by]))
