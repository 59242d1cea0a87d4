"""Real data sets that come with the package, to try things on; README.md beside them states their origin."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InvalidParameter, nearest

__all__ = ["SAMPLES", "sample_path"]

_FOLDER = Path(__file__).parent

SAMPLES = tuple(sorted(path.stem for path in _FOLDER.glob("*.parquet")))
"""The names of the samples there are."""


def sample_path(name: str) -> Path:
    """Find the file of a sample.

    Args:
        name: The sample's name, such as "flights".

    Returns:
        The path of a Parquet file.

    Raises:
        InvalidParameter: There is no sample of that name; the hint lists those there are.

    Example:
        >>> sample_path("flights").name
        'flights.parquet'
    """
    if name not in SAMPLES:
        known = ", ".join(SAMPLES)
        raise InvalidParameter(
            f"There is no sample '{name}'.",
            f"The samples are: {known}.",
            sample=name,
            known=list(SAMPLES),
            nearest=nearest(name, SAMPLES),
        )
    return _FOLDER / f"{name}.parquet"
