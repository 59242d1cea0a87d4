"""The root of all errors, and how they are written and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rapidfuzz import process

from workbench.printable import printable

__all__ = ["InternalError", "WorkbenchError", "either", "error_from_dict", "nearest"]

_BY_CODE: dict[str, type[WorkbenchError]] = {}


def nearest(name: str, known: Iterable[str], *, limit: int = 3, cutoff: float = 60.0) -> list[str]:
    """Find the known names that look most like a given one, whatever their case.

    Args:
        name: The name that was not found.
        known: The names there are.
        limit: How many to return at most.
        cutoff: The least similarity, 0 to 100.

    Returns:
        The nearest names, best first.

    Example:
        >>> nearest("emial", ["email", "age", "e_mail"])
        ['email', 'e_mail']
    """
    found = process.extract(name, list(known), processor=str.casefold, limit=limit, score_cutoff=cutoff)
    return [match for match, _, _ in found]


def either(names: Iterable[str]) -> str:
    """Write names as alternatives.

    Example:
        >>> either(["a", "b"])
        "'a' or 'b'"
    """
    return " or ".join(f"'{name}'" for name in names)


class WorkbenchError(Exception):
    """The root of all errors of the workbench.

    Args:
        message: One sentence: what was wrong, and where.
        hint: One sentence: what to do about it; may be empty.
        details: Facts for programs, JSON-serialisable.
    """

    code: ClassVar[str] = "workbench_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in vars(cls):
            _BY_CODE[cls.code] = cls

    def __init__(self, message: str, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return error_from_dict, (self.to_dict(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkbenchError) and self.to_dict() == other.to_dict()

    __hash__ = Exception.__hash__

    def to_dict(self) -> dict[str, Any]:
        """Write the error as JSON-serialisable facts: the ``error`` of a failed task.

        Example:
            >>> InternalError("It broke.").to_dict()["code"]
            'internal_error'
        """
        return {
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "hint": self.hint,
            **({"details": self.details} if self.details else {}),
        }

    def _render_traceback_(self) -> list[str]:
        """Show the error in IPython as what it is: a sentence and a hint, without our stack."""
        hint = [f"  {self.hint}"] if self.hint else []
        said = [f"{type(self).__name__} [{self.code}]: {self.message}", *hint]
        return [printable(line) for line in said]  # it may quote data, and goes to a terminal as it is


class InternalError(WorkbenchError):
    """A fault of ours."""

    code, title = "internal_error", "An unexpected error inside the workbench"


def error_from_dict(facts: Mapping[str, Any]) -> WorkbenchError:
    """Read an error from the facts that ``to_dict`` wrote, or from a problem+json body.

    Args:
        facts: At least ``code`` and ``detail``.

    Returns:
        An error of the class that the code names; ``WorkbenchError`` where it is not known.

    Example:
        >>> error_from_dict({"code": "internal_error", "detail": "It broke."})
        InternalError('It broke.')
    """
    kind = _BY_CODE.get(str(facts.get("code")), WorkbenchError)
    return kind(
        str(facts.get("detail") or facts.get("title") or "Unknown error"),
        str(facts.get("hint") or ""),
        **dict(facts.get("details") or {}),
    )
