"""A message as pieces: words, numbers, dates, quoted strings and symbols, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Piece", "scan"]


@dataclass(frozen=True)
class Piece:
    """A piece of the message: what kind it is, where it stands, its text, and what it says.

    ``kind`` is one of word, number, date, string, symbol, newline. ``content`` is the text without its
    quotes. ``tight`` says that no space stands before it.
    """

    kind: str
    start: int
    end: int
    text: str
    content: str
    tight: bool


_PATTERN = re.compile(
    r"""
    (?P<space>[^\S\n]+)
  | (?P<newline>\n+)
  | (?P<string>
        "(?:[^"\n]*)" | “[^”\n]*” | \u2018[^’\n]*’ | `[^`\n]*`
      | (?<![\w)\]])'(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w)
      | \[(?=[^\W\d])[^\[\]'",\n=<>]*\]
    )
  | (?P<format>(?<![\w)\]])%[A-Za-z](?:[/.:\-\x20]?%[A-Za-z])+
      | (?i:\b(?:y{4}|y{2}|m{2,4}|d{2}|h{2})(?:[/.:\-](?:y{4}|y{2}|m{2,4}|d{2}|h{2}|s{2}))+(?!\w)))
  | (?P<date>\d{4}-\d{2}-\d{2}(?:[T\x20]\d{2}:\d{2}(?::\d{2})?)?(?!\w))
  | (?P<month>\d{4}-(?:0[1-9]|1[0-2])(?![\w-]))
  | (?P<number>[$€£]?(?:\d{1,3}(?:,\d{3})+(?![\d])|\d++)(?:\.\d+)?(?:[eE][+-]?\d+)?
        (?:(?:[kK]|[mM]n?|bn|[bB])(?![\w])|[^\S\n]*%)?(?![^\W\d_]\w*(?<!\.)|_))
  | (?P<word>(?<!\S)\.[^\W\d_]\w*|[^\W_]\w*(?:['’][^\W\d_]+)?|_\w+)
  | (?P<symbol>:=|->|→|>=|=>|<=|=<|==|!=|<>|\*\*|&&|\|\||[^\w\s])
    """,
    re.VERBOSE,
)
# The stars of *emphasis* are not those of arithmetic.
_EMPHASIS = re.compile(r"(?<!\S)(\*{1,2})([^\W\d][^*\n\d]*)(\1)(?![\w*])")

_DASH = re.compile(r"(?<=\d)[–—](?=\d)")  # from a number to another one


def _without_stars(match: re.Match[str]) -> str:
    blank = " " * len(match[1])
    return f"{blank}{match[2]}{blank}"


def scan(message: str) -> list[Piece]:
    """Cut a message into pieces; every character that is not space belongs to one.

    Args:
        message: What was said.

    Returns:
        The pieces in order.

    Example:
        >>> [piece.text for piece in scan("price >= 1,000 in 'New York'")]
        ['price', '>=', '1,000', 'in', "'New York'"]
    """
    pieces = []
    tight = False
    for match in _PATTERN.finditer(_DASH.sub("-", _EMPHASIS.sub(_without_stars, message))):
        kind = str(match.lastgroup)
        if kind == "space":
            tight = False
            continue
        text = match.group()
        content = text[1:-1] if kind == "string" else text.replace("’", "'")
        if kind == "string" and not content.strip() and text[0] == "[":
            kind = "symbol"
        if kind == "format":  # 'dd/mm/yyyy' says how dates are written, in quotes or not
            kind, content = "string", text
        pieces.append(Piece(kind, match.start(), match.end(), text, content, tight))
        tight = True
    return pieces
