"""Small pieces of HTML: escaped, bounded, and plain enough for saved and untrusted notebooks.

No script, no ``data-*``, no CSS variables (untrusted notebooks lose them): colours are mid-tones and
transparencies that read on light and on dark pages, and without any style the structure still reads.
"""

from __future__ import annotations

from html import escape

__all__ = [
    "AMBER",
    "BLUE",
    "FAINT",
    "GREEN",
    "LINE",
    "RED",
    "TABLE",
    "card",
    "clip",
    "code_block",
    "counted",
    "faint",
    "one_line",
]

GREEN, RED, AMBER, BLUE = "#2f9e5b", "#dc4c4c", "#b7791f", "#4a86d8"
LINE = "rgba(128,128,128,.35)"
FAINT = "opacity:.72"
# Pages in quirks mode, as exported notebooks may be, do not hand their colours down to tables.
TABLE = "border-collapse:collapse;color:inherit;font-size:12px;margin:4px 0"
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:13px;line-height:1.5"


def clip(text: str, limit: int) -> str:
    """Escape a text, cutting it so that the outcome has at most ``limit`` bytes.

    Example:
        >>> clip("<b>", 100), clip("abcdef", 5)
        ('&lt;b&gt;', 'ab…')
    """
    whole = escape(text)
    if len(whole.encode(errors="replace")) <= limit:
        return whole
    parts, size = [], len("…".encode())
    for character in text:
        part = escape(character)
        size += len(part.encode(errors="replace"))
        if size > limit:
            break
        parts.append(part)
    return "".join(parts) + "…"


def one_line(text: str) -> str:
    r"""Write a text on one line, without control characters.

    Example:
        >>> one_line("a\n  b")
        'a b'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    Example:
        >>> counted(1, "row"), counted(1500, "row")
        ('1 row', '1,500 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def card(body: str, colour: str) -> str:
    """Frame a body with a coloured edge."""
    style = f"{_FONT};border-left:3px solid {colour};padding:2px 0 2px 12px;margin:4px 0"
    return f'<div style="{style}">{body}</div>'


def faint(body: str) -> str:
    """A line that stands back; ``body`` is HTML."""
    return f'<div style="{FAINT}">{body}</div>'


def code_block(code: str, summary: str, limit: int) -> str:
    """Code that opens on a click."""
    if not code:
        return ""
    return (
        f'<details><summary style="{FAINT};cursor:pointer">{escape(summary)}</summary>'
        f'<pre style="margin:4px 0;font-size:12px;white-space:pre-wrap">{clip(code, limit)}</pre></details>'
    )
