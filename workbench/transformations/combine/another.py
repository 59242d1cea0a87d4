"""What the words of the family share: the other dataset, which of its columns are taken, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from workbench.transformations.fields import Names, quoted, shown, variable

__all__ = ["Dataset", "Keys", "OtherColumns", "Suffix", "Taken", "default_suffix"]

Dataset = Annotated[
    str, Field(min_length=1, description="the other dataset of the session, by name: as its file was read")
]
OtherColumns = Annotated[
    Names | None, Field(description="which columns of the other dataset to take; all if not given")
]
Suffix = Annotated[
    str,
    Field(
        min_length=1,
        description="what is put behind the name of a column of the other dataset that the table has already;"
        " an underscore and the dataset's name if not given",
    ),
]


def default_suffix(given: dict[str, object]) -> str:
    """What is put behind a name of the other dataset that is taken, where nothing is said."""
    return f"_{given.get('dataset', '')}"


class Keys(NamedTuple):
    """The columns that are compared: those of the table, and each one's partner in the other dataset."""

    left: tuple[str, ...]
    right: tuple[str, ...]

    def describe(self) -> str:
        """Say them in English: "carrier and dest = faa"."""
        pairs = [
            shown(one) if one == other else f"{shown(one)} = {shown(other)}"
            for one, other in zip(self.left, self.right, strict=True)
        ]
        return f"{', '.join(pairs[:-1])} and {pairs[-1]}" if len(pairs) > 1 else pairs[0]

    def to_pandas(self, on: str = "on") -> str:
        """Write them as arguments of pandas' merge."""
        if self.left == self.right:
            return f"{on}={_one_or_list(self.left)}"
        return f"left_{on}={_one_or_list(self.left)}, right_{on}={_one_or_list(self.right)}"


def _one_or_list(names: Sequence[str]) -> str:
    return repr(names[0]) if len(names) == 1 else quoted(names)


class Taken(NamedTuple):
    """The other dataset as it is joined.

    Args:
        keys: The columns that are compared, by the names that they are joined under.
        columns: The columns that are taken, in order, by their names in the other dataset; None: all.
        renames: New names that some of these get first: a key that is not taken for itself has its
            partner's name, so that the two become one column; what has that name makes way.
        suffix: What is put behind a name that the table has already.
    """

    keys: Keys
    columns: tuple[str, ...] | None
    renames: dict[str, str]
    suffix: str

    @classmethod
    def of(cls, keys: Keys, columns: tuple[str, ...] | None, suffix: str) -> Taken:
        """Decide which columns are taken as what.

        Args:
            keys: The columns that are compared, by their own names.
            columns: The columns of the other dataset that are wanted; None: all.
            suffix: What is put behind a name that the table has already.
        """
        if columns is None:
            return cls(keys, None, {}, suffix)
        renames: dict[str, str] = {}
        for one, other in zip(keys.left, keys.right, strict=True):
            if one != other and other not in columns:
                renames[other] = one
                if one in columns:
                    renames[one] = one + suffix
        right = tuple(renames.get(name, name) for name in keys.right)
        names = dict.fromkeys([*(name for name in keys.right if name not in columns), *columns])
        return cls(Keys(keys.left, right), tuple(names), renames, suffix)

    def new_names(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns that it adds to a table: their names there by their names as they are joined.

        Args:
            columns: The table's columns.
        """
        merged = {one for one, other in zip(*self.keys, strict=True) if one == other}
        joined = [self.renames.get(name, name) for name in self.columns or ()]
        return {
            name: name + self.suffix if name in columns else name for name in joined if name not in merged
        }

    def to_pandas(self, dataset: str) -> str:
        """Write it as Python source."""
        source = variable(dataset)
        if self.columns is not None:
            source += f"[{quoted(self.columns)}]"
        if self.renames:
            source += f".rename(columns={self.renames!r})"
        return source
