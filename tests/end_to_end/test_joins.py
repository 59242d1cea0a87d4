"""A second file of the session is joined: the new node has two parents, its recipe reads both files."""

import json

import pytest

from tests.support.nycflights import nycflights
from workbench import Workbench

PLAN = [{"kind": "join", "dataset": "airlines", "how": "left", "on": ["carrier"]}]


@pytest.fixture
def files(flights_csv):
    airlines = nycflights("airlines")
    return {
        "flights.csv": flights_csv,
        "airlines.csv": airlines.to_csv(index=False).encode(),
        "fewer.csv": airlines.head(3).to_csv(index=False).encode(),
    }


def add(caller, http, session, content, name="airlines"):
    upload = {"file": (f"{name}.csv", content)}
    answer = http.post(f"/sessions/{session}/datasets", files=upload, data={"name": name})
    ended = caller.ended(answer.json()["task_id"])
    assert ended["status"] == "SUCCESS", ended
    return ended["result"]["node_id"]


def apply(caller, http, session, plan, **more):
    answer = http.post(f"/sessions/{session}/transformations", json={"plan": plan, **more})
    assert answer.status_code == 202, answer.text
    return caller.ended(answer.json()["task_id"])


@pytest.fixture
def session(caller, http, files):
    session = caller.opened("flights.csv", files["flights.csv"])
    add(caller, http, session, files["airlines.csv"])
    return session


def expected():
    return nycflights().head(1_000).merge(nycflights("airlines"), how="left", on="carrier")


def rows(http, node):
    return http.get(f"/nodes/{node}/rows", params={"limit": 1_000}).json()


def test_a_joined_node_has_two_parents_and_what_pandas_gives(caller, http, session):
    flights, airlines = caller.nodes(session)
    ended = apply(caller, http, session, PLAN)

    assert ended["status"] == "SUCCESS", ended
    node = http.get(f"/nodes/{ended['result']['node_id']}").json()
    assert node["parents"] == [flights["id"], airlines["id"]]
    assert ended["result"]["columns_added"] == ["name"]
    page = rows(http, node["id"])
    assert [column["name"] for column in page["columns"]] == list(expected().columns)
    assert [row[-1] for row in page["rows"]] == list(expected()["name"])
    diff = http.get(f"/nodes/{flights['id']}/diff/{node['id']}").json()
    assert (diff["ancestor"], diff["columns_added"]) == (flights["id"], ["name"])
    assert http.get(f"/nodes/{airlines['id']}/diff/{node['id']}").json()["ancestor"] is None


def test_the_recipe_of_a_join_reads_both_files(caller, http, session, files, tmp_path, monkeypatch):
    node = apply(caller, http, session, PLAN)["result"]["node_id"]
    node = caller.chat(session, "keep rows where name is 'Delta Air Lines Inc.'", node_id=node)["result"][
        "node_id"
    ]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    delta = expected().query("name == 'Delta Air Lines Inc.'")

    script = http.get(f"/nodes/{node}/recipe", params={"format": "python"}).text
    notebook = http.get(f"/nodes/{node}/recipe", params={"format": "notebook"}).json()
    cells = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    for code in (script, cells):
        scope: dict = {}
        exec(code, scope)
        assert list(scope["df"]["flight"]) == list(delta["flight"])
    recipe = http.get(f"/nodes/{node}/recipe").json()
    assert [other["filename"] for other in recipe["others"]] == ["airlines.csv"]


def test_a_join_is_reused_until_the_other_dataset_is_a_newer_file(caller, http, session, files):
    first = apply(caller, http, session, PLAN)["result"]
    http.post(f"/sessions/{session}/undo")
    again = apply(caller, http, session, PLAN)["result"]
    assert (again["node_id"], again["reused"]) == (first["node_id"], True)

    http.post(f"/sessions/{session}/undo")
    newer = add(caller, http, session, files["fewer.csv"])
    after = apply(caller, http, session, PLAN)["result"]
    assert after["reused"] is False
    assert http.get(f"/nodes/{after['node_id']}").json()["parents"][1] == newer
    assert any("found no match in airlines" in warning for warning in after["warnings"])


def test_a_dry_run_of_a_join_commits_nothing(caller, http, session):
    ended = apply(caller, http, session, PLAN, dry_run=True)

    assert ended["result"]["preview"]["columns"][-1]["name"] == "name"
    assert ended["result"]["code"].startswith("df = df.merge(airlines, how='left', on='carrier'")
    assert len(caller.nodes(session)) == 2


def test_what_is_not_there_is_said_with_what_is(caller, http, session):
    unknown = apply(caller, http, session, [{**PLAN[0], "dataset": "airline"}])
    assert (unknown["error"]["code"], "airlines" in unknown["error"]["hint"]) == ("unknown_dataset", True)
    column = apply(caller, http, session, [{**PLAN[0], "columns": ["nam"]}])
    assert column["error"]["code"] == "unknown_column"
    assert "'airlines' has no column 'nam'" in json.dumps(column["error"])


def test_a_join_is_said_and_its_lineage_shown(stack, files, tmp_path):
    for name in ("flights.csv", "airlines.csv"):
        (tmp_path / name).write_bytes(files[name])
    with Workbench(data_dir=stack.data_dir, progress="none") as wb:
        session = wb.open(tmp_path / "flights.csv")
        flights = session.head
        session.add(tmp_path / "airlines.csv")
        result = session.chat("join with airlines by carrier").result()

        assert result.sentence == "Left joined with airlines on carrier: 1,000 rows"
        assert session.df["name"].tolist() == expected()["name"].tolist()
        assert [len(node.parents) for node in session.nodes] == [0, 0, 2]
        assert session.head.parents[0] == flights
        assert "Left join with airlines on carrier" in str(session.nodes)
        assert session.undo() == flights
