"""The catalogue as data: what the API lists and the documentation shows."""

from __future__ import annotations

import inspect
import sys
from functools import cache
from typing import Any

from workbench.transformations.base import Transformation, registry

__all__ = ["catalogue", "examples", "families"]


@cache
def catalogue() -> list[dict[str, Any]]:
    """List every transformation, family by family.

    Returns:
        One JSON-serialisable object each: ``kind``, ``family``, ``title`` (the class's name), ``summary``
        (its first sentence), ``description`` (all of its text), ``example`` (a chat message), ``plan`` (the
        step that the message means), ``code`` (that step as pandas), ``effect``, ``scope`` and ``schema``
        (JSON Schema of the parameters).

    Example:
        >>> [entry["example"] for entry in catalogue() if entry["kind"] == "head"]
        ['keep the first 100 rows']
    """
    return [_entry(kind, word) for kind, word in registry.items()]


@cache
def examples() -> tuple[str, ...]:
    """List one chat message for every transformation.

    Example:
        >>> "keep the first 100 rows" in examples()
        True
    """
    return tuple(_said(word)[1] for word in registry.values())


def families() -> dict[str, str]:
    """Name the families in the order of the catalogue, each with the sentence that says what it is."""
    homes = {word.family(): word.__module__ for word in registry.values()}
    modules = {
        family: sys.modules.get(f"{__package__}.{family}", sys.modules[homes[family]]) for family in homes
    }
    return {family: inspect.getdoc(module) or "" for family, module in modules.items()}


def _entry(kind: str, word: type[Transformation]) -> dict[str, Any]:
    text, example = _said(word)
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    step = word.model_validate(word.example)
    return {
        "kind": kind,
        "family": word.family(),
        "title": word.__name__,
        "summary": paragraphs[0],
        "description": "\n\n".join(paragraphs),
        "example": example,
        "plan": [{"kind": kind, **word.example}],
        "code": step.to_pandas(),
        "effect": step.acts_as().value,
        "scope": step.spans().value,
        "schema": word.model_json_schema(),
    }


def _said(word: type[Transformation]) -> tuple[str, str]:
    """What the docstring of a transformation says: the text, and the message that means it."""
    text, _, example = (inspect.getdoc(word) or "").partition("\n\nSay: ")
    return text, " ".join(example.split())
