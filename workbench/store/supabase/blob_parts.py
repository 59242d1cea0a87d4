"""How the objects of a blob are called, and the manifest of one that is in parts.

A blob whose name is the digest of its content, and that fits into one object, is that object, under its own
key. Every other blob is a number of parts, ``<key>@<writer>-<number>``, and, written after them, a manifest
that lists them, ``<key>@parts``: it is there as soon as its manifest is, and whole. No key holds an ``@``.

Each writer gives its parts names of its own. Two that write the same blob at once have nothing in common
until one of the manifests is refused, so whoever fails or comes second can remove what it wrote.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Part", "Parts", "key_of", "manifest_name", "part_name"]

_MANIFEST = "@parts"


class Part(BaseModel):
    """One of the objects that a blob is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Without a slash: whatever a manifest says, it never leads out of the blob's own name.
    name: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}-[0-9]{1,9}$")]
    size: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Parts(BaseModel):
    """The manifest of a blob in parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    size: Annotated[int, Field(ge=0)]
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(part.size for part in self.parts) != self.size:
            raise ValueError("the parts are not of the size of the whole")
        if len({part.name for part in self.parts}) < len(self.parts):
            # Writers never do; a list of their own making could make terabytes of one part.
            raise ValueError("a part is listed twice")
        return self


def manifest_name(key: str) -> str:
    """The object that makes a blob in parts be there.

    Example:
        >>> manifest_name("owner/session/uploads/1")
        'owner/session/uploads/1@parts'
    """
    return key + _MANIFEST


def part_name(key: str, name: str = "") -> str:
    """The object of a part; without a name what the names of all of them begin with."""
    return f"{key}@{name}"


def key_of(name: str) -> str | None:
    """The blob that is there because an object is; None for a part, which alone is no blob.

    Example:
        >>> key_of("o/s/blocks/a.parquet"), key_of("o/s/uploads/1@parts"), key_of("o/s/uploads/1@0192abcd-0")
        ('o/s/blocks/a.parquet', 'o/s/uploads/1', None)
    """
    if name.endswith(_MANIFEST):
        return name.removesuffix(_MANIFEST)
    return None if "@" in name else name
