"""Columns of what is found in text: a match, what stands between, a known part; or whether it is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.fields import NamedText, NewName, Pattern, compiled, shown
from workbench.transformations.text.calls import Call
from workbench.transformations.text.columns import OfOneColumn

__all__ = ["Extract", "ExtractBetween", "ExtractPart", "FlagText"]


def _found(pattern: str) -> Call:
    return Call("extract", (pattern,), {"expand": False})


class Extract(OfOneColumn):
    """Extract what a regular expression matches first; null where nothing does.

    With a group in parentheses, what the group holds is taken. The expression is Python's.

    Say: extract pattern "[A-Z]{2}[0-9]+" from notes as code
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "notes", "into": "code", "pattern": "[A-Z]{2}[0-9]+"}
    kind: Literal["extract"] = "extract"
    pattern: Pattern = Field(description="the regular expression, with one group at most")

    @model_validator(mode="after")
    def _one_group(self) -> Extract:
        if compiled(self.pattern).groups > 1:
            raise ValueError("the pattern has more than one group; write (?:…) for the others")
        return self

    def calls(self) -> tuple[Call, ...]:
        return (_found(self.pattern if compiled(self.pattern).groups else f"({self.pattern})"),)

    def what(self) -> str:
        return f"what matches {self.pattern!r} in {shown(self.column)}"


class ExtractBetween(OfOneColumn):
    """Extract the text between two texts, after one, or before one; null where they are not there.

    The first place counts at which the one is found, and the first place of the other after it.

    Say: extract the text between "(" and ")" in notes as remark
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "notes", "into": "remark", "after": "(", "before": ")"}
    kind: Literal["extract_between"] = "extract_between"
    after: NamedText | None = Field(default=None, description="the text behind which to begin")
    before: NamedText | None = Field(default=None, description="the text before which to stop")

    @model_validator(mode="after")
    def _bounded(self) -> ExtractBetween:
        if self.after is None and self.before is None:
            raise ValueError("give after, before, or both")
        return self

    def calls(self) -> tuple[Call, ...]:
        # Anchored at the beginning, so that the first place is the only one that is tried.
        begin = "" if self.after is None else f".*?{re.escape(self.after)}"
        rest = "(.*)" if self.before is None else f"(.*?){re.escape(self.before)}"
        return (_found(rf"(?s)\A{begin}{rest}"),)

    def what(self) -> str:
        column = shown(self.column)
        if self.before is None:
            return f"the text after {self.after!r} in {column}"
        if self.after is None:
            return f"the text before {self.before!r} in {column}"
        return f"the text between {self.after!r} and {self.before!r} in {column}"


# An address begins with "https://", or the like, and maybe the name of a user; "//" alone will do.
_AUTHORITY = r"\A\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@\s]*@)?"
_PARTS: dict[str, tuple[str, tuple[Call, ...]]] = {
    "number": (
        "the first number",
        (
            _found(r"((?:(?<!\w)-)?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?)"),
            Call("replace", (",", ""), {"regex": False}),
        ),
    ),
    "email_domain": ("the e-mail domain", (_found(r"@([\w-]+(?:\.[\w-]+)*)"),)),
    "url_scheme": (
        "the URL scheme",
        (_found(r"\A\s*([A-Za-z][A-Za-z0-9+.-]*)://"), Call("lower")),
    ),
    "url_host": (
        "the URL host",
        (_found(rf"{_AUTHORITY}(\[[^\]]*\]|[^/?#:@\s]+)"), Call("lower")),
    ),
    "url_domain": (
        "the URL domain",
        (
            _found(rf"{_AUTHORITY}(\[[^\]]*\]|[^/?#:@\s]+)"),
            Call("lower"),
            Call("replace", (r"\Awww\.", ""), {"regex": True}),
        ),
    ),
    "url_path": ("the URL path", (_found(rf"{_AUTHORITY}[^/?#\s]*(/[^?#\s]*)"),)),
    "url_query": ("the URL query", (_found(rf"{_AUTHORITY}[^?#\s]*\?([^#\s]*)"),)),
    "url_fragment": ("the URL fragment", (_found(rf"{_AUTHORITY}[^#\s]*#(\S*)"),)),
    "first_word": ("the first word", (_found(r"\A\s*(\S+)"),)),
    "last_word": ("the last word", (Call("rstrip"), _found(r"(\S+)\Z"))),
}


class ExtractPart(OfOneColumn):
    """Extract the first number, the domain of an e-mail address, a part of a web address, or a word.

    A number may have a minus, commas between its thousands, and decimals behind a point; it becomes a
    float64. Of https://www.acme.org/shop?id=1#top the scheme is https, the host www.acme.org, the domain
    acme.org, the path /shop, the query id=1 and the fragment top; an address has // before its host. Words
    are what white space separates. Text without such a part gives null.

    Say: extract the domain of email as provider
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "email", "into": "provider", "part": "email_domain"}
    kind: Literal["extract_part"] = "extract_part"
    part: Literal[
        "number",
        "email_domain",
        "url_scheme",
        "url_host",
        "url_domain",
        "url_path",
        "url_query",
        "url_fragment",
        "first_word",
        "last_word",
    ] = Field(description="what to extract")

    def calls(self) -> tuple[Call, ...]:
        return _PARTS[self.part][1]

    def ending(self) -> Literal["float64"] | None:
        return "float64" if self.part == "number" else None

    def what(self) -> str:
        return f"{_PARTS[self.part][0]} of {shown(self.column)}"


_TESTS = {"contains": "contains", "startswith": "starts with", "endswith": "ends with", "matches": "matches"}


class FlagText(OfOneColumn):
    """Say whether text contains, starts with, ends with or matches something; of nulls it is false.

    What is looked for is taken as it stands; only ``matches`` takes a regular expression, which may match
    anywhere in the text: bind it with ^ and $.

    Say: add a column business whether email contains "acme"
    """

    example: ClassVar[Mapping[str, Any]] = {
        "column": "email",
        "into": "business",
        "test": "contains",
        "text": "acme",
    }
    kind: Literal["flag_text"] = "flag_text"
    into: NewName = Field(description="the column of true and false to add or to replace")
    test: Literal["contains", "startswith", "endswith", "matches"] = Field(description="what to look for")
    text: NamedText = Field(description="the text, or the regular expression that matches")
    case: bool = Field(default=True, description="whether upper and lower case differ")

    @model_validator(mode="after")
    def _plain_pattern(self) -> FlagText:
        if self.test == "matches" and compiled(self._sought()).groups:
            raise ValueError("a group has no use in a test: write (?:…) for (…)")
        return self

    def _sought(self) -> str:
        if self.case:
            return self.text
        return f"(?i){self.text}" if self.test == "matches" else self.text.lower()

    def calls(self) -> tuple[Call, ...]:
        options = {"contains": {"regex": False}, "matches": {"regex": True}}.get(self.test, {})
        lowered = () if self.case or self.test == "matches" else (Call("lower"),)
        method = "contains" if self.test == "matches" else self.test
        return (*lowered, Call(method, (self._sought(),), {**options, "na": False}))

    def what(self) -> str:
        case = "" if self.case else " (in any case)"
        return f"whether {shown(self.column)} {_TESTS[self.test]} {self.text!r}{case}"

    def makes(self) -> str:
        return "bool"

    def outcome(self, change: Change) -> str:
        return super().outcome(change).replace(" with whether ", ": whether ", 1)
