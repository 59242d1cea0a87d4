"""What makes tables of another shape: values counted, made columns of, and columns made rows of."""

from __future__ import annotations

from typing import Any

from workbench.transformations import (
    Crosstab,
    Describe,
    Explode,
    Pivot,
    PromoteHeader,
    Transformation,
    Transpose,
    Unpivot,
    ValueCounts,
)
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns, Named
from workers.planner.parsing import Unfit, WrongType

__all__ = ["ShapeMeaning"]

Steps = tuple[Transformation, ...]
_IN_CELLS = frozenset(
    {"count", "distinct", "sum", "mean", "median", "min", "max", "std", "var", "first", "last"}
)


class ShapeMeaning(BaseMeaning):
    """Reads the rules of ``grammar/shape.lark`` that are not about groups."""

    def value_counts(self, columns: Columns) -> Steps:
        return (ValueCounts(columns=columns.names),)

    def value_shares(self, columns: Columns) -> Steps:
        return (ValueCounts(columns=columns.names, normalize=True),)

    def distribution(self, columns: Columns) -> Steps:
        for known in self.scope.columns:
            if known.name in columns.names and known.dtype.lower().startswith("float"):
                raise Unfit(
                    f"{known.name} holds measured numbers; their distribution can be shown in several ways.",
                    f"Say 'describe {known.name}', 'bin {known.name} into 10 bins', or 'value counts of"
                    f" {known.name}'.",
                    final=True,
                )
        return self.value_counts(columns)

    def pivot(self, pivoted: tuple[Any, tuple[str, ...]], index: Columns, columns: Columns) -> Steps:
        function, values = pivoted
        if function not in _IN_CELLS:
            raise Unfit(
                f"The cells of a pivot cannot hold the {function}.", "Say the sum or the mean of a column."
            )
        for name in values:
            self.require_measured(name, function)
        return (Pivot(index=index.names, columns=columns.names, values=values, aggregate=function),)

    def pivot_last(self, index: Columns, columns: Columns, pivoted: Any) -> Steps:
        return self.pivot(pivoted, index, columns)

    def pivot_listed(self, index: tuple[str, ...], columns: tuple[str, ...], pivoted: Any) -> Steps:
        return self.pivot(pivoted, Columns(index), Columns(columns))

    def pivot_columns_first(self, columns: tuple[str, ...], pivoted: Any, index: Columns) -> Steps:
        return self.pivot(pivoted, index, Columns(columns))

    def pivot_of_two(self, pivoted: Any, index: str, columns: str) -> Steps:
        """A pivot table of two columns: the first one down, the second one across."""
        return self.pivot(pivoted, Columns((index,)), Columns((columns,)))

    def pivot_settled(self, pivoted: Any, groups: Columns, index: Columns, columns: Columns) -> Steps:
        """What is computed was said for each combination first; then, which of them go where."""
        if {*groups.names} != {*index.names, *columns.names}:
            raise Unfit("The rows and columns are not those that were named before.", "Name the same ones.")
        return self.pivot(pivoted, index, columns)

    def pivot_unsaid(self, index: Columns, columns: Columns, value: str) -> Steps:
        del index, columns
        raise Unfit(
            f"It is not said what to compute of {value}: several rows can have one cell.",
            f"Say it as in: with the sum of {value} as values.",
            final=True,
        )

    def pivoted(self, function: Any, names: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
        return function, names

    def unpivot(self, columns: Columns, *more: Any) -> Steps:
        ids = next((part.names for part in more if isinstance(part, Columns)), ())
        if columns.every and ids:
            return self._unpivoted(ids, None, more)
        return self._unpivoted(ids, None if columns.every else columns.names, more)

    def unpivot_except(self, columns: Columns, *more: Any) -> Steps:
        return self._unpivoted(columns.names, None, more)

    def _unpivoted(
        self, ids: tuple[str, ...], values: tuple[str, ...] | None, more: tuple[Any, ...]
    ) -> Steps:
        names = next((part for part in more if isinstance(part, tuple)), None)
        made = {} if names is None else {"variable_name": names[0].text, "value_name": names[1].text}
        return (Unpivot(id_columns=ids, value_columns=values, **made),)

    def pair_of_names(self, variable: Named, value: Named) -> tuple[Named, Named]:
        return variable, value

    def crosstab(self, index: str, columns: str, totals: bool = False) -> Steps:
        return (Crosstab(index=index, columns=columns, margins=totals),)

    def with_totals(self) -> bool:
        return True

    def describe_table(self, said: Any) -> Any:
        return said

    def describe_all(self) -> Steps:
        return (Describe(),)

    def describe_some(self, columns: Columns) -> Steps:
        return (Describe(columns=None if columns.every else columns.names),)

    def explode_lists(self, column: str) -> Steps:
        if any(known.name == column and known.dtype == "str" for known in self.scope.columns):
            raise Unfit(
                f"It is not said where to split {column}.",
                f"Say it as in: at comma into rows; or 'explode {column} as JSON', if it holds such lists.",
            )
        return (Explode(column=column),)

    def explode_json(self, column: str) -> Steps:
        if self.scope.kind(column) not in {"text", "other"}:
            raise WrongType(
                f"'{column}' does not hold text, so it has no JSON lists.", "Name another column."
            )
        return (Explode(column=column, format="json"),)

    def explode_text(self, column: str, separator: str) -> Steps:
        return (Explode(column=column, separator=separator),)

    def promote_header(self) -> Steps:
        return (PromoteHeader(),)

    def promote_row(self, token: Token) -> Steps:
        if not isinstance(token.number, int) or token.number < 1:
            raise Unfit("That is no number of a row.", "Rows are counted from 1.", token)
        return (PromoteHeader(row=token.number),)

    def transpose(self) -> Steps:
        return (Transpose(),)

    def transpose_by(self, column: str) -> Steps:
        return (Transpose(header=column),)
