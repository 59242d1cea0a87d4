"""``%wb session message``: a chat message without quotes."""

# mypy: disable-error-code="no-untyped-call, untyped-decorator"
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from workbench.errors import InvalidParameter, nearest
from workbench.session import Session
from workbench.status import Result
from workbench.task import Task

__all__ = ["WorkbenchMagics", "as_message"]

# A question in a line of its own, or whose task is assigned; "%wb?" asks for help and is none.
_QUESTION = re.compile(r"(\s*(?:[\w.\[\]'\", ]+=\s*)?%wb\s+\S+\s+\S.*?)\s*(\?+)\s*")
_APART = re.compile(r"\s+(\?+)$")


@magics_class
class WorkbenchMagics(Magics):
    """The magics of the workbench."""

    @magic_arguments()
    @argument("-n", "--dry-run", action="store_true", help="only say what would happen")
    @argument("-w", "--wait", action="store_true", help="wait for the result; a failure fails the cell")
    @argument("session", help="the name of the variable that holds the session")
    @argument("message", nargs="*", help="what should happen; of a cell, the lines below")
    @needs_local_scope
    @no_var_expand
    @line_cell_magic
    def wb(
        self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None
    ) -> Task | Result:
        """Say what should happen to the data of a session: ``%wb s remove rows where email is null``."""
        options, message = _split(line)
        try:
            arguments = parse_argstring(self.wb, options)
        except UsageError as error:  # IPython prints these, and takes the cell for a success
            raise InvalidParameter(f"%wb: {error}.", "%wb? shows how it is used.") from None
        variables = self.shell.user_ns if self.shell is not None else {}
        session = _session(arguments.session, {**variables, **(local_ns or {})})
        text = "\n".join(part for part in (_APART.sub(r"\1", message), (cell or "").strip()) if part)
        if not text:
            raise InvalidParameter("%wb was not told what should happen.", "Write it as: %wb s sort by age")
        task = session.chat(text, dry_run=arguments.dry_run)
        return task.result() if arguments.wait or arguments.dry_run else task


def as_message(lines: list[str]) -> list[str]:
    r"""Set the mark of a question apart, which IPython would take as asking for help on the last word.

    Args:
        lines: A cell, before IPython reads it.

    Example:
        >>> as_message(["%wb s how many rows??\n", "%wb?\n", "len?\n"])
        ['%wb s how many rows ??\n', '%wb?\n', 'len?\n']
    """
    return [f"{found[1]} {found[2]}\n" if (found := _QUESTION.fullmatch(line)) else line for line in lines]


def _split(line: str) -> tuple[str, str]:
    """Part options and the session's name from the message, which is taken as it stands.

    Quotes and dashes in a message are the planner's: only what comes before it is parsed.

    Example:
        >>> _split("--wait s keep rows where name is O'Hara")
        ('--wait s', "keep rows where name is O'Hara")
    """
    head: list[str] = []
    rest = line.strip()
    while rest:
        word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        head.append(word)
        if not word.startswith("-"):
            break
    return " ".join(head), rest


def _session(name: str, variables: Mapping[str, Any]) -> Session:
    found = variables.get(name)
    if isinstance(found, Session):
        return found
    near = nearest(name, [key for key, value in variables.items() if isinstance(value, Session)])
    hint = f"Did you mean {' or '.join(near)}?" if near else "Make one: s = wb.open('file.csv')."
    raise InvalidParameter(f"There is no session in a variable '{name}'.", hint)
