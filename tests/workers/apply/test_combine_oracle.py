"""Joins, unions and differences give on real data what DuckDB gives."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.support.nycflights import nycflights
from workbench.transformations import (
    Append,
    Difference,
    Intersection,
    Join,
    JoinNearest,
    Transformation,
    Union,
)
from workers.apply import apply

FLIGHTS = ["month", "day", "carrier", "flight", "tailnum", "origin", "dest", "distance", "time_hour"]
ROWS = 40_000


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    flights = nycflights()[FLIGHTS].head(ROWS).assign(row=range(ROWS))
    flights["time_hour"] = pd.to_datetime(flights["time_hour"], utc=True).dt.tz_localize(None)
    weather = nycflights("weather")[["origin", "time_hour", "temp", "wind_speed"]]
    # DuckDB has it that nulls are not equal to each other; nulls are looked at elsewhere.
    planes = nycflights("planes")[["tailnum", "year", "manufacturer", "seats"]]
    hours = weather.assign(
        time_hour=pd.to_datetime(weather["time_hour"], utc=True).dt.tz_localize(None)
    ).drop_duplicates(["origin", "time_hour"])
    return {
        "flights": flights[flights["tailnum"].notna()].reset_index(drop=True),
        "airlines": nycflights("airlines"),
        "airports": nycflights("airports")[["faa", "name", "alt"]],
        "planes": planes,
        "weather": hours.reset_index(drop=True),
        # Six in a hundred hours: so that the nearest is another one.
        "seldom": hours.sort_values(["time_hour", "origin"]).iloc[::17].reset_index(drop=True),
        "routes": flights[["origin", "dest", "carrier"]].iloc[::50].reset_index(drop=True),
    }


def asked(sql: str, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    with duckdb.connect() as database:
        for name, table in tables.items():
            database.register(name, table)
        return database.sql(sql).df()


def same(made: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Hold two tables equal: values in all columns, whatever order the database left the rows in."""
    assert len(made) > 2
    expected = expected.set_axis(made.columns, axis=1)
    keys = [name for name in ("row", "tailnum", "faa", "seats", *made.columns) if name in made.columns]
    ordered = [
        frame.sort_values(list(dict.fromkeys(keys)), ignore_index=True).astype(object)
        for frame in (made, expected)
    ]
    assert_frame_equal(*(frame.where(frame.notna(), None) for frame in ordered), check_dtype=False)


JOINS: list[tuple[Transformation, str]] = [
    (
        Join(dataset="airlines", on=("carrier",)),
        "f.*, a.name from flights f left join airlines a using (carrier)",
    ),
    (
        Join(dataset="planes", how="inner", on=("tailnum",)),
        "f.*, p.year, p.manufacturer, p.seats from flights f join planes p using (tailnum)",
    ),
    (
        Join(dataset="planes", on=("tailnum",), columns=("seats",)),
        "f.*, p.seats from flights f left join planes p using (tailnum)",
    ),
    (
        Join(dataset="airports", left_on=("dest",), right_on=("faa",)),
        "f.*, a.* from flights f left join airports a on f.dest = a.faa",
    ),
    (
        Join(dataset="weather", on=("origin", "time_hour")),
        "f.*, w.temp, w.wind_speed from flights f left join weather w using (origin, time_hour)",
    ),
    (
        Join(dataset="airports", how="right", left_on=("dest",), right_on=("faa",)),
        "f.*, a.* from flights f right join airports a on f.dest = a.faa",
    ),
    (
        Join(dataset="planes", how="outer", on=("tailnum",), columns=("seats",)),
        "* from flights full join (select tailnum, seats from planes) using (tailnum)",
    ),
    (Join(dataset="planes", how="semi", on=("tailnum",)), "* from flights semi join planes using (tailnum)"),
    (Join(dataset="planes", how="anti", on=("tailnum",)), "* from flights anti join planes using (tailnum)"),
    (
        Join(dataset="airlines", how="cross"),
        "f.*, a.* from flights f cross join airlines a",
    ),
]


@pytest.mark.parametrize(("step", "sql"), JOINS, ids=lambda part: getattr(part, "how", ""))
def test_joins_are_those_of_duckdb(tables: dict[str, pd.DataFrame], step: Any, sql: str) -> None:
    if step.how == "cross":
        tables = {**tables, "flights": tables["flights"].head(500)}
    same(apply(step, tables["flights"], tables), asked(f"select {sql}", tables))


@pytest.mark.parametrize(("direction", "sign"), [("backward", ">="), ("forward", "<=")])
def test_the_nearest_is_that_of_duckdb(tables: dict[str, pd.DataFrame], direction: Any, sign: str) -> None:
    step = JoinNearest(dataset="seldom", on="time_hour", by=("origin",), direction=direction)
    expected = asked(
        "select f.*, w.temp, w.wind_speed from flights f asof left join seldom w"
        f" on f.origin = w.origin and f.time_hour {sign} w.time_hour",
        tables,
    )
    made = apply(step, tables["flights"], tables)
    same(made, expected)
    assert made["temp"].notna().mean() > 0.5


ROUTES = ["origin", "dest", "carrier"]
SETS: list[tuple[Transformation, str]] = [
    (Append(datasets=("routes",)), "union all"),
    (Union(datasets=("routes",)), "union"),
    (Difference(dataset="routes"), "except"),
    (Intersection(dataset="routes"), "intersect"),
]


@pytest.mark.parametrize(("step", "sql"), SETS, ids=lambda part: getattr(part, "kind", ""))
def test_rows_of_two_datasets_are_those_of_duckdb(
    tables: dict[str, pd.DataFrame], step: Transformation, sql: str
) -> None:
    flights = tables["flights"][ROUTES]
    expected = asked(f"select origin, dest, carrier from flights {sql} select * from routes", tables)
    same(apply(step, flights, tables), expected)
