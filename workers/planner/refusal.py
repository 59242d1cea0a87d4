"""Why a message is refused, said so that its writer knows what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz import fuzz, process

from workbench.errors import MessageAmbiguous, MessageOutside, MessageUnknownColumn, PlannerRefusal
from workbench.transformations import Plan
from workbench.transformations.catalogue import examples
from workers.planner.chart import Chart
from workers.planner.columns import singular, split_name
from workers.planner.effort import TooMuchEffort
from workers.planner.lexer import Token, Types
from workers.planner.lexicon import lexicon
from workers.planner.parsing import Unfit
from workers.planner.scan import Piece
from workers.planner.scope import Scope

__all__ = ["Failure", "ambiguous", "outside", "passed_over", "refuse", "too_long"]

_CUTOFF = 70
_STRANGE = frozenset({"WORD", "BARE", "NAME"})  # the types of a word that says nothing to us
_SHOWN = 3
_PHRASES, _ALIKE = 2, 55  # so many phrases that are known, if they are so much like what was said
_LONGEST_QUOTE = 80  # characters of the message in a sentence
_LONGEST_READING = 160  # of a reading in a question; its details hold all
_OUTSIDE = {
    "charts": "charts, which the workbench does not make: it transforms tables",
    "models": "models and predictions, which the workbench does not make: it transforms tables",
    "fitting": "models and predictions, which the workbench does not make: it transforms tables",
    "statistics": "statistical tests, which the workbench does not make: it transforms tables",
    "language": "work on language, which the workbench does not do: it transforms tables",
    "files": "files, which a message neither reads nor writes: it transforms the tables of the session",
    "filing": "files, which a message neither reads nor writes: it transforms the tables of the session",
}
_OPENING = frozenset({"filing", "fitting"})  # asked for only where a step begins with the word


@dataclass(frozen=True)
class Failure:
    """Where reading a message came to its end.

    Attributes:
        tokens: The tokens of the part of the message that could not be read.
        at: The index of the first token that could not stand where it does.
        scope: The columns that there are at that point.
        unfit: Why readings that the grammar allows were dropped.
        steps: How many steps were read before.
    """

    tokens: Sequence[Token]
    at: int
    scope: Scope
    unfit: tuple[Unfit, ...] = ()
    steps: int = 0

    @property
    def position(self) -> int:
        """Where in the message it is: later is nearer to being understood."""
        if not self.tokens:
            return 0
        return self.tokens[self.at].start if self.at < len(self.tokens) else self.tokens[-1].end


def _clipped(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """What was said, so far as a sentence can hold it."""
    return text if len(text) <= longest else f"{text[: longest - 2]} …"


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


def outside(tokens: Sequence[Token]) -> MessageOutside | None:
    """Recognise what is no transformation of a table."""
    asked = next(
        (
            token
            for before, token in zip([None, *tokens], tokens, strict=False)
            if token.outside
            and (token.outside not in _OPENING or before is None or before.type & {"COMMA", "AND", "THEN"})
        ),
        None,
    )
    if asked is None:
        return None
    return MessageOutside(
        f"'{asked.text}' (at character {asked.start + 1}) asks for {_OUTSIDE[asked.outside]}.",
        "Prepare the table here, and take it on as a pandas frame.",
        words=[asked.text],
        position=asked.start,
        suggestions=[],
    )


def ambiguous(plans: Sequence[Plan], token: Token) -> MessageAmbiguous:
    """Ask which of the readings is meant; each is a sentence, with its plan."""
    sentences = [plan.describe() for plan in plans]
    numbered = "; ".join(
        f"({number}) {_clipped(sentence, _LONGEST_READING)}" for number, sentence in enumerate(sentences, 1)
    )
    return MessageAmbiguous(
        f"This can be read in {len(sentences)} ways: {numbered}.",
        "Answer with the number of the one that you mean, or say it in its words.",
        words=[],
        position=token.start,
        suggestions=sentences,
        readings=[{"sentence": plan.describe(), "plan": plan.to_json()} for plan in plans],
    )


def too_long(position: int) -> PlannerRefusal:
    """Refuse a message that would be too much work, with the place up to which it was read."""
    return PlannerRefusal(
        "The message has too many parts to be read at once; nothing was done.",
        "Say it in several shorter messages.",
        words=[],
        position=position,
        suggestions=[],
    )


def passed_over(piece: Piece) -> PlannerRefusal:
    """Refuse a message of which a word was not read, though all the rest was."""
    return PlannerRefusal(
        f"I did not understand '{_clipped(piece.text)}' (at character {piece.start + 1}).",
        "Say it in another way, or leave the word out.",
        words=[piece.content],
        position=piece.start,
        suggestions=[],
    )


def refuse(failure: Failure, message: str) -> PlannerRefusal:
    """Name the words that were not understood, and what is nearest to them."""
    asked = outside(failure.tokens)
    if asked is not None:
        return asked
    told = next((unfit for unfit in sorted(failure.unfit, key=lambda u: not u.final) if unfit.reason), None)
    if told is not None:
        return _unfit(told, failure, message)
    unread = [token for token in failure.tokens if _is_unknown(token)]
    if not unread:
        unread = _quoted_there(failure)
    if not unread:
        return _unclear(failure, message)
    at = failure.tokens[min(failure.at, len(failure.tokens) - 1)]
    first = next((token for token in unread if token.start >= at.start), unread[0])
    return _unknown(first, unread, failure)


def _unfit(unfit: Unfit, failure: Failure, message: str) -> PlannerRefusal:
    """Say why what can be read cannot be done, and of which words that is so."""
    if unfit.token is not None:
        words, position = [unfit.token.text], unfit.token.start
    elif unfit.uses:
        words = [message[use.start : use.end].strip("\"'`") for use in unfit.uses]
        position = unfit.uses[0].start
    else:
        words, position = [failure.tokens[0].text], failure.tokens[0].start
    suggestions = list(unfit.suggestions)
    return unfit.error(unfit.reason, unfit.hint, words=words, position=position, suggestions=suggestions)


def _is_unknown(token: Token) -> bool:
    return token.type <= _STRANGE and token.column is None and token.dataset is None and not token.homes


def _quoted_there(failure: Failure) -> list[Token]:
    """The name in quotes that stands where reading failed, if there is no such column."""
    token = failure.tokens[min(failure.at, len(failure.tokens) - 1)]
    unknown = token.quoted and token.column is None and _stand_for_columns([token], failure)
    return [token] if unknown else []


def _unknown(token: Token, unread: Sequence[Token], failure: Failure) -> PlannerRefusal:
    where = f"'{_clipped(token.text)}' (at character {token.start + 1})"
    words = [token.text, *(other.text for other in unread if other is not token)]
    near = _nearest(token, failure)
    if token.rivals:
        names = list(token.rivals)
        text, hint = f"{where} can be {_listed(names)}.", "Write the column's whole name."
        return PlannerRefusal(text, hint, words=words, position=token.start, suggestions=names)
    homes = list(dict.fromkeys(column for column, _ in _homes_of(near, failure)))
    if near:
        of = f", a value of {homes[0]}" if len(homes) == 1 else ""
        hint = f"Did you mean {_listed(near)}{of}?"
    else:
        columns = failure.scope.names
        shown = ", ".join(columns[:8]) + (", …" if len(columns) > 8 else "")
        hint = f"Put names and values in quotes; the columns are: {shown}."
    if not homes and _stand_for_columns(unread, failure):
        return MessageUnknownColumn(
            f"There is no column {where}.", hint, words=words, position=token.start, suggestions=near
        )
    return PlannerRefusal(
        f"I did not understand {where}.", hint, words=words, position=token.start, suggestions=near
    )


def _homes_of(near: Sequence[str], failure: Failure) -> list[tuple[str, str]]:
    """The columns that what a word looks like are values of; none if it looks like something else, too."""
    homes = [failure.scope.values.exactly(text) for text in near if text not in failure.scope.names]
    return [home for found in homes for home in found] if len(homes) == len(near) and all(homes) else []


def _stand_for_columns(unread: Sequence[Token], failure: Failure) -> bool:
    """Whether the message could be read if the words that were not understood were columns.

    Two in a row are more likely something else than columns.
    """
    unknown = {id(token) for token in unread}
    places = [at for at, token in enumerate(failure.tokens) if id(token) in unknown]
    if any(after - before == 1 for before, after in pairwise(places)):
        return False
    column = Types({"COLUMN", "WORD"})
    supposed = [replace(token, type=column) if id(token) in unknown else token for token in failure.tokens]
    try:
        return Chart(supposed).stops(len(supposed)) is None
    except TooMuchEffort:
        return False


def _nearest(token: Token, failure: Failure) -> list[str]:
    """The columns and datasets that look like a word, then words of the language, else values."""
    word = token.text.casefold()
    known = {name: name.casefold() for name in (*failure.scope.names, *failure.scope.others)}
    columns = process.extract(word, known, scorer=fuzz.WRatio, limit=_SHOWN, score_cutoff=_CUTOFF)
    found = [name for *_, name in columns]
    if len(found) < _SHOWN and token is failure.tokens[0]:
        phrases = list(dict.fromkeys(p for key in _COMMANDS for p in lexicon().shown[key]))
        near = process.extract(word, phrases, scorer=fuzz.ratio, limit=_SHOWN, score_cutoff=_CUTOFF)
        found = [phrase for phrase, *_ in near] + found
    if not found:
        values = {value: value.casefold() for value in failure.scope.values.known()}
        near_values = process.extract(word, values, scorer=fuzz.ratio, limit=_SHOWN, score_cutoff=_CUTOFF)
        found += [value for *_, value in near_values]
    return list(dict.fromkeys(found))[:_SHOWN]


_COMMANDS = [
    "KEEP",
    "DROP",
    "FILTER",
    "SORT",
    "DEDUPE",
    "RENAME",
    "CONVERT",
    "FILL",
    "REPLACE",
    "ROUND",
    "TRIM",
    "ADD",
    "GROUP",
    "SAMPLING",
    "UPPER_V",
    "LOWER_V",
]


def _unclear(failure: Failure, message: str) -> PlannerRefusal:
    """All words are known, but not in this order."""
    tokens, at = failure.tokens, failure.at
    near = _known_phrases(" ".join(token.text for token in tokens if token.type & lexicon().shown.keys()))
    if at >= len(tokens):
        said = _clipped(message[tokens[0].start : tokens[-1].end])
        return PlannerRefusal(
            f"'{said}' seems to end too early: something is missing after '{_clipped(tokens[-1].text)}'.",
            "Say what it is about: a column, a value or a condition." + _as_in(near),
            words=[tokens[-1].text],
            position=tokens[-1].start,
            suggestions=near,
        )
    token = tokens[at]
    columns = _partly_named(token, failure)
    before = _clipped(message[tokens[0].start : token.start].strip()) if at else ""
    place = f" after '{before}'" if before else ""
    plainly = "Say it in one sentence a step, with names and values in quotes where they are unusual."
    return PlannerRefusal(
        f"I did not understand '{_clipped(token.text)}' (at character {token.start + 1}){place}.",
        f"Did you mean {_listed(columns)}?" if columns else plainly + _as_in(near),
        words=[token.text],
        position=token.start,
        suggestions=columns or near,
    )


def _partly_named(token: Token, failure: Failure) -> list[str]:
    """The columns of whose name a word is a part, where it is no word that holds a sentence together."""
    if token.column is not None or token.type & lexicon().kinds["structure"]:
        return []
    return [name for name in failure.scope.names if singular(token.text.casefold()) in _parts(name)][:_SHOWN]


def _parts(name: str) -> set[str]:
    return {singular(part) for part in split_name(name)}


def _as_in(phrases: Sequence[str]) -> str:
    return f" Did you mean something like {_listed(phrases)}?" if phrases else ""


def _known_phrases(said: str) -> list[str]:
    """The examples of the catalogue that are most like what was said."""
    known = {example: example.casefold() for example in examples()}
    near = process.extract(
        said.casefold(), known, scorer=fuzz.token_set_ratio, limit=_PHRASES, score_cutoff=_ALIKE
    )
    return [phrase for *_, phrase in near]
