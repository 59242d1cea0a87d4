"""Names of columns, written in a style: as code that is exported as it stands here."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Callable, Iterable

__all__ = ["STYLED", "cleaned", "source_of"]


def words_of(name: str) -> list[str]:
    """Cut a name into its words: at blanks and signs, and where a capital begins one."""
    name = re.sub(r"([a-zß-öø-ÿ0-9])([A-ZÀ-ÖØ-Þ])", r"\1 \2", name)
    name = re.sub(r"([A-ZÀ-ÖØ-Þ])([A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", name)


def clean_name(name: str) -> str:
    """Write a name in small ASCII letters, digits and underscores; of other scripts the letters stay."""
    spelled = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
    spelled |= {"'": "", "’": "", '"': "", "%": " percent ", "#": " number "}
    text = "_".join(words_of(re.sub("['’\"%#]", lambda sign: spelled[sign[0]], name))).lower()
    text = unicodedata.normalize("NFKD", "".join(spelled.get(letter, letter) for letter in text))
    plain = "_".join(re.findall(r"[a-z0-9]+", "".join(c for c in text if not unicodedata.combining(c))))
    plain = plain or unicodedata.normalize("NFC", text) or "x"
    return f"x{plain}" if plain[0].isdigit() else plain


def clean_names(names: Iterable[str]) -> list[str]:
    """Clean names; where two would be one, the later one gets a number."""
    made: dict[str, str] = {}
    for name in names:
        clean = unique = clean_name(name)
        number = 1
        while unique in made:
            number += 1
            unique = f"{clean}_{number}"
        made[unique] = name
    return list(made)


STYLED: dict[str, tuple[Callable[[str], str], str]] = {
    "snake": (lambda name: "_".join(words_of(name)).lower(), "'_'.join(words_of(name)).lower()"),
    "kebab": (lambda name: "-".join(words_of(name)).lower(), "'-'.join(words_of(name)).lower()"),
    "title": (
        lambda name: " ".join(word.capitalize() for word in words_of(name)),
        "' '.join(word.capitalize() for word in words_of(name))",
    ),
    "pascal": (
        lambda name: "".join(word.capitalize() for word in words_of(name)),
        "''.join(word.capitalize() for word in words_of(name))",
    ),
    "camel": (
        lambda name: "".join(
            word.capitalize() if n else word.lower() for n, word in enumerate(words_of(name))
        ),
        "''.join(word.capitalize() if n else word.lower() for n, word in enumerate(words_of(name)))",
    ),
}
"""What a style makes of a name, as a function and as Python source; nothing, of a name without letters."""


def cleaned(names: Iterable[str]) -> list[str]:
    """Clean the names of columns, as janitor's clean_names does.

    Example:
        >>> cleaned(["Größe (cm)", "firstName", "% done", "2nd", "first name"])
        ['grosse_cm', 'first_name', 'percent_done', 'x2nd', 'first_name_2']
    """
    return clean_names(names)


def source_of(style: str) -> str:
    """Write the functions that a style needs, as Python source."""
    needed = [words_of, clean_name, clean_names] if style == "clean" else [words_of]
    imports = ["import re"]
    if style == "clean":
        imports += ["import unicodedata", "from collections.abc import Iterable"]
    return "\n\n\n".join(["\n".join(imports), *(inspect.getsource(function).rstrip() for function in needed)])
