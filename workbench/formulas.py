"""Texts that a spreadsheet would run: told apart, and made plain.

A cell that begins with ``=`` is a formula to Excel, LibreOffice and Sheets, and a formula can fetch, send and
start things. A text of somebody's that is written into a CSV file so becomes code in the hands of whoever
opens it.
"""

from __future__ import annotations

from typing import Literal, get_args

from workbench.errors import InvalidParameter

__all__ = ["FORMULA", "MARK", "Formulas", "require_formulas"]

FORMULA = "(?s)^(?:[=@\t\r\uff1d\uff20]|[+\\-\uff0b\uff0d].*[^0-9\\s().,/+:%\\-])"
"""What a spreadsheet takes for a formula, as a regular expression of Python and of RE2.

Of what begins with a sign, numbers, telephone numbers and the like are none. Wide forms of the signs count,
too.

Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

MARK = "'"
"""What stands before such a text to make it plain: a spreadsheet shows the text and runs nothing."""

Formulas = Literal["escape", "keep"]
"""What is done with such texts where a spreadsheet may read them: marked, or written as they are."""


def require_formulas(formulas: str) -> None:
    """Raise InvalidParameter unless it says what to do with formulas."""
    if formulas not in get_args(Formulas):
        raise InvalidParameter(
            f"formulas={formulas!r} is not known.", "Use 'escape' or 'keep'.", parameter="formulas"
        )
