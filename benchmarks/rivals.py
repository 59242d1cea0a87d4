"""The operations of ``benchmarks.steps`` in polars and in DuckDB: read a Parquet file, operate, write one.

Written as their users would, with the settings that they have by themselves: polars by its lazy frames, which
read only what they need, DuckDB by one ``COPY``. What they write is brought to the disk as the others' is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["DUCKDB", "POLARS", "in_duckdb", "in_polars"]

Lazy = Any
POLARS: Mapping[str, Callable[[Any, Lazy, Lazy], Lazy]] = {
    "fill one column of numbers": lambda pl, orders, _: orders.with_columns(pl.col("price").fill_null(0)),
    "upper-case the e-mail": lambda pl, orders, _: orders.with_columns(pl.col("email").str.to_uppercase()),
    "compute a column": lambda pl, orders, _: orders.with_columns(total=pl.col("price") * pl.col("quantity")),
    "take the month of a date": lambda pl, orders, _: orders.with_columns(
        ordered_month=pl.col("ordered").dt.month()
    ),
    "rename a column": lambda _pl, orders, _: orders.rename({"price": "cost"}),
    "drop two columns": lambda _pl, orders, _: orders.drop("email", "city"),
    "filter": lambda pl, orders, _: orders.filter(pl.col("quantity") > 25),
    "drop nulls": lambda _pl, orders, _: orders.drop_nulls("price"),
    "drop duplicates": lambda _pl, orders, _: orders.unique("customer", keep="first", maintain_order=True),
    "sort": lambda _pl, orders, _: orders.sort("price", nulls_last=True, maintain_order=True),
    "first 100 rows": lambda _pl, orders, _: orders.head(100),
    "top 100 rows": lambda _pl, orders, _: orders.sort(
        "price", descending=True, nulls_last=True, maintain_order=True
    ).head(100),
    "sample of 1,000 rows": lambda _pl, orders, _: orders.collect().sample(1_000, seed=7).lazy(),
    "group and average": lambda pl, orders, _: (
        orders.group_by("city").agg(pl.col("price").mean()).sort("city")
    ),
    "pivot": lambda _pl, orders, _: (
        orders.collect()
        .pivot("channel", index="city", values="price", aggregate_function="mean", sort_columns=True)
        .sort("city")
        .lazy()
    ),
    "join": lambda _pl, orders, customers: orders.join(
        customers, on="customer", how="left", maintain_order="left"
    ),
}
"""Of polars' module and the lazy frames of both files, the lazy frame of the result."""

_FROM = "FROM read_parquet('{orders}') AS orders"
DUCKDB: Mapping[str, str] = {
    "fill one column of numbers": f"SELECT * REPLACE (coalesce(price, 0) AS price) {_FROM}",
    "upper-case the e-mail": f"SELECT * REPLACE (upper(email) AS email) {_FROM}",
    "compute a column": f"SELECT *, price * quantity AS total {_FROM}",
    "take the month of a date": f"SELECT *, month(ordered) AS ordered_month {_FROM}",
    "rename a column": f"SELECT * RENAME (price AS cost) {_FROM}",
    "drop two columns": f"SELECT * EXCLUDE (email, city) {_FROM}",
    "filter": f"SELECT * {_FROM} WHERE quantity > 25",
    "drop nulls": f"SELECT * {_FROM} WHERE price IS NOT NULL",
    "drop duplicates": f"SELECT DISTINCT ON (customer) * {_FROM} ORDER BY id",
    "sort": f"SELECT * {_FROM} ORDER BY price NULLS LAST, id",
    "first 100 rows": f"SELECT * {_FROM} LIMIT 100",
    "top 100 rows": f"SELECT * {_FROM} ORDER BY price DESC NULLS LAST, id LIMIT 100",
    "sample of 1,000 rows": f"SELECT * {_FROM} USING SAMPLE reservoir(1000 ROWS) REPEATABLE (7)",
    "group and average": f"SELECT city, avg(price) AS mean_price {_FROM} GROUP BY city ORDER BY city",
    "pivot": (
        f"PIVOT (SELECT city, channel, price {_FROM}) ON channel USING avg(price) GROUP BY city ORDER BY city"
    ),
    "join": f"SELECT * {_FROM} LEFT JOIN read_parquet('{{customers}}') AS customers USING (customer)",
}
"""The query of each operation; rows keep their order, as they do in the others, where a query can say so."""


def in_polars(operation: str, orders: Path, customers: Path, result: Path) -> None:
    """Read, operate and write with polars."""
    import polars as pl

    made = POLARS[operation](pl, pl.scan_parquet(orders), pl.scan_parquet(customers))
    made.collect().write_parquet(result)


def in_duckdb(operation: str, orders: Path, customers: Path, result: Path) -> None:
    """Read, operate and write with DuckDB."""
    import duckdb

    query = DUCKDB[operation].format(orders=orders, customers=customers)
    duckdb.connect().execute(f"COPY ({query}) TO '{result}' (FORMAT parquet)")
