"""The built-in planner: plain English in, a plan out; offline, deterministic, and never a guess.

A message is cut into pieces (``scan``), the pieces become tokens with all the types that each may be
(``lexer``, ``lexicon.toml``, ``columns``, ``values``, ``quantities``), the grammar says how tokens make a
step (``grammar/*.lark``, ``rules``, ``chart``), the readings are given their meaning on the table at hand
(``parsing``, ``meaning``), and ``reader`` cuts a message into steps, each read on the table that the step
before leaves (``scope``). What cannot be read is refused with the words that were not understood
(``refusal``). Whether a message asks or commands is told by its words (``questions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workers.planner.tables import Table, TableColumn, Tables
from workers.planner.understood import Understood

if TYPE_CHECKING:
    from workbench.transformations import Plan

__all__ = ["Table", "TableColumn", "Tables", "Understood", "plan", "understand"]


def understand(message: str, tables: Tables) -> Understood:
    """Understand a message: what is to be done, and whether it was a question.

    Args:
        message: What should happen, or what is asked, in plain English; several steps in order are fine.
        tables: The table that it speaks of, and the others that it may name.

    Returns:
        What was understood. The same message and tables always give the same.

    Raises:
        WorkbenchError: As ``plan`` does.

    Example:
        >>> people = Table("people", (TableColumn("email", "str"), TableColumn("age", "int64")))
        >>> understood = understand("how many people have an age over 30?", Tables(people))
        >>> understood.asks, understood.plan.describe()
        (True, 'Keep rows where age > 30; then summarise all rows: number of rows')
    """
    from workers.planner.questions import asks, commands_first
    from workers.planner.reader import read

    question = asks(message)
    return Understood(
        read(message, tables), asks=question, commands_first=question and commands_first(message)
    )


def plan(message: str, tables: Tables) -> Plan:
    """Turn a message into a plan.

    Args:
        message: What should happen, in plain English; several steps in order are fine.
        tables: The table that it speaks of, and the others that it may name.

    Returns:
        The plan. The same message and tables always give the same plan.

    Raises:
        MessageEmpty: If it has no words.
        MessageTooLong: If it is longer than a message should be.
        PlannerRefusal: If it is not understood; the details hold the words, their position, and suggestions.
        MessageAmbiguous: If it has two readings that differ in effect.
        MessageOutside: If it asks for something that is not a transformation of a table.

    Example:
        >>> people = Table("people", (TableColumn("email", "str"), TableColumn("age", "int64")))
        >>> plan("please remove rows where email is null", Tables(people)).describe()
        'Drop rows where email is null'
    """
    return understand(message, tables).plan
