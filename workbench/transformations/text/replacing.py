"""Parts of text replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.fields import NamedText, compiled
from workbench.transformations.text.calls import Call
from workbench.transformations.text.rewriting import Rewriting

__all__ = ["ReplaceText"]

_REFERENCE = re.compile(r"\\(\\|\d|)(\d?)")
_LONGEST_PATTERN = 500


class ReplaceText(Rewriting):
    r"""Replace a part of text wherever it stands, or what a regular expression matches.

    Values that are replaced as a whole are for replace.

    In the replacement of a regular expression, ``\1`` is what its first group in parentheses held, ``\0``
    the whole match. An empty replacement removes the part.

    Say: replace the text "St." with "Street" in name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"], "old": "St.", "new": "Street"}
    kind: Literal["replace_text"] = "replace_text"
    old: NamedText = Field(description="the part to replace, or the regular expression that matches it")
    new: str = Field(max_length=1_000, description="what to put there")
    regex: bool = Field(default=False, description="whether old is a regular expression")
    case: bool = Field(default=True, description="whether upper and lower case differ")

    @model_validator(mode="after")
    def _groups_exist(self) -> ReplaceText:
        if self.regex:
            if len(self.old) > _LONGEST_PATTERN:
                raise ValueError(f"a regular expression has {_LONGEST_PATTERN} characters at most")
            groups = compiled(self.old).groups
            for found in _REFERENCE.finditer(self.new):
                if not found[1]:
                    raise ValueError(
                        r"a backslash in the replacement stands before a group's number; else write \\"
                    )
                if found[1].isdigit() and int(found[1]) > groups:
                    raise ValueError(f"\\{found[1]} is no group of {self.old!r}, which has {groups}")
        return self

    def calls(self) -> tuple[Call, ...]:
        if not self.regex and self.case:
            return (Call("replace", (self.old, self.new), {"regex": False}),)
        pattern = self.old if self.regex else re.escape(self.old)
        new = _REFERENCE.sub(_spelled, self.new) if self.regex else self.new.replace("\\", r"\\")
        return (Call("replace", (pattern if self.case else f"(?i){pattern}", new), {"regex": True}),)

    @property
    def _what(self) -> str:
        what = f"what matches {self.old!r}" if self.regex else f"the text {self.old!r}"
        return f"{what}{'' if self.case else ' (in any case)'} with {self.new!r}"

    def describe(self) -> str:
        return f"Replace {self._what} in {self._in('all text')}"

    def outcome(self, change: Change) -> str:
        return f"Replaced {self._what}: changed {self._changed(change)}"


def _spelled(found: re.Match[str]) -> str:
    """Spell a reference so that Python and Arrow, either of which may look for it, read the same."""
    if found[1] == "0" or (found[1].isdigit() and found[2]):
        return rf"\g<{found[1]}>{found[2]}"
    return found[0]
