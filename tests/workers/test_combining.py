"""Commands over two datasets, as a worker runs them: nodes of two parents, their recipes and reuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.support.worker_session import Session
from workbench.models import TaskRecord
from workbench.recipe import to_python
from workbench.store.protocol import OwnerStore
from workers.services import Services

JOIN: list[dict[str, Any]] = [{"kind": "join", "dataset": "airlines", "on": ["carrier"]}]
FLIGHTS = pd.DataFrame({"carrier": ["UA", "DL", "XX", "UA"], "flight": [1, 2, 3, 4]})
AIRLINES = pd.DataFrame({"carrier": ["UA", "DL", "AA"], "name": ["United", "Delta", "American"]})
FEBRUARY = pd.DataFrame({"carrier": ["UA", "AA"], "flight": [4, 9]})


@pytest.fixture
def session(services: Services, owner: OwnerStore) -> Session:
    session = Session(services, owner)
    session.flights, session.airlines = session.open("flights", FLIGHTS), session.open("airlines", AIRLINES)
    return session


def result(ended: TaskRecord) -> dict[str, Any]:
    assert ended.result is not None, ended.error
    return ended.result


def test_a_joined_node_has_two_parents_and_its_warnings(session: Session) -> None:
    ended = session.apply(JOIN)
    node = session.node(ended)
    assert node.parents == (session.flights.id, session.airlines.id)
    assert_frame_equal(session.frame(node), FLIGHTS.merge(AIRLINES, how="left"), check_dtype=False)
    (warning,) = result(ended)["warnings"]
    assert warning.startswith("1 of 4 rows found no match in airlines")
    assert result(ended)["columns_added"] == ["name"]


@pytest.mark.parametrize(
    ("message", "rows"),
    [
        ("join with airlines by carrier", 4),
        ("inner join airlines", 3),
        ("right join airlines on carrier", 4),
        ("outer join airlines on carrier", 5),
        ("anti join airlines on carrier", 1),
        ("cross join airlines", 12),
        ("append airlines", 7),
        ("union with airlines", 7),
    ],
)
def test_what_is_said_of_two_datasets_is_done(session: Session, message: str, rows: int) -> None:
    node = session.node(session.say(message))
    assert node.parents == (session.flights.id, session.airlines.id)
    assert (node.manifest.rows, node.message) == (rows, message)


def test_rows_kept_and_added_are_counted_where_tables_are_stacked(session: Session) -> None:
    february = session.open("february", FEBRUARY)
    ended = session.say("append february")
    assert session.node(ended).parents == (session.flights.id, february.id)
    assert (result(ended)["rows_removed"], result(ended)["rows_added"]) == (0, 2)
    assert result(session.apply([{"kind": "union", "datasets": ["february"]}]))["rows_after"] == 5


def test_a_plan_over_three_datasets_has_three_parents(session: Session) -> None:
    february = session.open("february", FEBRUARY)
    node = session.node(
        session.say("append february, then left join airlines on carrier, then sort by flight")
    )
    assert node.parents == (session.flights.id, february.id, session.airlines.id)
    names = session.frame(node).set_index("flight")["name"].dropna()
    assert list(names.items()) == [(1, "United"), (2, "Delta"), (4, "United"), (4, "United"), (9, "American")]


def test_the_recipe_reads_both_files_and_runs(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = session.node(session.say("join with airlines by carrier"))
    FLIGHTS.to_csv(tmp_path / "flights.csv", index=False)
    AIRLINES.to_csv(tmp_path / "airlines.csv", index=False)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    path = session.owner.path(node.id)
    exec(to_python(path, {other: session.owner.node(other) for n in path for other in n.parents[1:]}), names)
    assert_frame_equal(names["df"], session.frame(node))


def test_an_equal_plan_is_reused_until_the_other_dataset_is_another_file(session: Session) -> None:
    first = session.node(session.apply(JOIN))
    at_flights = {"node_id": session.flights.id}
    again = session.apply(JOIN, **at_flights)
    assert (result(again)["node_id"], result(again)["reused"]) == (first.id, True)

    newer = session.open("airlines", AIRLINES.assign(name="renamed"))
    after = session.apply(JOIN, **at_flights)
    assert result(after)["reused"] is False
    assert session.node(after).parents == (session.flights.id, newer.id)
    assert set(session.frame(session.node(after))["name"].dropna()) == {"renamed"}
    assert session.frame(first)["name"].dropna().isin(["United", "Delta"]).all()


def test_a_dry_run_commits_nothing(session: Session) -> None:
    ended = session.apply(JOIN, dry_run=True)
    assert result(ended)["node_id"] is None
    assert [column["name"] for column in result(ended)["preview"]["columns"]] == ["carrier", "flight", "name"]
    assert len(session.owner.nodes(session.id).items) == 2


@pytest.mark.parametrize(
    ("plan", "code", "hint"),
    [
        ([{**JOIN[0], "dataset": "airline"}], "unknown_dataset", "airlines"),
        ([{"kind": "append", "datasets": ["febuary"]}], "unknown_dataset", ""),
        ([{**JOIN[0], "on": ["flight"]}], "unknown_column", ""),
        (
            [{"kind": "join", "dataset": "airlines", "left_on": ["flight"], "right_on": ["name"]}],
            "type_mismatch",
            "Cast",
        ),
    ],
)
def test_what_does_not_fit_is_refused(session: Session, plan: Any, code: str, hint: str) -> None:
    ended = session.apply(plan)
    assert ended.error is not None
    assert ended.error["code"] == code
    assert hint in str(ended.error["hint"])


def many(rows: int) -> pd.DataFrame:
    carriers = ["UA", "DL", "XX"] * (rows // 3)
    return pd.DataFrame({"carrier": carriers, "flight": range(rows), "gate": range(rows)})


def test_what_is_nearest_is_put_beside_blocks_that_stay(session: Session) -> None:
    parent = session.open("many", many(60_000))
    session.open("seldom", pd.DataFrame({"gate": [0, 30_000], "wing": ["west", "east"]}))
    ended = session.apply([{"kind": "join_nearest", "dataset": "seldom", "on": "gate"}], node_id=parent.id)
    node = session.node(ended)
    blocks = {column.name: column.block for column in parent.manifest.columns}
    assert [c.block == blocks.get(c.name) for c in node.manifest.columns] == [True, True, True, False]
    assert session.frame(node)["wing"].value_counts().to_dict() == {"west": 30_000, "east": 30_000}


def test_rows_that_met_several_are_repeated_and_it_is_said(session: Session) -> None:
    twice = pd.concat([AIRLINES, AIRLINES.assign(name="again")])
    parent, _ = session.open("many", many(60_000)), session.open("names", twice)
    ended = session.apply([{"kind": "join", "dataset": "names", "on": ["carrier"]}], node_id=parent.id)
    node = session.node(ended)
    assert_frame_equal(session.frame(node), many(60_000).merge(twice, how="left"), check_dtype=False)
    multiplied = "40,000 rows met more than one row of names, up to 2: 60,000 rows became 100,000"
    assert multiplied in result(ended)["warnings"]
    assert (result(ended)["rows_added"], result(ended)["rows_removed"]) == (40_000, 0)
