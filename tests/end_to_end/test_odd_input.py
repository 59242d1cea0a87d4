"""Input that is odd and not wrong: names and shapes that get through, and come out as they went in."""

import csv
import io

import pandas as pd
import pytest

ROWS = b"a,b\n1,x\n2,y\n"
COLUMNS = [
    *("q\"uo'te", "new\nline", "emo\N{GRINNING FACE}ji", "index", "level_0", "1", "back\\slash", "`tick`"),
    *("{brace}", "%s", "a,b", "df", "pd", "self", "__class__", "None", "größe", "x" * 300),
]


@pytest.mark.parametrize(
    ("filename", "dataset"),
    [
        ("größe ☃.csv", "größe ☃"),
        ("quo\"te's.csv", "quo\"te's"),
        ("../../etc/passwd.csv", "passwd"),
        ("C:\\data\\sales.csv", "sales"),
        ("x" * 190 + ".csv", "x" * 100),
        ("-rf.csv", "-rf"),
        ("<b>&{x}.csv", "<b>&{x}"),
    ],
)
def test_odd_file_names(caller, http, filename, dataset):
    session = caller.opened(filename, ROWS)
    facts = http.get(f"/sessions/{session}").json()
    assert list(facts["datasets"]) == [dataset]
    for way in ("data?format=csv", "recipe?format=python", "recipe?format=notebook"):
        answer = http.get(f"/nodes/{facts['head']}/{way}")
        assert answer.status_code == 200
        answer.headers["content-disposition"].encode("ascii")
    assert caller.chat(session, "sort by a descending")["status"] == "SUCCESS"


@pytest.fixture(scope="module")
def odd(stack, new_caller):
    """A session whose table has odd column names."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, range(len(COLUMNS)), range(1, len(COLUMNS) + 1)])
    with stack.http() as http:
        yield new_caller(http).opened("odd.csv", text.getvalue().encode())


def test_odd_column_names_are_kept(http, odd):
    head = http.get(f"/sessions/{odd}").json()["head"]
    assert [column["name"] for column in http.get(f"/nodes/{head}").json()["columns"]] == COLUMNS
    for name in COLUMNS:
        page = http.get(f"/nodes/{head}/rows", params={"columns": name}).json()
        assert [column["name"] for column in page["columns"]] == [name]
    data = http.get(f"/nodes/{head}/data", params={"format": "parquet"}).content
    assert list(pd.read_parquet(io.BytesIO(data)).columns) == COLUMNS


@pytest.mark.parametrize("name", COLUMNS, ids=ascii)
def test_a_plan_on_an_odd_column_does_what_its_code_does(caller, http, odd, name):
    source = next(node["id"] for node in caller.nodes(odd) if not node["parents"])
    plan = [
        {"kind": "sort", "by": [{"column": name, "descending": True}]},
        {"kind": "filter", "where": {"op": "ge", "left": {"column": name}, "right": {"value": 0}}},
        {"kind": "derive", "column": "made", "expression": {"column": name}},
        {"kind": "rename", "columns": {name: "renamed"}},
    ]
    answer = http.post(f"/sessions/{odd}/transformations", json={"plan": plan, "node_id": source})
    ended = caller.ended(answer.json()["task_id"])
    assert ended["status"] == "SUCCESS", ended
    expected = pd.read_csv(io.BytesIO(http.get(f"/nodes/{source}/data").content))
    scope = {"pd": pd, "df": expected}
    exec(ended["result"]["code"], scope)
    made = pd.read_csv(io.BytesIO(http.get(f"/nodes/{ended['result']['node_id']}/data").content))
    pd.testing.assert_frame_equal(made, scope["df"])


@pytest.mark.parametrize("width", [1, 5_000])
def test_tables_of_one_column_and_of_thousands(caller, http, width):
    names = [f"c{number}" for number in range(width)]
    lines = [",".join(names), *(",".join([str(row)] * width) for row in (3, 1, 2))]
    session = caller.opened(f"wide{width}.csv", "\n".join(lines).encode())
    done = caller.chat(session, f"sort by {names[-1]}")
    assert done["status"] == "SUCCESS", done
    node = done["result"]["node_id"]
    assert http.get(f"/nodes/{node}/rows").json()["rows"] == [[value] * width for value in (1, 2, 3)]
    assert len(http.get(f"/nodes/{node}/profile").json()["columns"]) == width
    missing = caller.chat(session, "sort by c99999")
    assert missing["error"]["code"] == "message_unknown_column"
