"""The catalogue: which transformations there are, with the schemas of their parameters."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter

from api.dependencies import Caller
from api.openapi import problems
from api.schemas import Listing, TransformationWord
from workbench.transformations.catalogue import catalogue

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/transformations", tags=["catalogue"])


@router.get("", responses=problems())
async def list_transformations(_: Caller) -> Listing[TransformationWord]:
    """List every transformation: what it does, an example in words, and its JSON schema."""
    return _catalogue()


@cache
def _catalogue() -> Listing[TransformationWord]:
    return Listing(items=[TransformationWord(**entry) for entry in catalogue()], next=None)
