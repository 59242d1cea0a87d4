"""As-of joins: the row of another dataset that is nearest in time, or in a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.combine.another import Dataset, OtherColumns, Suffix, default_suffix
from workbench.transformations.fields import Names, count, listed, quoted, shown, variable

__all__ = ["JoinNearest"]

Duration = Annotated[str, Field(pattern=r"^\d{1,9} ?(?:days?|D|hours?|h|minutes?|min|seconds?|s|ms|us)$")]
_NEAREST = {"backward": "last before", "forward": "next after", "nearest": "nearest to"}


class JoinNearest(Transformation):
    """Put beside each row the one row of another dataset that is nearest in time, or in a number.

    ``backward`` takes the last one at or before the row's own time, ``forward`` the next one at or after
    it, ``nearest`` the nearer of the two. The rows stay as they are, in their order; where there is none,
    or its own time is null, the new columns are null. Of several at one time, ``backward`` takes the last and
    ``forward`` the first as they stand.

    Say: join the nearest weather on time_hour by origin
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {
        "dataset": "weather",
        "direction": "nearest",
        "on": "time_hour",
        "by": ["origin"],
    }
    kind: Literal["join_nearest"] = "join_nearest"
    dataset: Dataset
    direction: Literal["backward", "forward", "nearest"] = Field(
        default="backward", description="the last one before, the next one after, or the nearest"
    )
    on: str | None = Field(default=None, description="the time or number, where both call it the same")
    left_on: str | None = Field(default=None, description="that of the table, where the names differ")
    right_on: str | None = Field(default=None, description="that of the other dataset")
    by: Names | None = Field(default=None, description="columns of both that must be equal besides")
    tolerance: (
        Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, allow_inf_nan=False)] | Duration | None
    ) = Field(
        default=None,
        description="how far away it may be: a number, or for times a duration such as '30 min'",
    )
    columns: OtherColumns = None
    suffix: Suffix = Field(default_factory=default_suffix)

    @field_validator("tolerance")
    @classmethod
    def _whole_where_it_is(cls, tolerance: float | str | None) -> float | str | None:
        # Of whole numbers, pandas takes no distance with a decimal point.
        return int(tolerance) if isinstance(tolerance, float) and tolerance.is_integer() else tolerance

    @model_validator(mode="after")
    def _keys_fit(self) -> JoinNearest:
        pair = (self.left_on, self.right_on)
        if (self.on is not None) == any(name is not None for name in pair) or (
            self.on is None and None in pair
        ):
            raise ValueError("give either 'on', or both 'left_on' and 'right_on'")
        if set(self.by or ()) & set(self.order):
            raise ValueError("a column of 'by' is the one that is to be near")
        return self

    @property
    def order(self) -> tuple[str, str]:
        """The column that is near: that of the table, and that of the other dataset."""
        return self.on or str(self.left_on), self.on or str(self.right_on)

    @property
    def open_ended(self) -> bool:
        return self.columns is None

    def others(self) -> tuple[str, ...]:
        return (self.dataset,)

    def knowing(self, others: Mapping[str, Sequence[str]]) -> JoinNearest:
        if self.columns is not None or self.dataset not in others:
            return self
        keys = {self.order[1], *(self.by or ())}
        columns = tuple(name for name in others[self.dataset] if name not in keys)
        return self.model_copy(update={"columns": columns})

    def new_names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns that it adds: their names in the table by their names in the other dataset."""
        return {
            name: name + self.suffix if name in columns else name
            for name in self.columns or ()
            if name not in {self.order[1], *(self.by or ())}
        }

    def _sentence(self) -> str:
        left, right = self.order
        pair = shown(left) if left == right else f"{shown(left)} = {shown(right)}"
        by = f", for equal {listed(self.by)}" if self.by else ""
        within = f", at most {self.tolerance} away" if self.tolerance is not None else ""
        taking = f", taking {listed(self.columns)}" if self.columns is not None else ""
        return f"row of {shown(self.dataset)} {_NEAREST[self.direction]} {pair}{by}{within}{taking}"

    def describe(self) -> str:
        return f"Join with the {self._sentence()}"

    def outcome(self, change: Change) -> str:
        return f"Joined {count(change.rows_after, 'row')} with the {self._sentence()}"

    def to_pandas(self) -> str:
        (left, right), by = self.order, list(self.by or ())
        rename = f".rename(columns={{{left!r}: {right!r}}})" if left != right else ""
        ordered = f".dropna(subset={right!r}).sort_values({right!r}, kind='stable')"
        taken = ""
        if self.columns is not None:
            taken = f"[{quoted(list(dict.fromkeys([right, *by, *self.columns])))}]"
        suffixes = f"suffixes=('', {self.suffix!r})"
        lines = [
            f"rows = df[{quoted([left, *by])}]{rename}{ordered}",
            f"ordered = {variable(self.dataset)}{taken}{ordered}",
            f"found = pd.merge_asof(rows, ordered, {self._arguments()}).set_axis(rows.index)",
            f"found = found.drop(columns={quoted([right, *by])})",
            f"df = df.merge(found, how='left', left_index=True, right_index=True, {suffixes})",
        ]
        return "\n".join(lines)

    def _arguments(self) -> str:
        arguments = [f"on={self.order[1]!r}"]
        arguments += [f"by={quoted(self.by)}"] if self.by else []
        if self.tolerance is not None:
            text = isinstance(self.tolerance, str)
            arguments.append(f"tolerance={f'pd.Timedelta({self.tolerance!r})' if text else self.tolerance}")
        return ", ".join([*arguments, f"direction={self.direction!r}"])

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.order[0], *(self.by or ())]

    def reads_of(self, dataset: str, columns: Sequence[str]) -> list[str]:
        if dataset != self.dataset:
            return []
        wanted = {self.order[1], *(self.by or ()), *(columns if self.columns is None else self.columns)}
        return [name for name in columns if name in wanted]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.new_names(columns).values())
