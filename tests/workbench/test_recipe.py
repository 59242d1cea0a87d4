"""Recipes: run as what they are, and harmless whatever the names and messages hold."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from workbench.models import Change, Manifest, ManifestColumn, NodeRecord
from workbench.recipe import code_of, to_json, to_notebook, to_python
from workbench.transformations import DropNulls, Plan


def node(name: str, **facts: Any) -> NodeRecord:
    column = ManifestColumn(name="email", dtype="str", block="b", field="email")
    return NodeRecord(
        id=name,
        session_id="s",
        owner="o",
        name=name,
        fingerprint=name,
        manifest=Manifest(rows=1, columns=(column,)),
        task_id="t",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        **facts,
    )


def made(name: str, plan: Plan, message: str | None = None, *, reported: bool = True) -> NodeRecord:
    change = Change(rows_before=2, rows_after=1)
    steps = tuple(step.report(change) for step in plan.steps)
    return node(name, plan=plan.to_json(), message=message, steps=steps if reported else ())


DROP = Plan(steps=(DropNulls(columns=("email",)),))


@pytest.fixture
def path(tmp_path: Path) -> list[NodeRecord]:
    file = tmp_path / "people.csv"
    file.write_text("email,age\nann@example.org,31\n,40\n")
    code = f"import pandas as pd\n\ndf = pd.read_csv({str(file)!r})"
    source = node(
        "people.csv", dataset="people", source={"filename": "people.csv", "format": "csv", "code": code}
    )
    return [source, made("Drop rows where email is null", DROP, "remove rows where email is null")]


def test_the_json_form_can_be_applied_to_other_data(path: list[NodeRecord]) -> None:
    recipe = json.loads(json.dumps(to_json(path)))
    assert recipe["version"] == 1
    assert (recipe["source"]["filename"], recipe["source"]["dataset"]) == ("people.csv", "people")
    assert recipe["nodes"][0]["message"] == "remove rows where email is null"
    assert Plan.parse(recipe["plan"]) == DROP


def test_the_script_runs_and_says_what_each_part_did(path: list[NodeRecord], tmp_path: Path) -> None:
    script = to_python(path)
    assert script.count("import pandas as pd") == 1
    assert "# remove rows where email is null\n# → Dropped 1 row where email was null\n" in script
    file = tmp_path / "recipe.py"
    file.write_text(script)
    frame = runpy.run_path(str(file))["df"]
    assert isinstance(frame, pd.DataFrame)
    assert frame["email"].to_list() == ["ann@example.org"]


def test_the_notebook_is_one(path: list[NodeRecord]) -> None:
    notebook = nbformat.from_dict(to_notebook(path))  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"][
        2
    ] == DROP.to_pandas()
    assert to_notebook(path) == to_notebook(path)


NASTY = [
    '"""\nimport os; os.remove("x")\n"""',
    "two\nlines",
    "carriage\rreturn \x0b \x0c \x85 \u2028 end",
    "ends with \\",
    'ends with "',
    "\x00",
    "🙂 naïve",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_name_or_message_gets_out_of_its_comment(text: str, path: list[NodeRecord]) -> None:
    named = path[0].model_copy(update={"name": text, "source": {"filename": text, "code": "df = None"}})
    nasty = [named, made(text, DROP, text)]
    script = to_python(nasty)
    statements = compile(script, "recipe.py", "exec", flags=0x400).body  # the syntax tree alone
    kinds = [type(statement).__name__ for statement in statements]
    assert kinds == ["Expr", "Import", "Assign", "Assign", "Expr"]
    nbformat.validate(nbformat.from_dict(to_notebook(nasty)))  # type: ignore[no-untyped-call]


def test_markdown_shows_a_message_as_it_is(path: list[NodeRecord]) -> None:
    nasty = [path[0], made("n", DROP, "<script>alert(1)</script> *bold* $x$")]
    cell = to_notebook(nasty)["cells"][4]["source"]
    assert r"\<script\>" in cell
    assert r"\*bold\*" in cell


def test_the_code_of_a_node_without_reports_is_that_of_its_plan() -> None:
    assert code_of(made("n", DROP, reported=False)) == DROP.to_pandas() == code_of(made("n", DROP))
    assert code_of(node("n")) == ""
