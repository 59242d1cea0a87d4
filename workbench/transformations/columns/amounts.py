"""Numbers as people write them: with currency signs, marks between thousands, percent, parentheses."""

from __future__ import annotations

from typing import Literal

__all__ = ["MINUS", "SPACES", "amount_pattern"]

SPACES = "[\u00a0\u2009\u202f]"
"""Spaces that are set between thousands and before signs, and that a plain blank stands for."""

MINUS = "\u2212"
"""The minus sign of typography."""

_CURRENCY = "(?:[$€£¥₹₽₩₺₪₫₴₦]|USD|EUR|GBP|JPY|CHF)"


def amount_pattern(decimal: Literal[".", ","]) -> str:
    """Write the regular expression of an amount, for a text without blanks around it.

    Args:
        decimal: The decimal mark; the other one, apostrophes and blanks may stand between thousands.
    """
    mark, between = (r"\.", "[,'’ ]") if decimal == "." else (",", "[.'’ ]")
    grouped = f"[0-9]{{1,3}}(?:{between}[0-9]{{2,3}})*{between}[0-9]{{3}}"
    number = f"(?:(?:{grouped}|[0-9]+)(?:{mark}[0-9]*)?|{mark}[0-9]+)"
    sign, unit = f"(?:{_CURRENCY} ?)?", f"(?: ?(?:{_CURRENCY}|%))?"
    return (
        f"(?:[-+]? ?{sign}{number}{unit}"  # -$5, +5%, -5 €
        f"|{_CURRENCY} ?[-+]{number}"  # $-5
        f"|{sign}{number}{unit} ?-"  # 5-
        rf"|{sign}\( ?{sign}{number}{unit} ?\))"  # ($5), $(5)
    )
