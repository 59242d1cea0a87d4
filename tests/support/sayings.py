"""The page of what can be said, made of the commands that are tested: ``python -m tests.support.sayings``."""

from __future__ import annotations

from itertools import groupby

from tests.support.planner_commands import FOLDER, Command, commands, refusals

__all__ = ["page"]

_SHOWN = 4  # ways of saying one thing
_WIDEST = 160  # characters of a sentence

_HEAD = """# What you can say

Sentences that the planner reads, and what it makes of them. They are the ones that the tests say, on some
twenty tables; yours has other names, and the same sentences. Column names may be written as people write them
("customer name" for `Customer Name`), values need no quotes where the data know them, several steps go into
one message, and politeness is passed over. [How a message is read, and when it is not](planner.md), has the
rules.

This page is written by `python -m tests.support.sayings > docs/what-you-can-say.md`.
"""


def page() -> str:
    """Write the page."""
    parts = [_HEAD]
    for file, found in groupby(commands(), lambda command: command.file):
        parts.append(f"\n## {_title(file)}\n\n| say | and this happens |\n| --- | --- |")
        for plan, said in groupby((command for command in found if command.read), lambda one: one.plan):
            parts.append(f"| {_sayings(list(said))} | {_cell(plan.describe())} |")
    parts.append(f"\n## What is refused, or asked about\n\n{_refused()}\n")
    return "\n".join(parts)


def _title(file: str) -> str:
    """The heading of a family: the first sentence of its file."""
    first = (FOLDER / "commands" / f"{file}.toml").read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip().rstrip(".")


def _sayings(said: list[Command]) -> str:
    short = [command.text for command in said if len(command.text) <= _WIDEST and "\n" not in command.text]
    texts = short or [said[0].text]
    # The first, the last and some between them: they were written from the plainest to the oddest.
    step = max(1, len(texts) // _SHOWN)
    return "<br>".join(_cell(text) for text in texts[::step][:_SHOWN])


def _refused() -> str:
    lines = ["Nothing is done, and the answer says which words were not understood and what is near:", ""]
    for _, found in groupby(refusals(), lambda refusal: refusal.facts["code"]):
        shown = [
            refusal.text for refusal in found if "\n" not in refusal.text and len(refusal.text) <= _WIDEST
        ]
        lines += [f"- {_cell(text)}" for text in shown[:2] if text.strip()]
    return "\n".join(dict.fromkeys(lines))


def _cell(text: str) -> str:
    """A text in a cell of a table of Markdown."""
    shown = " / ".join(line.strip() for line in text.splitlines()).replace("\\", "\\\\")
    for sign in "|*_`<>[]$~":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


if __name__ == "__main__":
    print(page(), end="")
