"""Text rewritten where it stands: case, space, padding, characters removed."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.fields import EVERY, Names, chosen, count, quoted
from workbench.transformations.text.calls import Call, written
from workbench.transformations.values.base import Values

__all__ = [
    "ChangeCase",
    "CollapseSpaces",
    "NormalizeUnicode",
    "Pad",
    "RemoveCharacters",
    "Rewriting",
    "Trim",
]

_METHODS = {
    "upper": "upper",
    "lower": "lower",
    "title": "title",
    "sentence": "capitalize",
    "swap": "swapcase",
}
# Arrow's regular expressions know ASCII's space alone, so all of Unicode's stand here, as Python knows them.
_SPACES = "[\\s\x0b\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_PUNCTUATION = f"[{re.escape(string.punctuation)}¡¿«»‹›“”„‟‘’‚‛…–—―·•§¶†‡]"  # noqa: RUF001


class Rewriting(Values):
    """Each text alone is rewritten by a chain of methods of pandas' ``str``."""

    columns: Names | None = Field(default=None, description="which columns; all columns of text if not given")

    def calls(self) -> tuple[Call, ...]:
        """The chain that does it."""
        raise NotImplementedError

    def to_pandas(self) -> str:
        code = written(self.calls())
        if self.columns is not None and len(self.columns) == 1:
            return f"{chosen(self.columns)} = {chosen(self.columns)}{code}"
        names = quoted(self.columns) if self.columns is not None else EVERY["text"]
        return f"text = {names}\ndf[text] = df[text].apply(lambda column: column{code})"

    def _changed(self, change: Change) -> str:
        values = count(sum(change.cells_changed.values()), "value")
        return f"{values} in {self._in('all columns of text')}"


class ChangeCase(Rewriting):
    """Change text to upper, lower, title (Each Word), sentence (First letter) or swapped case (sWAPPED).

    Say: make email lowercase
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"], "to": "lower"}
    kind: Literal["change_case"] = "change_case"
    to: Literal["upper", "lower", "title", "sentence", "swap"] = Field(description="the case to change to")

    def calls(self) -> tuple[Call, ...]:
        return (Call(_METHODS[self.to]),)

    @property
    def _case(self) -> str:
        return "swapped" if self.to == "swap" else self.to

    def describe(self) -> str:
        return f"Change {self._in('all text')} to {self._case} case"

    def outcome(self, change: Change) -> str:
        return f"Changed {self._changed(change)} to {self._case} case"


class Trim(Rewriting):
    """Trim white space from the beginning and the end of text.

    Say: trim spaces in name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"]}
    kind: Literal["trim"] = "trim"

    def calls(self) -> tuple[Call, ...]:
        return (Call("strip"),)

    def describe(self) -> str:
        return f"Trim white space in {self._in('all text')}"

    def outcome(self, change: Change) -> str:
        return f"Trimmed {self._changed(change)}"


class CollapseSpaces(Rewriting):
    """Make every run of white space a single space; line ends and tabs are white space, too.

    The beginning and the end of the text are treated alike: what is to go there goes by trim.

    Say: collapse spaces in name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"]}
    kind: Literal["collapse_spaces"] = "collapse_spaces"

    def calls(self) -> tuple[Call, ...]:
        return (Call("replace", (_SPACES, " "), {"regex": True}),)

    def describe(self) -> str:
        return f"Collapse runs of white space in {self._in('all text')}"

    def outcome(self, change: Change) -> str:
        return f"Collapsed white space of {self._changed(change)}"


_REMOVALS: dict[str, tuple[Call, ...]] = {
    "digits": (Call("replace", ("[0-9]", ""), {"regex": True}),),
    "punctuation": (Call("replace", (_PUNCTUATION, ""), {"regex": True}),),
    "accents": (
        Call("normalize", ("NFD",)),
        Call("replace", ("[\u0300-\u036f]", ""), {"regex": True}),
        Call("normalize", ("NFC",)),
    ),
    "html": (Call("replace", ("(?s)<!--.*?-->|</?[A-Za-z][^<>]*>", ""), {"regex": True}),),
}


class RemoveCharacters(Rewriting):
    """Remove digits, punctuation, accents or HTML tags from text.

    Digits are 0 to 9. Accents go and their letters stay: é becomes e; letters of their own, such as ß and ø,
    stay as they are. Of HTML the tags and comments go, and what stands between them stays.

    Say: remove digits from name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"], "what": "digits"}
    kind: Literal["remove_characters"] = "remove_characters"
    what: Literal["digits", "punctuation", "accents", "html"] = Field(description="what to remove")

    def calls(self) -> tuple[Call, ...]:
        return _REMOVALS[self.what]

    @property
    def _what(self) -> str:
        return "HTML tags" if self.what == "html" else self.what

    def describe(self) -> str:
        return f"Remove {self._what} from {self._in('all text')}"

    def outcome(self, change: Change) -> str:
        return f"Removed {self._what} from {self._changed(change)}"


class NormalizeUnicode(Rewriting):
    """Write equal characters equally: bring text to one of Unicode's normal forms.

    NFC composes letters and their marks, NFD takes them apart; NFKC and NFKD do the same and also replace
    characters that only look different, such as ﬁ or ².

    Say: normalize unicode in name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"]}
    kind: Literal["normalize_unicode"] = "normalize_unicode"
    form: Literal["NFC", "NFD", "NFKC", "NFKD"] = Field(default="NFC", description="the normal form")

    def calls(self) -> tuple[Call, ...]:
        return (Call("normalize", (self.form,)),)

    def describe(self) -> str:
        return f"Bring {self._in('all text')} to the Unicode form {self.form}"

    def outcome(self, change: Change) -> str:
        return f"Brought {self._changed(change)} to the Unicode form {self.form}"


class Pad(Rewriting):
    """Fill text up to a number of characters; longer text stays as it is.

    Say: pad internal id with zeros to 8 characters
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["internal id"], "width": 8, "character": "0"}
    kind: Literal["pad"] = "pad"
    columns: Names = Field(description="which columns")
    width: Annotated[int, Field(ge=1, le=1_000)] = Field(description="how many characters to fill up to")
    side: Literal["left", "right", "both"] = Field(default="left", description="where to fill")
    character: Annotated[str, Field(min_length=1, max_length=1)] = Field(
        default=" ", description="the character to fill with"
    )

    def calls(self) -> tuple[Call, ...]:
        return (Call("pad", (self.width,), {"side": self.side, "fillchar": self.character}),)

    @property
    def _how(self) -> str:
        side = "both sides" if self.side == "both" else f"the {self.side}"
        return f"to {count(self.width, 'character')} with {self.character!r} on {side}"

    def describe(self) -> str:
        return f"Pad {self._in('')} {self._how}"

    def outcome(self, change: Change) -> str:
        return f"Padded {self._changed(change)} {self._how}"
