"""Names for downloads."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

__all__ = ["attachment"]

_LONGEST_STEM = 80


def attachment(stem: str, ending: str) -> str:
    r"""Write a ``Content-Disposition`` with a file name that every system takes.

    Args:
        stem: What the file should be called, in any characters.
        ending: Its ending, without the dot.

    Returns:
        The header's value, with an ASCII name and, where that is not the same, the full one.

    Source: RFC 6266, with the ``filename*`` of RFC 8187.

    Example:
        >>> attachment('naïve "sales"', "csv")
        'attachment; filename="naive sales.csv"; filename*=UTF-8\'\'na%C3%AFve%20sales.csv'
    """
    full = f"{_safe(stem)}.{ending}"
    plain = unicodedata.normalize("NFKD", full).encode("ascii", "ignore").decode()
    if plain.startswith("."):
        plain = f"data{plain}"
    header = f'attachment; filename="{plain}"'
    return header if plain == full else f"{header}; filename*=UTF-8''{quote(full, safe='')}"


def _safe(stem: str) -> str:
    kept = "".join(character if character.isprintable() else " " for character in stem)
    kept = kept.translate({ord(character): None for character in '"\\/:*?<>|%;'})
    return " ".join(kept.split())[:_LONGEST_STEM].strip(". ") or "data"
