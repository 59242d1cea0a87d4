"""The table as a step of a message finds it: its columns, and what "it" is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from workbench.transformations import (
    AddRowNumber,
    Bin,
    BinaryEncode,
    CaseWhen,
    Cast,
    ClusterValues,
    Crosstab,
    Cumulate,
    Derive,
    Describe,
    DetectTypes,
    Diff,
    Drop,
    DropBy,
    Duplicate,
    Explode,
    FlagDuplicates,
    FlagNulls,
    Group,
    LabelEncode,
    MadeOfText,
    MadeOfTimes,
    MapValues,
    Move,
    OneHot,
    OrdinalEncode,
    ParseDates,
    PercentOfTotal,
    Pivot,
    PromoteHeader,
    Rank,
    Rename,
    RenameWith,
    Resample,
    Rolling,
    Scale,
    Select,
    SelectBy,
    Shift,
    Sort,
    SortColumns,
    Transformation,
    Transpose,
    Unpivot,
    ValueCounts,
)
from workbench.transformations.conditions import Condition
from workbench.transformations.expressions import Arithmetic, ColumnRef, Function, Literal_, Moment, Tree
from workbench.transformations.values.base import Values
from workers.planner.columns import ColumnIndex, singular
from workers.planner.retaken import Retaken
from workers.planner.revalued import revalued
from workers.planner.tables import Kind, Table, TableColumn, Tables
from workers.planner.values import ValueIndex

__all__ = ["Scope"]

_DTYPES = {
    "integer": "Int64",
    "float": "float64",
    "text": "str",
    "boolean": "boolean",
    "datetime": "datetime64[us]",
    "date": "datetime64[us]",
    "category": "category",
}
_DESCRIBED = {
    **dict.fromkeys(("column", "dtype", "min", "max", "most_frequent"), "str"),
    **dict.fromkeys(("count", "nulls", "distinct"), "int64"),
}
_COUNTS = ("count", "distinct", "nulls")
_SAME = ("min", "max", "first", "last", "mode", "any", "all")


@dataclass(frozen=True)
class Scope:
    """The columns that there are at one point of a plan.

    Attributes:
        table: The table's name: its rows may be called so.
        columns: The columns, in order.
        made: The columns that the last step made or changed: what "it" may mean.
        unsorted: Whether the rows are groups that were not put into an order since.
        others: The other datasets, by name.
        now: The time from which "last month" is told, on the clock of the columns; None if it is not known.
        earlier: The table before the last step.
        step: The last step.
    """

    table: str
    columns: tuple[TableColumn, ...]
    made: tuple[str, ...] = ()
    unsorted: bool = False
    others: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    earlier: Scope | None = field(default=None, repr=False, compare=False)
    step: Transformation | None = field(default=None, repr=False, compare=False)
    # The indexes of values that were made for one message: most steps leave the values as they are.
    _indexes: dict[Any, ValueIndex] = field(default_factory=dict, repr=False, compare=False)
    now: datetime | None = None

    @classmethod
    def of(cls, tables: Tables, now: datetime | None = None) -> Scope:
        """Begin with the table that is spoken of."""
        clock = None if now is None else now.replace(tzinfo=None)
        return cls(tables.current.name, tables.current.columns, others=tables.others, now=clock)

    @property
    def clock(self) -> datetime | None:
        """The time now, if there are columns of times that can be told from it."""
        return self.now if self.of_kind("time") else None

    @cached_property
    def index(self) -> ColumnIndex:
        """The names, ready to be found."""
        return ColumnIndex.of(self.names)

    @cached_property
    def datasets(self) -> ColumnIndex:
        """The names of the other datasets, ready to be found: as those of columns are."""
        return ColumnIndex.of(tuple(self.others))

    @cached_property
    def values(self) -> ValueIndex:
        """The values, ready to be found."""
        valued = tuple((column.name, column.values) for column in self.columns if column.values)
        if valued not in self._indexes:
            self._indexes[valued] = ValueIndex(self.columns)
        return self._indexes[valued]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def it(self) -> str | None:
        """The column that "it" means, if there is exactly one."""
        return self.made[0] if len(self.made) == 1 else None

    @cached_property
    def nouns(self) -> frozenset[str]:
        """Words for a row: the table's name, in singular and plural."""
        name = self.table.casefold()
        return frozenset({name, singular(name), f"{singular(name)}s"} - {""})

    def kind(self, name: str) -> Kind:
        """What a column holds."""
        return next(column.kind for column in self.columns if column.name == name)

    def lasts(self, name: str) -> bool:
        """Whether a column holds durations."""
        return any(c.name == name and c.dtype.startswith("timedelta") for c in self.columns)

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """The columns that hold numbers, text, …."""
        return tuple(column.name for column in self.columns if column.kind == kind)

    def after(self, step: Transformation | Retaken) -> Scope:
        """The table as the step leaves it."""
        if not isinstance(step, Retaken):
            return replace(self._after(step), earlier=self, step=step)
        scope: Scope = self
        for _ in range(step.count):
            scope = scope.earlier or scope
        for other in step.steps:
            scope = scope.after(other)
        return scope

    def _after(self, step: Transformation) -> Scope:
        columns = {column.name: column for column in self.columns}
        if made := _made(step, columns):
            return self._with(list({**columns, **made}.values()), tuple(made))
        match step:
            case Select():
                return self._with([columns[name] for name in step.columns])
            case Drop():
                return self._with([column for column in self.columns if column.name not in step.columns])
            case Rename():
                renamed = [_called(c, step.columns.get(c.name, c.name)) for c in self.columns]
                return self._with(renamed, tuple(step.columns.values()))
            case Cast() if step.on_error != "keep":
                retyped = [_typed(c, _DTYPES[step.to]) if c.name in step.columns else c for c in self.columns]
                return self._with(retyped, step.columns)
            case Values():
                changed = step.columns or self.names
                columns_now = [revalued(step, c) if c.name in changed else c for c in self.columns]
                return self._with(columns_now, step.columns or self.made)
            case ClusterValues():
                return self._with(self.columns, (step.column,))
            case Sort():
                return replace(self, unsorted=False)
            case SelectBy() | DropBy() | Move() | SortColumns() | RenameWith() | OneHot() | BinaryEncode():
                left = [(name, columns[before]) for name, before in step.carries(self.names).items()]
                return self._with([_called(c, name) for name, c in left if self._stays(step, c)])
        return self._reshaped(step, columns)

    def _stays(self, step: Transformation, column: TableColumn) -> bool:
        """Whether a column stays that may be chosen by its type; else, the names decide."""
        if not isinstance(step, SelectBy | DropBy) or step.type is None:
            return True
        kind = {"numbers": "number", "dates": "time", "booleans": "boolean"}.get(step.type, "text")
        if kind == "text":
            return True  # text and categories are one to who speaks
        return (column.kind == kind) is isinstance(step, SelectBy)

    def _combined(self, step: Transformation) -> Scope:
        """The table with the columns that a step takes of other datasets, if it names some."""
        if not step.others():
            return self
        theirs = [self.others[name] for name in step.others() if name in self.others]
        known = step.knowing({table.name: [column.name for column in table.columns] for table in theirs})
        suffix = getattr(step, "suffix", "")
        origins: dict[str, TableColumn] = {}
        for column in (column for table in theirs for column in table.columns):
            origins.setdefault(column.name, column)
            origins.setdefault(column.name + suffix, column)
        made = [
            _called(origins[name], name)
            for name in known.writes(self.names)
            if name not in self.names and name in origins
        ]
        return self._with([*self.columns, *made], [column.name for column in made])

    def _reshaped(self, step: Transformation, columns: dict[str, TableColumn]) -> Scope:
        """The table that a step makes of another one."""
        match step:
            case Group() | Resample():
                return self._grouped(step, columns)
            case ValueCounts():
                counted = TableColumn(step.name, "float64" if step.normalize else "int64")
                return self._with([*(columns[name] for name in step.columns), counted], [step.name])
            # Which columns these make, besides the sure ones, is for the values to decide.
            case Pivot():
                return self._with([columns[name] for name in step.index], [])
            case Crosstab():
                return self._with([columns[step.index]], [])
            case PromoteHeader():
                return self._with([], [])
            case Transpose():
                return self._with([TableColumn("column", "str")], [])
            case Describe():
                return self._with(
                    [TableColumn(name, _DESCRIBED.get(name, "float64")) for name in step.writes([])]
                )
            case Explode():
                dtype = "str" if step.separator else "unknown" if step.format else "object"
                made = TableColumn(step.column, dtype)
                return self._with(list({**columns, step.column: made}.values()), [step.column])
            case Unpivot():
                return self._unpivoted(step, columns)
        return self._combined(step)

    def _unpivoted(self, step: Unpivot, columns: dict[str, TableColumn]) -> Scope:
        melted = {columns[name].dtype for name in step.melted(list(columns))}
        dtype = "str" if step.as_text else melted.pop() if len(melted) == 1 else "float64"
        made = [TableColumn(step.variable_name, "str"), TableColumn(step.value_name, dtype)]
        return self._with([*(columns[name] for name in step.id_columns), *made], [step.value_name])

    def _with(self, columns: Sequence[TableColumn], made: Sequence[str] | None = None) -> Scope:
        names = {column.name for column in columns}
        kept = self.made if made is None else made
        made_left = tuple(name for name in kept if name in names)
        return replace(self, columns=tuple(columns), made=made_left)

    def _grouped(self, step: Group | Resample, columns: dict[str, TableColumn]) -> Scope:
        keys = step.by if isinstance(step, Group) else step.group().by
        made = []
        for aggregation in step.aggregations:
            same = aggregation.function in _SAME and aggregation.column is not None
            dtype = columns[str(aggregation.column)].dtype if same else "float64"
            dtype = "int64" if aggregation.function in _COUNTS else dtype
            dtype = "object" if aggregation.function == "list" else dtype
            made.append(TableColumn(aggregation.name, dtype))
        grouped = self._with([*(columns[name] for name in keys), *made], [column.name for column in made])
        # Periods come in their order; groups were not put into one.
        return replace(grouped, unsorted=bool(keys) and isinstance(step, Group))


def _made(step: Transformation, columns: Mapping[str, TableColumn]) -> dict[str, TableColumn]:
    """The columns that a step adds to those there are, or puts in the place of some."""
    match step:
        case Derive() | CaseWhen() | PercentOfTotal() | AddRowNumber():
            derived = _derived(step, columns)
            return {derived.name: derived}
        case Cumulate() | Shift() | Diff() | Rolling() | Rank():
            return {step.name: _windowed(step, columns[step.column])}
        case Scale():
            return {name: TableColumn(name, "float64") for _, name in step.pairs()}
        case Bin():
            return {step.name: TableColumn(step.name, "category", step.labels or ())}
        case MapValues():
            return {step.target(): TableColumn(step.target(), step.makes())}
        case FlagNulls() | FlagDuplicates():
            return {step.into: TableColumn(step.into, "bool")}
        case MadeOfTimes():
            return {name: TableColumn(name, dtype) for name, dtype in step.targets().items()}
        case ParseDates() if step.on_error != "keep":
            return {name: TableColumn(name, "datetime64[us]") for name in step.columns}
        case MadeOfText():
            return {name: TableColumn(name, step.makes()) for name in step.targets()}
        case _:
            return _copied_or_encoded(step, columns)


def _copied_or_encoded(step: Transformation, columns: Mapping[str, TableColumn]) -> dict[str, TableColumn]:
    match step:
        case Duplicate():
            return {step.name: _called(columns[step.column], step.name)}
        case DetectTypes():
            texts = [name for name, column in columns.items() if column.kind == "text"]
            return {name: TableColumn(name, "unknown") for name in step.columns or texts}
        case OrdinalEncode() | LabelEncode():
            return {name: TableColumn(name, "Int64") for name in step.columns}
        case _:
            return {}


def _derived(
    step: Derive | CaseWhen | PercentOfTotal | AddRowNumber, columns: Mapping[str, TableColumn]
) -> TableColumn:
    match step:
        case Derive():
            return TableColumn(step.column, _computed(step.expression, columns))
        case CaseWhen():
            values = tuple(dict.fromkeys(v for v in _results(step) if isinstance(v, str)))
            dtype = _computed(step.cases[0].then, columns)
            return TableColumn(step.column, dtype, values if dtype == "str" else ())
        case PercentOfTotal():
            return TableColumn(step.name, "float64")
        case AddRowNumber():
            return TableColumn(step.name, "int64")


def _computed(tree: Tree, columns: Mapping[str, TableColumn]) -> str:
    """The dtype of what an expression or a condition gives."""
    match tree:
        case Condition():
            return "bool"
        case ColumnRef():
            return columns[tree.column].dtype
        case Literal_():
            return {str: "str", bool: "bool", int: "int64"}.get(type(tree.value), "float64")
        case Moment():
            return "datetime64[us]"
        case Function(function="coalesce"):
            return _computed(tree.arguments[0], columns)
        case Arithmetic(op="add"):
            return "str" if _computed(tree.left, columns) == "str" else "float64"
        case _:
            return "float64"


def _results(step: CaseWhen) -> list[object]:
    """The values that a column by conditions can hold, as far as they were said."""
    trees = [*(case.then for case in step.cases), step.otherwise]
    return [tree.value for tree in trees if isinstance(tree, Literal_)]


def _windowed(step: Cumulate | Shift | Diff | Rolling | Rank, column: TableColumn) -> TableColumn:
    match step:
        case Shift():
            return _called(column, step.name)
        case Cumulate(function="min" | "max"):
            return TableColumn(step.name, column.dtype)
        case Diff(function="diff") if column.kind == "time":
            return TableColumn(step.name, "timedelta64[us]")
        case _:
            return TableColumn(step.name, "float64")


def _called(column: TableColumn, name: str) -> TableColumn:
    return TableColumn(name, column.dtype, column.values)


def _typed(column: TableColumn, dtype: str) -> TableColumn:
    return TableColumn(column.name, dtype, column.values if dtype == "str" else ())
