"""What is said of numbers put into ranges that are written out: "0-18, 19-64 and 65+"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workbench.transformations import Bin, Case, CaseWhen, Transformation
from workbench.transformations.conditions import Between, Compare
from workbench.transformations.expressions import ColumnRef, Literal_
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.measuring import MeasuringMeaning
from workers.planner.parsing import Unfit

__all__ = ["RangeMeaning"]

Steps = tuple[Transformation, ...]
_SAID = re.compile(r"(\d+(?:\.\d+)?)\s*(?:(?:-|–|to)\s*(\d+(?:\.\d+)?)|\+)")


@dataclass(frozen=True)
class _Range:
    """From a number to another one, or on from it; and how it is called."""

    low: float
    high: float | None
    label: str = ""

    def where(self, column: str) -> Between | Compare:
        """The condition that says it."""
        operand, low = ColumnRef(column=column), Literal_(value=self.low)
        if self.high is None:
            return Compare(op="ge", left=operand, right=low)
        return Between(operand=operand, low=low, high=Literal_(value=self.high))


class RangeMeaning(MeasuringMeaning):
    """Reads what ``grammar/measuring.lark`` says of ranges."""

    def in_ranges(self, *ranges: _Range) -> tuple[_Range, ...]:
        return ranges

    def range_between(self, low: Token, high: Token) -> _Range:
        return _range(low.number, high.number, f"{low.text}-{high.text}")

    def range_open(self, low: Token) -> _Range:
        return _range(low.number, None, f"{low.text}+")

    def range_said(self, token: Token) -> _Range:
        found = _SAID.fullmatch(token.text.strip())
        if found is None:
            raise Unfit  # a name, and no range
        high = None if found[2] is None else _number(found[2])
        return _range(_number(found[1]), high, token.text)

    def range_called(self, label: Value, low: Token, high: Token) -> _Range:
        return _range(low.number, high.number, label.text)

    def range_open_called(self, label: Value, low: Token) -> _Range:
        return _range(low.number, None, label.text)

    def bin_ranges_into(self, name: Named, column: str, ranges: tuple[_Range, ...], *said: Any) -> Steps:
        return self.bin_ranges(column, ranges, name, *said)

    def bin_ranges(self, column: str, ranges: tuple[_Range, ...], *said: Any) -> Steps:
        self._of_numbers(Columns((column,)), "put into ranges")
        names = [part.target for part in said if isinstance(part, Named)]
        labels = next((part.texts for part in said if not isinstance(part, Named)), ())
        if len(names) > 1 or (labels and len(labels) != len(ranges)):
            raise Unfit("There are not as many names as ranges.", "Give each range one name.")
        edges = self._edges(ranges)
        name = names[0] if names else f"{column}_bin"
        if edges is not None and all(_spelled(each) for each in ranges):
            named = {"labels": labels} if labels else {}
            return (Bin(column=column, edges=edges, name=name, **named),)
        self._require_no_gaps(column, ranges)
        called = labels or tuple(each.label for each in ranges)
        cases = tuple(
            Case(where=each.where(column), then=Literal_(value=label))
            for each, label in zip(ranges, called, strict=True)
        )
        return (CaseWhen(column=name, cases=cases),)

    def _require_no_gaps(self, column: str, ranges: tuple[_Range, ...]) -> None:
        """Refuse "0-17, 18-64" of numbers with decimals: 17.5 would be in none."""
        dtype = next(known.dtype for known in self.scope.columns if known.name == column)
        gap = next((o for o, other in pairwise(ranges) if o.high is not None and o.high < other.low), None)
        if gap is not None and dtype.casefold().startswith(("float", "double")):
            raise Unfit(
                f"{column} holds decimals, and what comes just above {gap.high} is in none of the ranges.",
                "Write ranges that touch, as in '0-18, 18-65', or convert the column to integers first.",
                final=True,
            )

    def _edges(self, ranges: tuple[_Range, ...]) -> tuple[float, ...] | None:
        """The edges of ranges that touch; None where they do not, or where one has no end."""
        for one, other in pairwise(ranges):
            if one.high is None or other.low < one.high:
                raise Unfit("The ranges overlap, or are not in order.", "Name them from the lowest on.")
        if all(one.high == other.low for one, other in pairwise(ranges)) and ranges[-1].high is not None:
            return (ranges[0].low, *(each.high for each in ranges if each.high is not None))
        return None


def _spelled(each: _Range) -> bool:
    return _SAID.fullmatch(each.label) is not None


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _range(low: float | None, high: float | None, label: str) -> _Range:
    if low is None or (high is not None and low >= high):
        raise Unfit("A range goes from a number to a larger one.", "Write it as in '0-18'.")
    return _Range(low, high, label)
