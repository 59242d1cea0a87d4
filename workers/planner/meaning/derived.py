"""What makes a column of others besides arithmetic: conditions, cases, the first known value, joined text."""

from __future__ import annotations

from functools import reduce
from typing import Any

from workbench.transformations import Case, CaseWhen, Derive, Transformation
from workbench.transformations.conditions import TextMatch
from workbench.transformations.expressions import Arithmetic, ColumnRef, Function, Literal_, Moment
from workers.planner.lexer import Token
from workers.planner.meaning.base import Named, Value
from workers.planner.meaning.conditions import ConditionMeaning
from workers.planner.parsing import Reading, Unfit, WrongType

__all__ = ["DerivedMeaning"]

Steps = tuple[Transformation, ...]
_TRUTHS = {"true": True, "false": False}


class DerivedMeaning(ConditionMeaning):
    """Reads what ``grammar/derive.lark`` has besides arithmetic."""

    def derive_unnamed(self, *said: Any) -> Steps:
        *making, function, column = said
        if function in {"abs", "ceil", "floor"} and not making:
            raise Unfit  # "floor price" rounds it where it stands
        return (Derive(column=f"{function}_{column}", expression=self.called_on(function, column)),)

    # Several columns, row by row

    def greatest(self, *said: Any) -> Function:
        return self._function("max", *_operands(said))

    def least(self, *said: Any) -> Function:
        return self._function("min", *_operands(said))

    def coalesced(self, *said: Any) -> Function:
        operands = tuple(
            Literal_(value=part.text) if isinstance(part, Token) else self._operand(part)
            for part in _operands(said)
        )
        if len(operands) < 2 or not operands[0].columns():
            raise Unfit
        names = [name for operand in operands for name in operand.columns()]
        kinds = {self.scope.kind(name) for name in names} - {"other"}
        kinds |= {"text"} if any(isinstance(part, Token) for part in said) else set()
        if len(kinds) > 1:
            raise WrongType(
                f"{' and '.join(names)} are not of one type, so they cannot be one column.",
                "Convert them to one type first.",
            )
        return Function(function="coalesce", arguments=operands)

    def joined_text(self, *pieces: Any) -> Arithmetic:
        if not any(isinstance(piece, Literal_) for piece in pieces):
            raise Unfit  # columns alone are added up
        if isinstance(pieces[0], Literal_) and isinstance(pieces[1], Literal_):
            raise Unfit
        for piece in pieces:
            if isinstance(piece, ColumnRef) and self.scope.kind(piece.column) not in {"text", "other"}:
                raise WrongType(
                    f"'{piece.column}' does not hold text, so it cannot be joined with text.",
                    f"Convert {piece.column} to text first.",
                )
        joined: Arithmetic = reduce(lambda left, right: Arithmetic(op="add", left=left, right=right), pieces)
        return joined

    def text_piece(self, token: Token) -> Any:
        if token.column is not None:
            raise Unfit  # a quoted name is the column
        return Literal_(value=token.text)

    def text_piece_of(self, column: str) -> ColumnRef:
        return ColumnRef(column=column)

    def constant(self, value: Value) -> Reading:
        if value.column is not None and not value.quoted:
            raise Unfit(f"'{value.text}' is a column.", "Put it in quotes if it is a value.", value.token)
        return self._meant(value)

    def constant_text(self, token: Token) -> Literal_:
        if token.column is not None:
            raise Unfit
        return Literal_(value=token.text)

    # True and false

    def derive_condition(self, name: Named, condition: Any) -> Steps:
        if _of_text(condition):
            raise Unfit  # which the flags of the text family are for
        return (Derive(column=name.target, expression=condition),)

    def condition_terse(self, name: Named, condition: Any) -> Steps:
        if name.column is not None:
            raise Unfit  # "price = quantity > 5" may be a condition
        return self.derive_condition(name, condition)

    def condition_after(self, condition: Any, name: Named) -> Steps:
        return self.derive_condition(name, condition)

    # By conditions

    def case_when(self, name: Named, cases: CaseWhen) -> Steps:
        if name.column is not None and cases.otherwise is None:
            raise Unfit(  # "set price = 0 where …" changes these rows, and leaves the others
                f"It is not clear what {name.column} is to be in the other rows.",
                f"Say 'otherwise {name.column}' if it is to stay, or 'set {name.column} to … where …'.",
            )
        return (cases.model_copy(update={"column": name.target}),)

    def cases_named(self, cases: CaseWhen, name: Named) -> Steps:
        return self.case_when(name, cases)

    def case_when_of(self, name: Named, column: str, said: tuple[Any, ...]) -> Any:
        """Cases of one column, which is named once: "'low' if less than 10, 'high' if over 50"."""
        cases, cost = [], 0
        for part in said:
            if isinstance(part, tuple):
                outcome, remark = part
                told = remark(ColumnRef(column=column))
                cost += told.cost if isinstance(told, Reading) else 0
                where = told.value if isinstance(told, Reading) else told
                cases.append(Case(where=where, then=outcome))
            else:
                cases.append(part)
        return Reading(self.case_when(name, self.cases(*cases)), cost)

    def cases_of(self, *said: Any) -> tuple[Any, ...]:
        return said

    def case_of(self, outcome: Any, remark: Any) -> tuple[Any, Any]:
        return outcome, remark

    def labelled_rows(self, condition: Any, outcome: Any, otherwise: Any, name: Named) -> Steps:
        case = Case(where=condition, then=outcome)
        return self.case_when(name, self.cases(case, otherwise))

    def if_function(self, condition: Any, outcome: Any, otherwise: Any) -> CaseWhen:
        return self.cases(Case(where=condition, then=outcome), otherwise)

    def cases(self, *said: Any) -> CaseWhen:
        cases = tuple(part for part in said if isinstance(part, Case))
        otherwise = next((part for part in said if not isinstance(part, Case)), None)
        results = [*(case.then for case in cases), *([otherwise] if otherwise is not None else [])]
        kinds = {self._result_kind(result) for result in results} - {"other"}
        if len(kinds) > 1:
            raise WrongType(
                f"The column would hold both {' and '.join(sorted(kinds))} values.",
                "Give values of one type; put text in quotes.",
            )
        return CaseWhen(column="cases", cases=cases, otherwise=otherwise)

    def _result_kind(self, result: Any) -> str:
        if isinstance(result, ColumnRef):
            return self.scope.kind(result.column)
        value = result.value if isinstance(result, Literal_) else 0
        return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"

    def case_after(self, outcome: Any, condition: Any) -> Case:
        return Case(where=condition, then=outcome)

    def case_first(self, condition: Any, outcome: Any) -> Case:
        return Case(where=condition, then=outcome)

    def outcome_value(self, value: Value) -> Reading:
        if value.column is not None and not value.quoted:
            raise Unfit  # a column is what it holds
        if value.token is not None and {"NULL", "AS_NULL"} & value.token.type and not value.quoted:
            raise Unfit("A null cannot be given by a condition.", "Leave that case out.", value.token)
        return self._meant(value)

    def _meant(self, value: Value) -> Reading:
        """Read a value that no column is beside: true and false are no text, unless they are quoted."""
        if not value.quoted and value.text.casefold() in _TRUTHS:
            return Reading(Literal_(value=_TRUTHS[value.text.casefold()]))
        plain, cost = self.plain(value)
        several = isinstance(plain, str) and " " in plain and not value.quoted
        return Reading(plain if isinstance(plain, Moment) else Literal_(value=plain), cost + several)

    def outcome_formula(self, formula: Any) -> Any:
        return self._operand(formula)


def _operands(said: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a function is of: without the word that names it, and columns one by one."""
    flat: list[Any] = []
    for part in said:
        if isinstance(part, tuple):
            flat.extend(part)
        elif not (isinstance(part, Token) and part.type & {"MAX", "MIN"}):
            flat.append(part)
    return tuple(flat)


def _of_text(condition: Any) -> bool:
    return isinstance(condition, TextMatch)
