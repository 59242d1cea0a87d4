"""How a message was understood: which words became what, what was assumed, and what was passed over."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Explanation", "IgnoredWords", "ReadWords", "Role"]

Role = Literal["command", "joint", "column", "value", "number", "date", "name", "dataset"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)

    text: str = Field(description="as it stands in the message", examples=["departure delay"])
    start: int = Field(ge=0, description="where it begins in the message, from 0", examples=[5])
    end: int = Field(ge=0, description="where it ends: the first character behind it", examples=[20])


class ReadWords(_Part):
    """One or several words that were read together."""

    role: Role = Field(
        description="as what: `command` for the words that say what to do, `joint` for those between steps"
    )
    became: str = Field(
        description="the column, value, number or time that it stands for; of a command, the kinds of its "
        "steps; of a joint, nothing",
        examples=["dep_delay"],
    )
    of: str | None = Field(
        default=None, description="the column of a value, the dataset of a column", examples=["state"]
    )

    def tells(self) -> bool:
        """Whether it became something that its text does not say."""
        return self.role != "joint" and (self.role != "number" or self.became != self.text)

    def sentence(self) -> str:
        """Say what it became."""
        match self.role:
            case "column":
                became = f"the column {self.became}" + (f" of {self.of}" if self.of else "")
            case "value" if self.of:
                became = f"the value '{self.became}' of {self.of}"
            case "value":
                became = f"the text '{self.became}'"
            case "name":
                became = f"the name {self.became}"
            case "dataset":
                became = f"the dataset {self.became}"
            case _:
                became = self.became
        return f"{self.text} → {became}"


class IgnoredWords(_Part):
    """Words that say nothing of the data: politeness, articles, "in the table"."""


class Explanation(BaseModel):
    """How a message was understood.

    Every word of the message is in ``words`` or in ``ignored``, and in one of them alone.
    """

    model_config = ConfigDict(frozen=True)

    words: tuple[ReadWords, ...] = Field(description="what was read, in the order of the message")
    assumed: tuple[str, ...] = Field(
        default=(),
        description="what was taken for granted",
        examples=[["sorted by price ascending, as no direction was said"]],
    )
    ignored: tuple[IgnoredWords, ...] = Field(default=(), description="what was passed over")

    def __str__(self) -> str:
        return "\n".join(f"{label}: {line}" for label, line in self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Draw it as a small table, without scripts."""
        cell = "padding:0 12px 0 0;text-align:left;vertical-align:top"
        rows = "".join(
            f'<tr><td style="{cell};opacity:.65">{escape(label)}</td>'
            f'<td style="{cell}">{escape(line)}</td></tr>'
            for label, line in self._lines()
        )
        return f'<table style="border-collapse:collapse">{rows}</table>'

    def _lines(self) -> list[tuple[str, str]]:
        """Pairs of a label and what it is of: the words of a command on one line, all others on their own."""
        lines = []
        for (command, became), words in groupby(self.words, lambda w: (w.role == "command", w.became)):
            if command:
                lines.append(("read", f"{' … '.join(word.text for word in words)} → {became}"))
            else:
                lines += [("read", word.sentence()) for word in words if word.tells()]
        lines += [("assumed", sentence) for sentence in self.assumed]
        if self.ignored:
            lines.append(("ignored", ", ".join(words.text for words in self.ignored)))
        return lines
