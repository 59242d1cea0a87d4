"""Spellings of the same thing, brought to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import count, shown
from workbench.transformations.text.calls import Call, written
from workbench.transformations.text.rewriting import RemoveCharacters

__all__ = ["ClusterValues"]


class ClusterValues(Transformation):
    """Give texts that are likely the same one spelling: the most frequent one of each cluster.

    Texts are in one cluster if they have the same key, as in OpenRefine. The fingerprint is made of the
    words, each once and in alphabetical order, without case, accents and punctuation: "Cruise, Tom" is "tom
    cruise". The ngram key is made of the runs of ``n`` characters instead, which also finds words that are
    written together or apart, and some that are misspelled. Of equally frequent spellings the first one
    counts. Texts of nothing but punctuation and space stay as they are.

    Say: cluster similar values in city
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"column": "city"}
    kind: Literal["cluster_values"] = "cluster_values"
    column: str = Field(description="the column of text")
    method: Literal["fingerprint", "ngram"] = Field(
        default="fingerprint", description="what texts of one cluster have in common"
    )
    n: Annotated[int, Field(ge=1, le=10)] = Field(
        default=2, description="how many characters the runs of the ngram key have"
    )

    @model_validator(mode="after")
    def _n_of_ngrams(self) -> ClusterValues:
        if self.method == "fingerprint" and self.n != 2:
            raise ValueError("n is for the ngram method alone")
        return self

    def cleaning(self) -> tuple[Call, ...]:
        """The chain that leaves of a text what its key is made of."""
        plain = [RemoveCharacters(columns=(self.column,), what=what) for what in ("accents", "punctuation")]
        cleaned = [Call("casefold"), *(call for step in plain for call in step.calls())]
        # Control characters, and for runs of characters all space besides.
        gone = r"[\x00-\x1f\x7f]" if self.method == "fingerprint" else r"[\s\x00-\x1f\x7f\xa0]+"
        spaces = Call("replace", (r"\s+", " "), {"regex": True})
        before = (spaces,) if self.method == "fingerprint" else ()
        return (*before, *cleaned, Call("replace", (gone, ""), {"regex": True}))

    def describe(self) -> str:
        key = "fingerprint" if self.method == "fingerprint" else f"runs of {count(self.n, 'character')}"
        return f"Give similar texts in {shown(self.column)} one spelling, by their {key}"

    def outcome(self, change: Change) -> str:
        changed = count(change.cells_changed.get(self.column, 0), "value")
        return f"Changed {changed} of {shown(self.column)} to the most frequent spelling of the same text"

    def to_pandas(self) -> str:
        parts = (
            "key.split()"
            if self.method == "fingerprint"
            else f"key[i : i + {self.n}] for i in range(max(len(key) - {self.n - 1}, 1))"
        )
        joint = "' '" if self.method == "fingerprint" else "''"
        made = f"set({parts})" if self.method == "fingerprint" else f"{{{parts}}}"
        return (
            f"texts = df[{self.column!r}].dropna()\n"
            "sizes = texts.groupby(texts, sort=False).size().sort_values(ascending=False, kind='stable')\n"
            "spellings = sizes.index.to_series().reset_index(drop=True)\n"
            f"keys = spellings{written(self.cleaning())}\n"
            f"keys = keys.map(lambda key: {joint}.join(sorted({made}))).astype('str')\n"
            "best = spellings.groupby(keys).transform('first').where(keys != '', spellings)\n"
            f"df[{self.column!r}] = df[{self.column!r}].map(dict(zip(spellings, best))).astype('str')"
        )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.column]
