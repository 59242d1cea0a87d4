"""Questions of the planner, answered by a number: the last message of a session, if it was asked about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import InvalidParameter, MessageAmbiguous

if TYPE_CHECKING:
    from workbench.task import Task

__all__ = ["Answer", "LastMessage"]

_NUMBER = re.compile(r"\s*\(?(\d{1,3})[).]?\s*")


@dataclass(frozen=True)
class Answer:
    """A reading that was chosen: what it does, and on which node.

    Attributes:
        sentence: What it does, in words.
        plan: The same as JSON.
        node: The node that the message was for; None for the head.
        dry_run: Whether the message only asked what would happen.
    """

    sentence: str
    plan: list[dict[str, Any]]
    node: str | None
    dry_run: bool


@dataclass(frozen=True)
class LastMessage:
    """The message that was given last, if it was one that may be asked about.

    Attributes:
        task: Its task; None if the last command was another.
        node: The node that it was for; None for the head.
        dry_run: Whether it only asked what would happen.
    """

    task: Task | None = None
    node: str | None = None
    dry_run: bool = False

    def answer(self, message: str) -> Answer | None:
        """Take a message for the answer to the question with which the last one ended.

        Args:
            message: A number, as "2" or "(2)"; or any other message, which is no answer.

        Returns:
            The reading of that number; None if nothing was asked, or if it is no answer.

        Raises:
            InvalidParameter: If there is no reading of that number.
        """
        number = _NUMBER.fullmatch(message)
        if number is None or self.task is None:
            return None
        error = self.task.wait().error
        if not isinstance(error, MessageAmbiguous):
            return None
        readings = error.details["readings"]
        if not 1 <= int(number[1]) <= len(readings):
            raise InvalidParameter(
                f"There is no reading {number[1]}: '{self.task.title}' can be read in {len(readings)} ways.",
                f"Answer with a number from 1 to {len(readings)}, or say it in other words.",
            )
        self.task.reported = True
        chosen = readings[int(number[1]) - 1]
        return Answer(chosen["sentence"], chosen["plan"], self.node, self.dry_run)
