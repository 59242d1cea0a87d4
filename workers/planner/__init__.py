"""The built-in planner: plain English in, a plan out; offline, deterministic, and never a guess.

A message is cut into pieces (``scan``), the pieces become tokens with all the types that each may be
(``lexer``, ``lexicon.toml``, ``columns``, ``values``, ``quantities``), the grammar says how tokens make a
step (``grammar/*.lark``, ``rules``, ``chart``), the readings are given their meaning on the table at hand
(``parsing``, ``meaning``), and ``reader`` cuts a message into steps, each read on the table that the step
before leaves (``scope``). What can be read in several ways is read in each of them to its end (``asking``).
What cannot be read is refused with the words that were not understood (``refusal``); what was read is
explained by what the meaning told of each word (``telling``, ``explaining``). Whether a message asks or
commands is told by its words (``questions``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workers.planner.tables import Table, TableColumn, Tables
from workers.planner.understood import Understood

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.transformations import Plan

__all__ = ["Table", "TableColumn", "Tables", "Understood", "plan", "understand"]


def understand(message: str, tables: Tables, *, now: datetime | None = None) -> Understood:
    """Understand a message: what is to be done, how it was read, and whether it was a question.

    Args:
        message: What should happen, or what is asked, in plain English; several steps in order are fine.
        tables: The table that it speaks of, and the others that it may name.
        now: The time from which "yesterday" and "the last 30 days" are told, by the clock of the columns;
            without it they are not understood. The plan has the dates that they are.

    Returns:
        The plan, its explanation, and whether it asks; always the same for the same message, tables and time.

    Raises:
        MessageEmpty: If it has no words.
        MessageTooLong: If it is longer than a message should be.
        PlannerRefusal: If it is not understood; the details hold the words, their position, and suggestions.
        MessageAmbiguous: If it has readings that differ in effect; the details hold the plan of each.
        MessageOutside: If it asks for something that is not a transformation of a table.

    Example:
        >>> people = Table("people", (TableColumn("email", "str"), TableColumn("age", "int64")))
        >>> understood = understand("please sort by Email", Tables(people))
        >>> understood.plan.describe()
        'Sort by email'
        >>> understood.explanation.assumed
        ('sorted by email ascending, as no direction was said',)
        >>> understand("how many people have an age over 30?", Tables(people)).asks
        True
    """
    from workers.planner.asking import read
    from workers.planner.questions import asks, commands_first

    question = asks(message)
    return replace(
        read(message, tables, now), asks=question, commands_first=question and commands_first(message)
    )


def plan(message: str, tables: Tables) -> Plan:
    """Turn a message into a plan: that of ``understand``.

    Example:
        >>> people = Table("people", (TableColumn("email", "str"), TableColumn("age", "int64")))
        >>> plan("please remove rows where email is null", Tables(people)).describe()
        'Drop rows where email is null'
    """
    return understand(message, tables).plan
