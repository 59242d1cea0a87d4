"""What a blob's key looks like, in every store."""

from __future__ import annotations

import re

from workbench.errors import InvalidParameter

__all__ = ["check_folder", "check_key", "check_prefix", "digest_in"]

# No part begins with a dot, so no key leads out of a store's folder, or into one that it hides there.
_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_PREFIX = re.compile(rf"(?:{_PART}/)*(?:{_PART})?")
_FOLDER = re.compile(rf"(?:{_PART}/)+")
_DIGEST_NAME = re.compile(r"(?:.*/)?([0-9a-f]{64})(?:\.[A-Za-z0-9._-]*)?")


def check_key(key: str) -> str:
    """Give a key back if it is one.

    Raises:
        InvalidParameter: If it is not.

    Example:
        >>> check_key("local/0192/blocks/a.parquet")
        'local/0192/blocks/a.parquet'
    """
    return _checked(_KEY, key)


def check_prefix(prefix: str) -> str:
    """Give back what keys may begin with; nothing at all is a prefix too.

    Raises:
        InvalidParameter: If no key can begin so.
    """
    return _checked(_PREFIX, prefix)


def check_folder(prefix: str) -> str:
    """Give back a prefix that ends a part: whole folders only.

    Raises:
        InvalidParameter: If it does not end with a slash, or no key can begin so.
    """
    return _checked(_FOLDER, prefix)


def digest_in(key: str) -> str | None:
    """The SHA-256 of a blob's content where its key says it.

    Example:
        >>> digest_in("o/s/blocks/" + "0" * 64 + ".parquet") == "0" * 64
        True
        >>> digest_in("o/s/uploads/0192") is None
        True
    """
    match = _DIGEST_NAME.fullmatch(key)
    return match.group(1) if match else None


def _checked(form: re.Pattern[str], key: str) -> str:
    if form.fullmatch(key) is None:
        raise InvalidParameter(
            f"'{key}' is not the key of a blob.",
            "A key is parts of letters, digits, '.', '_' and '-', joined by '/'; no part begins with a dot.",
            key=key,
        )
    return key
