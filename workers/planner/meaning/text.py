"""What is said of text: its case, its space and its characters; columns made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.transformations import (
    ChangeCase,
    CollapseSpaces,
    Extract,
    ExtractBetween,
    ExtractPart,
    ExtractUrlParameter,
    FlagText,
    NormalizeUnicode,
    Pad,
    RemoveCharacters,
    Substring,
    TextLength,
    Transformation,
    Trim,
)
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.typed import TypedMeaning
from workers.planner.parsing import Reading, Unfit, WrongType

__all__ = ["SEPARATORS", "TextMeaning"]

Steps = tuple[Transformation, ...]
Padding = tuple[tuple[str, Any], ...]

SEPARATORS = {
    "comma": ",", "space": " ", "semicolon": ";", "colon": ":", "dash": "-", "hyphen": "-", "slash": "/",
    "underscore": "_", "tab": "\t", "pipe": "|", "dot": ".",
}  # fmt: skip
_URL_PARTS = ("url_scheme", "url_host", "url_domain", "url_path", "url_query", "url_fragment")
_IN_PLACE = ("keep", "retain", "leave", "limit", "restrict", "preserve")


@dataclass(frozen=True)
class _Piece:
    """What is made of a column of text; the end of the name that it has if none is given."""

    word: type[Transformation]
    column: str
    ending: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def step(self, into: str) -> Steps:
        return (self.word.model_validate({"column": self.column, "into": into, **self.parameters}),)


class TextMeaning(TypedMeaning):
    """Reads the rules of ``grammar/text.lark``."""

    # Where it stands

    def upper(self, *_: Token) -> str:
        return "upper"

    def lower(self, *_: Token) -> str:
        return "lower"

    def title(self, *_: Token) -> str:
        return "title"

    def capitalize(self, *_: Token) -> str:
        return "sentence"

    def swap(self, *_: Token) -> str:
        return "swap"

    def case_name(self, to: str) -> str:
        return to

    def case_verb(self, to: str) -> str:
        return to

    def change_case(self, *said: Any) -> Steps:
        to = next(part for part in said if isinstance(part, str))
        names = self._texts(next(part for part in said if isinstance(part, Columns)), "has no case")
        return (ChangeCase(columns=names, to=to),)

    def change_all_case(self, to: str) -> Steps:
        return (ChangeCase(to=to),)

    def trim(self, columns: Columns | None = None) -> Steps:
        return (Trim(columns=self._texts(columns, "has no space to trim")),)

    def collapse(self, columns: Columns | None = None) -> Steps:
        return (CollapseSpaces(columns=self._texts(columns, "has no spaces")),)

    def characters(self, what: str) -> str:
        return what

    def digits(self, *_: Token) -> str:
        return "digits"

    def punctuation(self, *_: Token) -> str:
        return "punctuation"

    def accents(self, *_: Token) -> str:
        return "accents"

    def html(self, *_: Token) -> str:
        return "html"

    def remove_characters(self, what: str, columns: Columns) -> Steps:
        return (RemoveCharacters(columns=self._texts(columns, f"has no {what} to remove"), what=what),)

    def remove_characters_of_it(self, what: str) -> Steps:
        if self.scope.it is None:
            raise Unfit(f"It is not said where to remove {what}.", "Name the columns.")
        return self.remove_characters(what, Columns((self.scope.it,)))

    def normalize(self, columns: Columns | None = None) -> Steps:
        return (NormalizeUnicode(columns=self._texts(columns, "has no Unicode form")),)

    # Padding: each part says some of the parameters

    def pad(self, verb: Padding, columns: Columns, *paddings: Padding) -> Steps:
        said = [pair for padding in paddings for pair in padding if pair[0] != "character?"]
        names = [name for name, _ in said]
        if names.count("width") != 1 or len(set(names)) < len(names):
            raise Unfit(
                "It is not clear to how many characters to pad.", "Say: pad code with 0 to 5 characters."
            )
        likely = [
            ("character", value) for padding in paddings for name, value in padding if name == "character?"
        ]
        texts = self._texts(Columns(columns.names), "cannot be padded")
        return (Pad.model_validate({"columns": texts, **dict([*likely, *verb, *said])}),)

    def pad_in_front(self, columns: Columns, *paddings: Padding) -> Steps:
        return self.pad(self.pad_zeros(), columns, *paddings)

    def padded_so(self, said: Padding) -> Padding:
        return said

    def pad_verb(self, said: Padding) -> Padding:
        return said

    def padding(self, said: Padding) -> Padding:
        return said

    def pad_left(self, *_: Token) -> Padding:
        return (("side", "left"),)

    def pad_right(self, *_: Token) -> Padding:
        return (("side", "right"),)

    def pad_both(self, *_: Token) -> Padding:
        return (("side", "both"),)

    def pad_zeros(self, *_: Token) -> Padding:
        return (("character", "0"),)

    def padded_to(self, width: Token) -> Padding:
        return (("width", width.number),)

    def padded_to_digits(self, width: Token) -> Padding:
        return (("width", width.number), ("character?", "0"))

    def padded_with_zeros(self) -> Padding:
        return (("character", "0"),)

    def padded_with_spaces(self) -> Padding:
        return (("character", " "),)

    def padded_with(self, value: Value) -> Padding:
        if len(value.text) != 1:
            raise Unfit("Text is padded with a single character.", "Say which one, in quotes.", value.token)
        return (("character", value.text),)

    # One column of another

    def made_of_text(self, said: Steps) -> Steps:
        return said

    def text_into(self, name: Named, piece: _Piece) -> Steps:
        return piece.step(self._target(name))

    def text_from(self, making: Token, piece: _Piece, name: Named) -> Steps:
        del making
        return self.text_into(name, piece)

    def text_unnamed(self, making: Token, piece: _Piece) -> Steps:
        if piece.word is Substring and making.text.casefold().startswith(_IN_PLACE):
            return piece.step(piece.column)
        return self.text_alone(piece)

    def text_into_after(self, piece: _Piece, name: Named) -> Steps:
        return self.text_into(name, piece)

    def text_alone(self, piece: _Piece) -> Steps:
        name = f"{piece.column}{' ' if ' ' in piece.column else '_'}{piece.ending}"
        if name in self.scope.names:
            raise Unfit(f"There is a column '{name}' already.", "Name the new one: 'as' and its name.")
        return piece.step(name)

    def making(self, token: Token) -> Token:
        return token

    def length_of(self, column: str) -> _Piece:
        return self._piece(TextLength, column, "length")

    def first_characters(self, number: Token, column: str) -> _Piece:
        many = self._whole(number)
        return self._piece(Substring, column, f"first_{many}", stop=many)

    def last_characters(self, number: Token, column: str) -> _Piece:
        many = self._whole(number)
        return self._piece(Substring, column, f"last_{many}", start=-many)

    def part_of(self, part: str) -> str:
        return part

    def email_domain(self, *_: Token) -> str:
        return "email_domain"

    def number_of_text(self, *_: Token) -> str:
        return "number"

    def url_part(self, token: Token) -> str:
        text = token.text.casefold()
        return next(part for part in _URL_PARTS if part.removeprefix("url_") in text)

    def first_word(self, *_: Token) -> str:
        return "first_word"

    def last_word(self, *_: Token) -> str:
        return "last_word"

    def part_of_text(self, part: str, column: str) -> _Piece:
        return self._piece(ExtractPart, column, part.removeprefix("email_"), part=part)

    def text_between(self, after: str, before: str, column: str) -> _Piece:
        return self._piece(ExtractBetween, column, "between", after=after, before=before)

    def text_after(self, after: str, column: str) -> _Piece:
        return self._piece(ExtractBetween, column, "after", after=after)

    def text_before(self, before: str, column: str) -> _Piece:
        return self._piece(ExtractBetween, column, "before", before=before)

    def text_after_it(self, column: str, after: str) -> _Piece:
        return self.text_after(after, column)

    def text_before_it(self, column: str, before: str) -> _Piece:
        return self.text_before(before, column)

    def parameter(self, token: Token) -> str:
        return token.text

    def url_parameter(self, parameter: str, column: str) -> _Piece:
        return self._piece(ExtractUrlParameter, column, parameter, parameter=parameter)

    def text_matching(self, pattern: Token, column: str) -> _Piece:
        return self._piece(Extract, column, "match", pattern=pattern.text)

    def _piece(self, word: type[Transformation], column: str, ending: str, **parameters: Any) -> _Piece:
        self._texts(Columns((column,)), "cannot be read as text")
        return _Piece(word, column, ending, parameters)

    def _whole(self, number: Token) -> int:
        if not isinstance(number.number, int) or number.number < 1:
            raise Unfit("Characters are counted in whole numbers from 1.", "Say how many.", number)
        return number.number

    # Tests

    def flag_text(self, name: Named, column: str, test: tuple[str, str, bool, int]) -> Reading:
        self._texts(Columns((column,)), "cannot be searched for a text")
        op, text, case, cost = test
        step = FlagText.model_validate(
            {"column": column, "into": self._target(name), "test": op, "text": text, "case": case}
        )
        return Reading((step,), cost)

    def flag_rows(self, column: str, test: tuple[str, str, bool, int], name: Named) -> Reading:
        return self.flag_text(name, column, test)

    def test_contains(self, value: Value) -> tuple[str, str, bool, int]:
        return "contains", value.text, value.quoted, self.text_cost(value)

    def test_starts(self, value: Value) -> tuple[str, str, bool, int]:
        return "startswith", value.text, value.quoted, self.text_cost(value)

    def test_ends(self, value: Value) -> tuple[str, str, bool, int]:
        return "endswith", value.text, value.quoted, self.text_cost(value)

    def test_matches(self, token: Token) -> tuple[str, str, bool, int]:
        return "matches", token.text, True, 0

    # Shared

    def _target(self, name: Named) -> str:
        """The column that a name is written as, in any case; else the name is new."""
        same = [column for column in self.scope.names if column.casefold() == name.text.casefold()]
        return name.text if name.text in same or len(same) != 1 else same[0]

    def _texts(self, columns: Columns | None, why: str) -> tuple[str, ...] | None:
        if columns is None or columns.every:
            return None
        for name in columns.names:
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(f"'{name}' does not hold text, so it {why}.", "Name a column of text.")
        return columns.names
