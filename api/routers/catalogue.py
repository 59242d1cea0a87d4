"""The catalogue: which transformations there are, with the schemas of their parameters."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from fastapi import APIRouter

from api.dependencies import Caller
from api.openapi import problems
from api.schemas import Listing, TransformationWord
from workbench.transformations import registry

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/transformations", tags=["catalogue"])


@router.get("", responses=problems())
async def list_transformations(_: Caller) -> Listing[TransformationWord]:
    """List every transformation: what it does, an example in words, and its JSON schema."""
    return _catalogue()


@cache
def _catalogue() -> Listing[TransformationWord]:
    return Listing(items=[TransformationWord(**_entry(kind)) for kind in registry], next=None)


def _entry(kind: str) -> dict[str, Any]:
    word = registry[kind]
    text, _, example = inspect.cleandoc(word.__doc__ or "").partition("\nSay:")
    return {
        "kind": kind,
        "family": word.family(),
        "description": text.strip(),
        "example": example.strip(),
        "effect": word.effect.value,
        "scope": word.scope.value,
        "schema": word.model_json_schema(),
    }
