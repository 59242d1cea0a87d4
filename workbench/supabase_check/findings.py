"""Checks, what they find, and what that means together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from workbench.errors import WorkbenchError
from workbench.supabase_check.project import Project

__all__ = ["Check", "Finding", "Report", "Skipped", "Verdict", "run"]


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"  # it could not be made, or need not


class Skipped(Exception):
    """Raised by a check that does not apply; with the reason."""


@dataclass(frozen=True)
class Check:
    """Something to look at.

    Args:
        name: Its name, for programs as well.
        look: Says in a sentence what is fine; raises a WorkbenchError for what is not, or Skipped.
        needs: The names of the checks that must have been ok before.
    """

    name: str
    look: Callable[[Project], str]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        check: The check's name.
        verdict: How it ended.
        message: One sentence.
        hint: What to do about it, if there is something to be done.
    """

    check: str
    verdict: Verdict
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """What all checks found."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong; what only workers need may be missing."""
        return all(finding.verdict is not Verdict.FAILED for finding in self.findings)

    @property
    def ready_for_workers(self) -> bool:
        """Whether workers find everything, too."""
        return all(finding.verdict is Verdict.OK for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Write it as JSON-serialisable facts."""
        return {
            "ready": self.ready,
            "ready_for_workers": self.ready_for_workers,
            "checks": [asdict(finding) for finding in self.findings],
        }


def run(checks: Iterable[Check], project: Project) -> tuple[Finding, ...]:
    """Make the checks in order, each one whose needs are met."""
    findings: dict[str, Finding] = {}
    for check in checks:
        missing = [name for name in check.needs if findings[name].verdict is not Verdict.OK]
        findings[check.name] = (
            Finding(check.name, Verdict.SKIPPED, f"Not looked at: it needs {' and '.join(missing)}.")
            if missing
            else _found(check, project)
        )
    return tuple(findings.values())


def _found(check: Check, project: Project) -> Finding:
    try:
        return Finding(check.name, Verdict.OK, check.look(project))
    except Skipped as reason:
        return Finding(check.name, Verdict.SKIPPED, str(reason))
    except WorkbenchError as error:
        return Finding(check.name, Verdict.FAILED, error.message, error.hint)
