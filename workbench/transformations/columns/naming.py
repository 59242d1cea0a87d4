"""Columns: given other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.columns.common import OfColumns
from workbench.transformations.fields import NewName, listed, shown

__all__ = ["Rename"]


class Rename(OfColumns):
    """Give columns other names; they stay where they are.

    Say: rename dep_delay to delay
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": {"dep_delay": "delay"}}
    kind: Literal["rename"] = "rename"
    columns: Annotated[dict[str, NewName], Field(min_length=1)] = Field(
        description="the new names by the old ones"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Rename:
        new = list(self.columns.values())
        if len(set(new)) < len(new):
            raise ValueError("two columns would have one name")
        return self

    def _pairs(self) -> str:
        return listed([f"{shown(old)} to {shown(new)}" for old, new in self.columns.items()])

    def describe(self) -> str:
        return f"Rename {self._pairs()}"

    def outcome(self, change: Change) -> str:
        return f"Renamed {self._pairs()}"

    def to_pandas(self) -> str:
        return f"df = df.rename(columns={self.columns!r})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {self.columns.get(name, name): name for name in columns}
