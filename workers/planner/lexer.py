"""Typed tokens: each with all the types that it may be; the grammar decides which one it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from workers.planner.columns import ColumnIndex, ColumnMatch, only_one, written_so
from workers.planner.lexicon import Lexicon, Phrase, lexicon
from workers.planner.quantities import read_date, read_large, read_number, read_number_word, read_ordinal
from workers.planner.relative import read_relative
from workers.planner.scan import Piece
from workers.planner.tokens import Token, Tokens, Types
from workers.planner.values import ValueIndex

__all__ = ["Token", "Tokens", "Types", "tokenize"]

_SYMBOLS = {
    ",": "COMMA",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LPAR",
    "]": "RPAR",
    "{": "LPAR",
    "}": "RPAR",
    ":": "COLON",
}
# The types of a time told from today, by what it says: the time itself, or what is farther back or less far.
_TOLD = {"in": {"DATE", "WHEN"}, "before": {"FARTHER_BACK"}, "after": {"LESS_FAR_BACK"}}
_LONGEST_SPAN = 8
_LONGEST_DATE = 6  # "1st of January , 2013"
_NO_NAMES = ColumnIndex.of(())
_SAFE = 3  # the farthest distance at which a column's name beats the words of the language


class _Tokenizer:
    def __init__(
        self,
        message: str,
        pieces: Sequence[Piece],
        columns: ColumnIndex,
        values: ValueIndex,
        words: Lexicon,
        nouns: frozenset[str],
        it: str | None,
        barred: frozenset[tuple[int, int]],
        datasets: ColumnIndex,
        now: datetime | None,
    ) -> None:
        self.message, self.pieces, self.columns, self.values = message, pieces, columns, values
        self.lexicon, self.nouns, self.it, self.barred = words, nouns, it, barred
        self.datasets, self.now = datasets, now
        self.literal = columns.literally(message)
        self.lower = [piece.content.casefold() for piece in pieces]
        self.skipped: list[tuple[int, int]] = []

    def tokens(self) -> Iterator[Token]:
        at = 0
        while at < len(self.pieces):
            token = self._next(at)
            if token is not None:
                yield token
                at += token.size
            else:
                at += self._skip(at)

    def _skip(self, at: int) -> int:
        span = self._phrase(at)
        size = max(span[1], 1) if span else 1
        if self.pieces[at].kind not in {"newline", "symbol"}:
            self.skipped.append((self.pieces[at].start, self.pieces[at + size - 1].end))
        return size

    def _next(self, at: int) -> Token | None:
        piece = self.pieces[at]
        relative = self._relative(at)
        if relative is not None:
            return relative
        literal = next(iter(self.literal.get(piece.start, ())), None)
        if literal is not None:
            return self._literal(at, *literal)
        match piece.kind:
            case "string":
                return self._string(at)
            case "newline":
                return None
            case "symbol":
                return self._symbol(at)
            case "date" | "month":
                dated = read_date(self.pieces[at : at + _LONGEST_DATE])
                return self._made(at, dated[1], {"DATE"}, period=dated[0]) if dated else self._word(at)
            case "number":
                return self._number(at)
            case _:
                return self._word(at)

    def _relative(self, at: int) -> Token | None:
        """A time told from today; the last month is none where there is a column of months."""
        if self.now is None:
            return None
        found = read_relative(self.lower[at:], self.now)
        words = self.lower[at : at + found.size] if found else []
        if found is None or self._barred(at, found.size) or self._known_otherwise(words):
            return None
        types = _TOLD[found.way] | ({"TODAY", "WORD"} if words == ["today"] else set())
        return self._made(at, found.size, types, period=found.period, relative=found, keyword=True)

    def _known_otherwise(self, words: Sequence[str]) -> bool:
        text = " ".join(words)
        named = self.columns.named(text, words) or self.values.exactly(text)
        return bool(named or (len(words) == 2 and self.columns.named(words[1], words[1:])))

    def _made(self, at: int, size: int, types: set[str], **facts: object) -> Token:
        start, end = self.pieces[at].start, self.pieces[at + size - 1].end
        text = str(facts.pop("text", " ".join(self.message[start:end].split())))
        return Token(Types(types), start, end, text, size, pieces=(at, at + size), **facts)  # type: ignore[arg-type]

    def _literal(self, at: int, end: int, name: str) -> Token:
        size = sum(1 for piece in self.pieces[at:] if piece.start < end)
        matches = self.columns.quoted(self.message[self.pieces[at].start : end])
        return self._made(at, size, {"COLUMN", "WORD"}, column=matches[0].column if matches else name)

    def _string(self, at: int) -> Token | None:
        content = self.pieces[at].content
        homes = self.values.exactly(content)
        matches = self.columns.quoted(content)
        types = {"STRING"} | ({"VALUE"} if homes else set()) | ({"COLUMN"} if len(matches) == 1 else set())
        if self.lexicon.phrases.get((content.casefold(),), Phrase()).table and not homes and not matches:
            return None  # `df`
        column = matches[0].column if len(matches) == 1 else None
        rivals = tuple(match.column for match in matches) if len(matches) > 1 else ()
        dataset = only_one(self.datasets.quoted(content))
        types |= {"DATASET"} if dataset else set()
        return self._made(
            at, 1, types, text=content, column=column, rivals=rivals, homes=homes, dataset=dataset,
            quoted=True,
        )  # fmt: skip

    def _symbol(self, at: int) -> Token | None:
        text = self.pieces[at].text
        if text in _SYMBOLS:
            return self._made(at, 1, {_SYMBOLS[text]})
        phrase = self.lexicon.phrases.get((text,))
        if phrase is not None:
            return self._made(at, 1, set(phrase.types), keyword=True)
        if text in ".;?!*#-–—…":
            return None  # punctuation between and after sentences, list marks
        return self._made(at, 1, {"SYMBOL"})

    def _number(self, at: int) -> Token:
        dated = read_date(self.pieces[at : at + _LONGEST_DATE])
        if dated:
            return self._made(at, dated[1], {"DATE"}, period=dated[0])
        piece = self.pieces[at]
        homes = self.values.exactly(piece.text)
        following = self.lower[at + 1] if at + 1 < len(self.pieces) else ""
        said = read_large(piece.text, following)
        if said is not None:
            return self._made(at, 2, {"NUMBER"}, text=said, number=read_number(said))
        types = {"NUMBER"} | ({"VALUE"} if homes else set())
        matches = self.columns.quoted(piece.text)
        column = matches[0].column if len(matches) == 1 else None
        if column:
            types.add("COLUMN")
        return self._made(at, 1, types, number=read_number(piece.text), homes=homes, column=column)

    def _word(self, at: int) -> Token | None:
        dated = read_date(self.pieces[at : at + _LONGEST_DATE]) if self.pieces[at].kind == "word" else None
        if dated:
            return self._made(at, dated[1], {"DATE"}, period=dated[0])
        phrase = self._phrase(at)
        named = self._column(at, self.columns) or self._turned(at)
        told = self._column(at, self.datasets)
        valued = self._value(at)
        size = max((found[1] for found in (phrase, named, valued, told) if found), default=1)
        said = phrase[0] if phrase and phrase[1] == size else Phrase()
        matches = named[0] if named and named[1] == size else []
        dataset = only_one(told[0]) if told and told[1] == size else None
        noun = self.lower[at] in self.nouns and size == 1
        described = noun and bool(matches) and matches[0].distance > 0
        homes = valued[0] if valued and valued[1] == size else ()
        if (
            (said.ignored or said.table)
            and not homes
            and dataset is None
            and not written_so(matches, short=len(self.lower[at]) <= len("an"))
        ):
            return None
        types, number = self._types(at, said, size)
        telling = said.types - self.lexicon.kinds["weak"] if size == 1 else said.types
        keyword = bool(telling or said.ignored or noun) or "NUMBER" in types
        types |= {"LETTER"} if _is_letter(self.pieces[at].content) and size == 1 and not matches else set()
        types |= ({"VALUE"} if homes else set()) | ({"DATASET"} if dataset else set())
        types |= ({"ROWS"} if noun else set()) | (set() if keyword else {"BARE"})
        types |= {"NAME"} if not (types & self.lexicon.kinds["structure"]) else set()
        matches, loose = self._loosely(at, size, matches, keyword=keyword or bool(homes or dataset))
        if loose > size:
            size, types = loose, {"WORD", "BARE", "NAME"}
        column = matches[0].column if len(matches) == 1 else None
        column = self.it if column is None and "IT" in types else column
        types |= {"COLUMN"} if column else set()
        rivals = tuple(match.column for match in matches) if len(matches) > 1 else ()
        return self._made(
            at, size, types, column=column, rivals=rivals, homes=homes, dataset=dataset,
            number=number, keyword=keyword, outside=said.outside, ending=self._ending(at, size),
            loose=described or (bool(matches) and matches[0].distance > _SAFE),
        )  # fmt: skip

    def _types(self, at: int, said: Phrase, size: int) -> tuple[set[str], int | None]:
        """What a word of the language is: with the number or the place that it says."""
        types = set(said.types) | {"WORD"}
        number = read_number_word(self.lower[at]) if size == 1 else None
        place = read_ordinal(self.lower[at]) if size == 1 else None
        types |= ({"NUMBER"} if number is not None else set()) | ({"ORDINAL"} if place is not None else set())
        return types, place if number is None else number

    def _ending(self, at: int, size: int) -> str | None:
        """The column that is written as the last word of a phrase is."""
        last = self.pieces[at + size - 1]
        matches = self.columns.named(last.content, [self.lower[at + size - 1]]) if size > 1 else []
        return matches[0].column if len(matches) == 1 and matches[0].distance <= 1 else None

    def _loosely(
        self, at: int, size: int, matches: list[ColumnMatch], *, keyword: bool
    ) -> tuple[list[ColumnMatch], int]:
        """Try abbreviations, another word order, a part of the name: only for words without a meaning."""
        if matches or (keyword and size > 1):
            return matches, size
        for length in range(min(self.columns.longest, len(self.pieces) - at), 1, -1):
            if self._barred(at, length) or not self._all_words(at, length):
                continue
            found = self.columns.loosely(self.lower[at : at + length])
            if len(found) == 1:
                return found, length
        return (
            ([], size)
            if keyword or self._barred(at, 0)
            else (self.columns.loosely(self.lower[at : at + 1]), size)
        )

    def _all_words(self, at: int, length: int) -> bool:
        pieces = self.pieces[at : at + length]
        return all(
            p.kind == "word" and not (self._known(p.content.casefold()) & self.lexicon.kinds["structure"])
            for p in pieces
        )

    def _known(self, word: str) -> frozenset[str]:
        found = self.lexicon.phrases.get((word,))
        return (
            frozenset()
            if found is None
            else found.types | ({"ignored"} if found.ignored or found.table else set())
        )

    def _barred(self, at: int, size: int) -> bool:
        return (at, size) in self.barred

    def _phrase(self, at: int) -> tuple[Phrase, int] | None:
        """The longest phrase of the lexicon that begins here; articles and hyphens inside are passed over."""
        best: tuple[Phrase, int] | None = None
        words: list[str] = []
        if self.lower[at] in self.nouns and self.lower[at].endswith("s"):
            return None  # "orders by price" is not "order by price"
        limit = self.lexicon.longest.get(self.lower[at], 0)
        if limit == 0:
            return self._table(at) or self._article(at)
        for index in range(at, min(at + 2 * limit + 1, len(self.pieces))):
            piece, word = self.pieces[index], self.lower[index]
            if index > at and (word in self.lexicon.articles or (piece.text == "-" and piece.tight)):
                continue
            if piece.kind in {"newline", "string", "number"} or word == ",":
                break
            words.append(word)
            found = self.lexicon.phrases.get(tuple(words))
            if found is not None and not self._barred(at, index + 1 - at) and not self._into_table(at, index):
                best = (found, index + 1 - at)
            if len(words) >= limit:
                break
        table = self._table(at)
        return table if table and (best is None or table[1] > best[1]) else best

    def _into_table(self, at: int, last: int) -> bool:
        """Whether the last word of a phrase leads to the table: "are in the data" is not "are in" a list."""
        return last > at and self.lower[last] in {"in", "of"} and self._table(last) is not None

    def _article(self, at: int) -> tuple[Phrase, int] | None:
        if self.lower[at] not in self.lexicon.articles:
            return None
        return None if self._stands_alone(at) else (Phrase(ignored=True), 1)

    def _stands_alone(self, at: int) -> bool:
        """Whether no noun comes after an "a", so that it is no article: "grade A if …", "columns A and C"."""
        following = self.lower[at + 1] if at + 1 < len(self.pieces) else ""
        if self._known(following) & {"WHERE", "OTHERWISE"}:
            return True
        if self.lower[at] != "a" or at == 0 or self.pieces[at].tight:
            return False
        if self.lower[at + 1 : at + 3] == ["to", "z"] or self.lower[max(at - 2, 0) : at] == ["z", "to"]:
            return False
        ends = following in {"", ",", ")", ":"} or bool(self._known(following) & {"AND", "OR"})
        before = self._known(self.lower[at - 1])
        return ends or (bool(before & {"COLUMNS"}) and not self._known(following) & {"COLUMNS"})

    def _table(self, at: int) -> tuple[Phrase, int] | None:
        """A name for the table itself, with the preposition before it: "from the data", "df."."""
        index = at
        if self.lower[index] in self.lexicon.prepositions and index + 1 < len(self.pieces):
            index += 1
        while index + 1 < len(self.pieces) and self.lower[index] in self.lexicon.articles:
            index += 1
        for length in (2, 1):
            words = tuple(self.lower[index : index + length])
            found = self.lexicon.phrases.get(words)
            if found is not None and found.table and not self._barred(at, index + length - at):
                dot = self.lower[index + length : index + length + 1] == ["."]
                return found, index + len(words) - at + dot
        return None

    def _column(self, at: int, names: ColumnIndex) -> tuple[list[ColumnMatch], int] | None:
        words: list[str] = []
        best = None
        for index in range(at, min(at + _LONGEST_SPAN, len(self.pieces))):
            piece = self.pieces[index]
            if piece.kind not in {"word", "number"}:
                if piece.kind == "symbol" and piece.text in "-/." and words and piece.tight:
                    continue
                break
            words.append(self.lower[index].removesuffix("'s"))  # "each city's price"
            text = self.message[self.pieces[at].start : piece.end]
            text = text[:-2] if words[-1] != self.lower[index] else text
            if not names.begins(text, words):
                break
            found = [] if self._barred(at, index + 1 - at) else names.named(text, words)
            if found:
                best = (found, index + 1 - at)
        return best

    def _turned(self, at: int) -> tuple[list[ColumnMatch], int] | None:
        """A column that is named from behind: "length of the bill" where there is a bill_length."""
        if at + 2 >= len(self.pieces) or self.lower[at + 1] != "of":
            return None
        first = at + 2 + (self.lower[at + 2] in self.lexicon.articles)
        for size in (2, 1):
            pieces = self.pieces[first : first + size]
            if len(pieces) < size or any(piece.kind != "word" for piece in pieces):
                continue
            length = first + size - at
            words = [*self.lower[first : first + size], self.lower[at]]
            found = [] if self._barred(at, length) else self.columns.named(" ".join(words), words)
            if len(found) == 1:
                return found, length
        return None

    def _value(self, at: int) -> tuple[tuple[tuple[str, str], ...], int] | None:
        best = None
        for index in range(at, min(at + self.values.longest, len(self.pieces))):
            piece = self.pieces[index]
            if piece.kind in {"newline", "string"}:
                break
            homes = self.values.exactly(self.message[self.pieces[at].start : piece.end])
            if homes and not self._barred(at, index + 1 - at):
                best = (homes, index + 1 - at)
        return best


def _is_letter(word: str) -> bool:
    """Whether a word can be what a spreadsheet calls a column by."""
    return len(word) == 1 and word.isascii() and word.isalpha()


def tokenize(
    message: str,
    pieces: Sequence[Piece],
    columns: ColumnIndex,
    values: ValueIndex,
    nouns: frozenset[str] = frozenset(),
    it: str | None = None,
    barred: frozenset[tuple[int, int]] = frozenset(),
    datasets: ColumnIndex = _NO_NAMES,
    now: datetime | None = None,
) -> Tokens:
    """Turn pieces of a message into typed tokens; filler is passed over.

    Args:
        message: What was said.
        pieces: The pieces to read.
        columns: The columns that it may name.
        values: The values that it may name.
        nouns: Words for the rows of this table, such as its name.
        it: The column that "it" means.
        barred: Spans that must not be one token: (index of the first piece, number of pieces).
        datasets: The other datasets that it may name.
        now: The time from which "last month" is told; None if no times are told so.

    Returns:
        The tokens in order, and where the filler stands.
    """
    tokenizer = _Tokenizer(message, pieces, columns, values, lexicon(), nouns, it, barred, datasets, now)
    return Tokens(tokenizer.tokens(), tokenizer.skipped)
