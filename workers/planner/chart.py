"""All the ways in which a row of tokens, and each beginning of it, can be read by the grammar.

An Earley recogniser: from left to right, it keeps which rules may stand at each token and how far they are
read. It looks at the next token before it takes a step, so that little is kept that leads nowhere. One run
finds every beginning of the row that is a whole step; trees are made afterwards, of what is asked for alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from workers.planner.effort import Effort
from workers.planner.lexer import Token
from workers.planner.rules import END, State, Table, rules

__all__ = ["AMBIGUOUS", "Chart", "Node", "TooManyReadings"]

AMBIGUOUS = "_ambiguous"  # the name of a node whose parts are the ways to read the same tokens
_MOST = 1_000  # ways to put the parts of one rule together
_DEEPEST = 100  # rules within rules
_COST = 3  # of putting parts together, in places of the chart
_TOO_MANY = "This can be read in too many ways."
_TOO_DEEP = "This has too many parts within parts."


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A rule of the grammar, and what its parts are."""

    name: str
    parts: tuple[Node | Token, ...]


Parts = tuple[Node | Token, ...]


class TooManyReadings(Exception):
    """A sentence that can be read in more ways than we look at, or that is too long or too deep for it."""


class Chart:
    """What the grammar makes of a row of tokens.

    Args:
        tokens: The tokens, at least one.
        ends: Where the step may end: numbers of tokens; after the last one, if it is not said.
        effort: Where the work is counted.

    Attributes:
        reached: The index of the first token that cannot stand where it does; the last end if all can.

    Raises:
        TooMuchEffort: If it is more work than there may be.
    """

    def __init__(
        self, tokens: Sequence[Token], ends: Collection[int] = (), effort: Effort | None = None
    ) -> None:
        self._tokens = tokens
        self._effort = effort or Effort()
        self._rules = rules()
        self._ends = frozenset(ends) or frozenset({len(tokens)})
        # By the position: who waits for a symbol that begins there, and which symbols may begin there.
        self._waiting: list[dict[int, list[tuple[State, int]]]] = []
        self._expected: list[int] = []
        # By the position: which states were reached since where; which rules ended, by symbol and beginning.
        self._states: list[set[tuple[State, int]]] = []
        self._ended: list[dict[int, dict[int, list[State]]]] = []
        self._nodes: dict[tuple[int, int, int], list[Parts]] = {}
        self._prefixes: dict[tuple[State, int, int], list[Parts]] = {}
        self._depth = 0
        self.reached = self._run()

    def stops(self, end: int) -> int | None:
        """Say where the first so many tokens stop to be a step.

        Args:
            end: How many tokens; one of the ends that were given.

        Returns:
            The index of the first token that cannot stand where it does; ``end`` if more would have to
            follow; None if they are a whole step.
        """
        if self.reached < end:
            return self.reached
        return None if 0 in self._ended[end].get(self._rules.start, ()) else end

    def tree(self, end: int) -> Node:
        """Make the tree of all readings of the first so many tokens, which are a whole step.

        Raises:
            TooManyReadings: If there are too many, or if it is too deep.
            TooMuchEffort: If it is more work than there may be.
        """
        ((tree,),) = self._node(self._rules.start, 0, end)
        if isinstance(tree, Node):
            return tree
        raise TypeError("the rule of a step is inlined")

    def _run(self) -> int:
        tables, types = self._rules, self._rules.types
        last = max(self._ends)
        agenda: list[tuple[State, int]] = []
        for at in range(last + 1):
            bits = types(self._tokens[at].type) if at < len(self._tokens) and at < last else 0
            table = tables.table(bits | END if at in self._ends else bits)
            agenda = self._position(at, agenda, table)
            if not agenda and at < last:
                return at
        return last

    def _position(self, at: int, agenda: list[tuple[State, int]], table: Table) -> list[tuple[State, int]]:
        """Do all that can be done before a token; return what is reached after it."""
        moves, find = table.moves, table.move
        states = set(agenda)
        waiting: dict[int, list[tuple[State, int]]] = {}
        ended: dict[int, dict[int, list[State]]] = {}
        following: list[tuple[State, int]] = []
        expected = table.expected(self._rules.start) if at == 0 else 0
        while agenda:
            item = agenda.pop()
            state, since = item
            move = moves[state] if state in moves else find(state)
            if move is None:
                continue
            following += [(after, since) for after in move.scans]
            expected |= move.expects
            for part, after in move.waits:
                waiting.setdefault(part, []).append((after, since))
            if move.ends:
                symbol = state.symbol
                begun = ended.setdefault(symbol, {})
                if since in begun:
                    begun[since].append(state)
                    continue
                begun[since] = [state]
                new = [item for item in self._waiting_for(symbol, since) if item not in states]
                states.update(new)
                agenda += new
        following += [(state, at) for bit, state in table.begins if bit & expected]
        self._effort.spend(len(states))
        self._states.append(states)
        self._waiting.append(waiting)
        self._ended.append(ended)
        self._expected.append(expected)
        return following

    def _waiting_for(self, symbol: int, at: int) -> list[tuple[State, int]]:
        """What is reached when a symbol that began at a position has ended."""
        waiting = self._waiting[at]
        if (key := ~symbol) not in waiting:  # marks that the beginnings of rules are in, too
            expected = self._expected[at]
            beginning = [
                (state, at) for state in self._rules.beginning_after[symbol] if expected >> state.symbol & 1
            ]
            waiting[key] = waiting.get(symbol, []) + beginning
        return waiting[key]

    def _node(self, symbol: int, start: int, end: int) -> list[Parts]:
        """The ways to read some tokens as a symbol, as parts of a rule: one node, if it is not inlined."""
        key = symbol, start, end
        if key in self._nodes:
            return self._nodes[key]
        if symbol in self._rules.roots[symbol].parts:  # a list: the shorter ones first, so as not to go deep
            shorter = [at for at in range(start + 1, end) if start in self._ended[at].get(symbol, ())]
            if len(shorter) > _DEEPEST and not self._rules.inlined[symbol]:
                raise TooManyReadings(_TOO_DEEP)
            for at in shorter:
                self._nodes[symbol, start, at] = self._put_together(symbol, start, at)
        self._nodes[key] = self._put_together(symbol, start, end)
        return self._nodes[key]

    def _put_together(self, symbol: int, start: int, end: int) -> list[Parts]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooManyReadings(_TOO_DEEP)
        states = sorted(self._ended[end][symbol][start], key=lambda state: state.order)
        # Of the rules that are one terminal the first one counts: a word that is a number is no other word.
        alone = [state for state in states if state.terminal and self._begins(state)]
        found = [
            (state, parts)
            for state in states
            if state not in alone[1:]
            for parts in self._ways(state, start, end)
        ]
        self._depth -= 1
        if len(found) > _MOST:
            raise TooManyReadings(_TOO_MANY)
        if self._rules.inlined[symbol]:
            return [parts for _, parts in found]
        nodes = tuple(
            parts[0] if state.single and len(parts) == 1 else Node(str(state.name), parts)
            for state, parts in found
        )
        return [nodes] if len(nodes) == 1 else [(Node(AMBIGUOUS, nodes),)]

    @staticmethod
    def _begins(state: State) -> bool:
        return state.before is not None and state.before.before is None

    def _ways(self, state: State, start: int, end: int) -> list[Parts]:
        """The ways to read some tokens as the parts before a state."""
        key = state, start, end
        if key in self._prefixes:
            return self._prefixes[key]
        before = state.before
        found: list[Parts] = []
        if before is None:  # the beginning of the rule
            found = [()] if start == end else []
        elif state.terminal:
            part: Parts = (self._tokens[end - 1],) if state.kept else ()
            found = [ways + part for ways in self._before(before, start, end - 1)]
        else:
            for middle in self._ended[end][state.part]:
                earlier = self._before(before, start, middle)
                if earlier:
                    choices = self._node(state.part, middle, end)
                    found += [ways + choice for ways in earlier for choice in choices]
        self._effort.spend(_COST + len(found))
        if len(found) > _MOST:
            raise TooManyReadings(_TOO_MANY)
        self._prefixes[key] = found
        return found

    def _before(self, state: State, start: int, middle: int) -> list[Parts]:
        reached = state.before is None or (state, start) in self._states[middle]
        return self._ways(state, start, middle) if reached else []
