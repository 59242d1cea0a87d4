"""The grammar (``grammar/*.lark``) as tables for ``chart``: states, and what may follow in each of them.

The rules of one symbol are laid together where they begin alike, so that a state stands for one beginning of
all of them. Sets of terminals and of symbols are whole numbers, a bit for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lark.load_grammar import load_grammar

__all__ = ["END", "Rules", "State", "Table", "rules"]

END = 1  # the bit of the end; the terminals have the others
_TERMINAL = re.compile(r"\b_?[A-Z][A-Z_]+\b")
_COMMENT = re.compile(r"//.*")
_KEPT = 20_000  # steps of the chart remembered


@dataclass(eq=False, slots=True)
class State:
    """A place in the rules of a symbol: what was read of them, and what may come next.

    Attributes:
        symbol: The symbol whose rules they are.
        before: The state before the last part was read; none at the beginning.
        terminal: The bit of the last part, if it is a terminal.
        part: The last part, if it is a symbol.
        kept: Whether the last part is handed on to who reads the tree.
        terminals: By their bits, the states after a terminal.
        parts: By their numbers, the states after a symbol.
        name: What the rule that ends here is called; none where none ends.
        order: Which of the symbol's rules it is.
        single: Whether a single part stands for itself there.
        coming: The terminals that may come next; with those after the symbol, if a rule ends here.
    """

    symbol: int
    before: State | None = None
    terminal: int = 0
    part: int = -1
    kept: bool = True
    terminals: dict[int, State] = field(default_factory=dict)
    parts: dict[int, State] = field(default_factory=dict)
    name: str | None = None
    order: int = 0
    single: bool = False
    after: int = 0
    coming: int = 0


@dataclass(frozen=True)
class Move:
    """What happens in a state before tokens of certain types.

    Attributes:
        ends: Whether a rule may end here.
        scans: The states after the token.
        waits: For each symbol that may begin here: its number, and the state after it.
        expects: The symbols that may begin here, and those that they may begin with.
    """

    ends: bool
    scans: tuple[State, ...]
    waits: tuple[tuple[int, State], ...]
    expects: int


class Table:
    """What may happen before a token of certain types, found once for each state.

    Args:
        grammar: The tables of the grammar.
        types: The bits of the types.
    """

    def __init__(self, grammar: Rules, types: int) -> None:
        self._grammar, self._types = grammar, types
        self._expected: dict[int, int] = {}
        self.moves: dict[State, Move | None] = {}
        self.begins = [
            (1 << state.symbol, state)
            for bit in _bits(types)
            for state in grammar.beginning_with.get(bit, ())
        ]

    def move(self, state: State) -> Move | None:
        """Say what may happen in a state; None if nothing may."""
        types = self._types
        if not state.coming & types:
            self.moves[state] = None
            return None
        scans = tuple(after for bit, after in state.terminals.items() if bit & types)
        waits = tuple(
            (part, after) for part, after in state.parts.items() if self._grammar.first[part] & types
        )
        expects = 0
        for part, _ in waits:
            expects |= self.expected(part)
        move = Move(bool(state.after & types), scans, waits, expects)
        self._grammar.remember(self)
        self.moves[state] = move
        return move

    def expected(self, symbol: int) -> int:
        """The symbols that may begin where one may: it, and those that its rules may begin with."""
        found = self._expected.get(symbol)
        if found is None:
            first, roots = self._grammar.first, self._grammar.roots
            found, left = 1 << symbol, [symbol]
            while left:
                for part in roots[left.pop()].parts:
                    if first[part] & self._types and not found >> part & 1:
                        found |= 1 << part
                        left.append(part)
            self._expected[symbol] = found
        return found


class Rules:
    """All rules of the grammar.

    Args:
        compiled: The rules as lark has read them.

    Attributes:
        names: What the rules are called.
        terminals: The bit of each terminal, by its name without an underscore.
        symbols: The names of the symbols.
        inlined: Whether the parts of a symbol stand in its place.
        roots: The state at the beginning of each symbol.
        first: The terminals that each symbol may begin with.
        start: The symbol that all begins with.
        beginning_with: By the bit of a terminal: the states after it at the beginning of a symbol.
        beginning_after: By the number of a symbol: the states after it at the beginning of another.
    """

    def __init__(self, compiled: list[Any]) -> None:
        self.symbols = list(dict.fromkeys(_name(rule.origin) for rule in compiled))
        numbers = {name: number for number, name in enumerate(self.symbols)}
        shown = sorted({part.name for rule in compiled for part in rule.expansion if part.is_term})
        self.declared = tuple(shown)
        self.terminals = {
            name: 1 << number for number, name in enumerate(dict.fromkeys(n.lstrip("_") for n in shown), 1)
        }
        self.names = tuple(sorted({str(rule.alias or _name(rule.origin)) for rule in compiled}))
        self.inlined = [name.startswith("_") for name in self.symbols]
        self.roots = [State(symbol) for symbol in range(len(self.symbols))]
        self.start = numbers["start"]
        self._states = list(self.roots)
        for rule in compiled:
            self._add(rule, numbers)
        self.first = self._firsts()
        self._follow()
        self.beginning_with: dict[int, list[State]] = {}
        self.beginning_after: list[list[State]] = [[] for _ in self.symbols]
        for root in self.roots:
            for bit, state in root.terminals.items():
                self.beginning_with.setdefault(bit, []).append(state)
            for part, state in root.parts.items():
                self.beginning_after[part].append(state)
        self._types: dict[frozenset[str], int] = {}
        self._tables: dict[int, Table] = {}
        self._remembered = 0

    def _add(self, rule: Any, numbers: dict[str, int]) -> None:
        state = self.roots[numbers[_name(rule.origin)]]
        for part in rule.expansion:
            if part.is_term:
                bit = self.terminals[part.name.lstrip("_")]
                kept = not part.filter_out
                following = state.terminals.get(bit)
                if following is None:
                    following = state.terminals[bit] = State(state.symbol, state, terminal=bit, kept=kept)
                    self._states.append(following)
                elif following.kept != kept:
                    raise ValueError(f"the terminal {part.name} begins rules with and without an underscore")
            else:
                number = numbers[_name(part)]
                following = state.parts.get(number)
                if following is None:
                    following = state.parts[number] = State(state.symbol, state, part=number)
                    self._states.append(following)
            state = following
        if state.before is None or state.name is not None:
            raise ValueError(f"a rule is empty, or there twice: {rule}")
        state.name, state.order = str(rule.alias or _name(rule.origin)), rule.order
        state.single = rule.options.expand1 and not rule.alias

    def _firsts(self) -> list[int]:
        """The terminals that each symbol may begin with; no symbol is empty."""
        first = [0] * len(self.symbols)
        changed = True
        while changed:
            changed = False
            for root in self.roots:
                mask = _coming(root, first)
                changed |= mask != first[root.symbol]
                first[root.symbol] = mask
        return first

    def _follow(self) -> None:
        """Write into each state which terminals may come there."""
        follow = [0] * len(self.symbols)
        follow[self.start] = END
        changed = True
        while changed:
            changed = False
            for state in self._states:
                for part, after in state.parts.items():
                    mask = follow[part] | _coming(after, self.first)
                    mask |= follow[state.symbol] if after.name is not None else 0
                    changed |= mask != follow[part]
                    follow[part] = mask
        for state in self._states:
            state.after = follow[state.symbol] if state.name is not None else 0
            state.coming = _coming(state, self.first) | state.after

    def types(self, names: frozenset[str]) -> int:
        """The bits of the types of a token."""
        found = self._types.get(names)
        if found is None:
            found = 0
            for name in names:
                found |= self.terminals.get(name, 0)
            if len(self._types) >= _KEPT:
                self._types.clear()
            self._types[names] = found
        return found

    def table(self, types: int) -> Table:
        """What may happen before a token of certain types."""
        found = self._tables.get(types)
        if found is None:
            found = self._tables[types] = Table(self, types)
        return found

    def remember(self, table: Table) -> None:
        """Count what the tables hold, and begin anew where it is much."""
        self._remembered += 1
        if self._remembered > _KEPT:
            self._tables = {}
            self._remembered = 0
            table.moves.clear()


def _coming(state: State, first: list[int]) -> int:
    mask = 0
    for bit in state.terminals:
        mask |= bit
    for part in state.parts:
        mask |= first[part]
    return mask


def _bits(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _name(symbol: Any) -> str:
    return str(getattr(symbol.name, "value", symbol.name))


@cache
def rules() -> Rules:
    """Read the grammar, once: it takes some tenths of a second."""
    files = sorted((Path(__file__).parent / "grammar").glob("*.lark"))
    text = "\n".join(_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in files)
    terminals = " ".join(sorted(set(_TERMINAL.findall(text))))
    load: Callable[..., Any] = load_grammar  # which has no types
    read, _ = load(f"{text}\n%declare {terminals}\n", "grammar", [], global_keep_all_tokens=False)
    _, compiled, _ = read.compile(["start"], "*")
    return Rules(compiled)
