"""Values: nulls filled, values replaced, set and looked up, numbers rounded, clipped, scaled and binned."""

from __future__ import annotations

from workers.apply.values import (  # noqa: F401 - they register
    binning,
    conditional,
    flags,
    mapping,
    nulls,
    numbers,
    replacing,
    scaling,
)

__all__: list[str] = []
