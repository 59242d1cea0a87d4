"""Nodes over HTTP: rows, data, profile, recipe, diff."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.parse
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.conftest import PEOPLE, Opened, PlayedWorker
from workbench.models import NodeRecord
from workbench.settings import Settings
from workbench.store.protocol import Store
from workbench.transformations import DropNulls, Plan

DROP = Plan(steps=(DropNulls(columns=("email",)),))


@pytest.fixture
def dropped(http: httpx.Client, opened: Opened, worker: PlayedWorker) -> NodeRecord:
    """A second node: the rows with an e-mail, and the age as text."""
    answer = http.post(
        f"/sessions/{opened.session_id}/chat", json={"message": "remove rows where email is null"}
    )
    table = PEOPLE.filter(PEOPLE["email"].is_valid()).drop_columns(["joined"])
    table = table.set_column(1, "age", table["age"].cast(pa.string())).append_column(
        "new", pa.array([1, 2, 3], pa.int64())
    )
    return worker.apply(answer.json()["task_id"], DROP, table, opened.node)


def test_a_source_node(http: httpx.Client, opened: Opened) -> None:
    node = http.get(f"/nodes/{opened.node.id}").json()
    assert set(node) == {
        "id", "session_id", "parents", "name", "dataset", "rows", "columns", "message", "plan", "steps",
        "code", "source", "created_at",
    }  # fmt: skip
    assert (node["parents"], node["dataset"], node["rows"], node["plan"]) == ([], "people", 4, None)
    assert node["columns"][0] == {"name": "email", "dtype": "str"}
    assert node["code"] == "df = pd.read_csv('people.csv')"
    session = http.get(f"/sessions/{opened.session_id}").json()
    assert (session["head"], session["datasets"]) == (opened.node.id, {"people": opened.node.id})


def test_a_node_that_a_command_made(http: httpx.Client, opened: Opened, dropped: NodeRecord) -> None:
    node = http.get(f"/nodes/{dropped.id}").json()
    assert node["parents"] == [opened.node.id]
    assert node["message"] == "remove rows where email is null"
    assert node["plan"] == DROP.to_json()
    assert node["code"] == DROP.to_pandas()
    assert node["steps"][0]["outcome"] == "Dropped 1 row where email was null"


def test_nodes_are_listed_oldest_first_in_parts(
    http: httpx.Client, opened: Opened, dropped: NodeRecord
) -> None:
    path = f"/sessions/{opened.session_id}/nodes"
    first = http.get(path, params={"limit": 1}).json()
    rest = http.get(path, params={"limit": 1, "after": first["next"]}).json()
    assert [node["id"] for node in first["items"] + rest["items"]] == [opened.node.id, dropped.id]
    assert rest["next"] is None
    assert http.get("/sessions/unknown/nodes").json()["code"] == "session_not_found"


@pytest.mark.parametrize("path", ["", "/rows", "/data", "/profile", "/recipe", "/diff/x"])
def test_an_unknown_node_is_not_found(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/nodes/unknown{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "node_not_found")


def test_rows_in_full_and_in_part(http: httpx.Client, opened: Opened) -> None:
    page = http.get(f"/nodes/{opened.node.id}/rows").json()
    assert page["columns"] == [
        {"name": "email", "dtype": "str"},
        {"name": "age", "dtype": "int64"},
        {"name": "score", "dtype": "float64"},
        {"name": "joined", "dtype": "datetime64[us]"},
    ]
    assert page["rows"] == [
        ["ann@example.org", 31, 1.5, "2024-01-02T03:04:05"],
        [None, 40, None, None],
        ["cy@example.org", None, 2.5, None],
        ["dee@example.org", 28, 4.0, "2025-01-01T00:00:00"],
    ]
    assert (page["offset"], page["total"]) == (0, 4)
    part = http.get(
        f"/nodes/{opened.node.id}/rows", params={"offset": 1, "limit": 2, "columns": ["age", "email"]}
    ).json()
    assert [column["name"] for column in part["columns"]] == ["age", "email"]
    assert part["rows"] == [[40, None], [None, "cy@example.org"]]
    beyond = http.get(f"/nodes/{opened.node.id}/rows", params={"offset": 99})
    assert (beyond.json()["rows"], beyond.json()["total"]) == ([], 4)


@pytest.mark.parametrize("params", [{"offset": -1}, {"limit": 10_001}, {"limit": "many"}])
def test_pages_out_of_bounds_are_refused(http: httpx.Client, opened: Opened, params: dict[str, Any]) -> None:
    answer = http.get(f"/nodes/{opened.node.id}/rows", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")


@pytest.mark.parametrize("path", ["rows", "data", "profile"])
def test_an_unknown_column_is_told_with_its_neighbours(http: httpx.Client, opened: Opened, path: str) -> None:
    answer = http.get(f"/nodes/{opened.node.id}/{path}", params={"columns": "emial"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_column")
    assert answer.json()["hint"] == "Did you mean 'email'?"


def test_values_that_json_has_no_word_for(http: httpx.Client, open_session: Callable[..., Opened]) -> None:
    table = pa.table(
        {
            "a, b": pa.array([Decimal("1.50"), None]),
            "big": pa.array([2**60, -1]),
            "inf": pa.array([float("inf"), float("nan")]),
            "ns": pa.array([1, None], pa.timestamp("ns")),
            "day": pa.array([0, 1], pa.date32()),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            'quote"d': pa.array(["<b>", "\n"]),
        }
    )
    node = open_session(table).node
    page = http.get(f"/nodes/{node.id}/rows").json()
    assert page["rows"] == [
        ["1.50", 2**60, "inf", "1970-01-01T00:00:00.000000001", "1970-01-01", "x", "<b>"],
        [None, -1, None, None, "1970-01-02", "y", "\n"],
    ]
    assert http.get(f"/nodes/{node.id}/rows", params={"columns": "a, b"}).json()["rows"] == [["1.50"], [None]]


def test_a_table_without_rows(http: httpx.Client, open_session: Callable[..., Opened]) -> None:
    node = open_session(PEOPLE.slice(0, 0)).node
    assert http.get(f"/nodes/{node.id}/rows").json()["rows"] == []
    assert pq.read_table(io.BytesIO(data(http, node, "parquet"))).num_rows == 0
    assert data(http, node, "csv").decode().strip().count("\n") == 0
    profile = http.get(f"/nodes/{node.id}/profile").json()
    assert (profile["rows"], profile["columns"][1]["mean"]) == (0, None)


def data(http: httpx.Client, node: NodeRecord, form: str) -> bytes:
    answer = http.get(f"/nodes/{node.id}/data", params={"format": form})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_data_in_every_form(http: httpx.Client, opened: Opened) -> None:
    assert (
        pq.read_table(io.BytesIO(data(http, opened.node, "parquet"))).to_pylist()[0] == PEOPLE.to_pylist()[0]
    )
    with pa.ipc.open_file(data(http, opened.node, "arrow")) as reader:
        assert reader.read_all()["age"].to_pylist() == [31, 40, None, 28]
    rows = list(csv.reader(io.StringIO(data(http, opened.node, "csv").decode())))
    assert rows[0] == ["email", "age", "score", "joined"]
    assert rows[1][:3] == ["ann@example.org", "31", "1.5"]
    lines = [json.loads(line) for line in data(http, opened.node, "jsonl").splitlines()]
    assert (lines[0]["age"], lines[1]["email"]) == (31, None)


def test_data_are_named_and_not_sent_again(http: httpx.Client, open_session: Callable[..., Opened]) -> None:
    node = open_session(filename='Größe "2013".csv').node
    answer = http.get(f"/nodes/{node.id}/data", params={"format": "parquet"})
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"[ -~]+\.parquet\"; filename\*=UTF-8''\S+", disposition)
    assert urllib.parse.unquote(disposition.rpartition("''")[2]) == "Größe 2013.parquet"
    again = http.get(
        f"/nodes/{node.id}/data",
        params={"format": "parquet"},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    refused = http.get(f"/nodes/{node.id}/data", params={"format": "exe"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")


def test_a_lost_block_is_a_problem_and_not_half_a_file(
    http: httpx.Client, opened: Opened, store: Store
) -> None:
    for column in opened.node.manifest.columns:
        store.blobs.delete(column.block)
    for path in ("rows", "data", "profile"):
        answer = http.get(f"/nodes/{opened.node.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_damaged"), path


def test_a_profile(http: httpx.Client, opened: Opened) -> None:
    profile = http.get(f"/nodes/{opened.node.id}/profile").json()
    assert profile["rows"] == 4
    by_name = {column["name"]: column for column in profile["columns"]}
    assert by_name["age"] == {
        "name": "age", "dtype": "int64", "nulls": 1, "distinct": 3, "min": 28, "max": 40, "mean": 33.0,
        "std": pytest.approx(6.244998), "top": [[31, 1], [40, 1], [28, 1]],
    }  # fmt: skip
    assert by_name["score"]["nulls"] == 1
    assert (by_name["joined"]["min"], by_name["joined"]["mean"]) == ("2024-01-02T03:04:05", None)
    one = http.get(f"/nodes/{opened.node.id}/profile", params={"columns": "age"}).json()
    assert [column["name"] for column in one["columns"]] == ["age"]


def test_a_recipe_in_every_form(http: httpx.Client, dropped: NodeRecord) -> None:
    path = f"/nodes/{dropped.id}/recipe"
    recipe = http.get(path).json()
    assert (recipe["source"]["filename"], recipe["plan"]) == ("people.csv", DROP.to_json())
    script = http.get(path, params={"format": "python"})
    assert script.headers["content-type"].startswith("text/x-python")
    compile(script.text, "recipe.py", "exec")
    assert DROP.to_pandas() in script.text
    notebook = http.get(path, params={"format": "notebook"})
    assert notebook.headers["content-disposition"].endswith('people.ipynb"')
    assert (notebook.json()["nbformat"], notebook.json()["cells"][-1]["source"]) == (4, "df")


def test_a_difference(http: httpx.Client, opened: Opened, dropped: NodeRecord) -> None:
    found = http.get(f"/nodes/{opened.node.id}/diff/{dropped.id}").json()
    assert (found["node"]["rows"], found["other"]["rows"]) == (4, 3)
    assert found["ancestor"] == opened.node.id
    assert (found["columns_added"], found["columns_removed"]) == (["new"], ["joined"])
    assert found["columns_retyped"] == [{"name": "age", "before": "int64", "after": "str"}]
    assert found["node"]["steps"] == []
    assert [step["kind"] for step in found["other"]["steps"]] == ["drop_nulls"]
    back = http.get(f"/nodes/{dropped.id}/diff/{opened.node.id}").json()
    assert (back["columns_added"], back["columns_removed"]) == (["joined"], ["new"])


def test_a_difference_of_strangers_has_no_ancestor(
    http: httpx.Client, opened: Opened, open_session: Callable[..., Opened]
) -> None:
    other = open_session().node
    found = http.get(f"/nodes/{opened.node.id}/diff/{other.id}").json()
    assert (found["ancestor"], found["columns_added"]) == (None, [])


def test_a_damaged_block_is_a_problem_and_not_half_a_file(
    http: httpx.Client, open_session: Callable[..., Opened], settings: Settings
) -> None:
    """Its end, where the schema is, is whole; the pages are not."""
    node = open_session(pa.table({"n": pa.array(range(0, 700_000, 7), pa.int64())})).node
    [column] = node.manifest.columns
    [file] = settings.blobs.rglob(column.block.rpartition("/")[2])
    content = bytearray(file.read_bytes())
    content[4:64] = bytes(60)
    file.chmod(0o600)
    file.write_bytes(content)
    for path in ("rows", "data?format=jsonl", "data?format=arrow", "data?format=csv", "profile"):
        answer = http.get(f"/nodes/{node.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "store_damaged"), path
        assert "damaged" in answer.json()["detail"]
