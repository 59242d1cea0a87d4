"""Names, values and messages that mean harm elsewhere are texts here: kept as they are, and never run."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from tests.support.caller import Caller
from tests.support.stack import RunningStack
from workbench import Session, Workbench

CANARY = "/tmp/wb-canary-{pid}"
HOSTILE = [
    "__import__('os').system('touch {canary}')",
    "@__builtins__['open']('{canary}', 'w')",
    "`a`.map(__import__('os').system)",
    "a == 1 or @pd.io.common.os.system('touch {canary}')",
    "'; drop table tasks; --",
    "1 union select token from runtime",
    "$(touch {canary})",
    "`touch {canary}`",
    "| touch {canary}",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}",
    "{0.__class__.__mro__}",
    "%s%s%s%n",
    "${{7*7}}",
    "$\\unicode{{41}}$",
    "\x1b[2J\x1b]0;owned\x07",
    "\x1b]52;c;b3duZWQ=\x07",
    "\x9b31mred",
    "\u202egnp.exe",
]


@pytest.fixture(scope="module")
def canary() -> Path:
    return Path(CANARY.format(pid=os.getpid()))


@pytest.fixture(scope="module")
def hostile(canary: Path) -> list[str]:
    return [text.replace("{canary}", str(canary)).replace("{{", "{").replace("}}", "}") for text in HOSTILE]


@pytest.fixture(scope="module")
def content(hostile: list[str]) -> bytes:
    """A table whose columns are called so, and hold it: each row one of them in all columns."""
    frame = pd.DataFrame(dict.fromkeys(hostile, hostile))
    return frame.to_parquet()  # CSV with control characters is refused


@pytest.fixture(scope="module")
def session(wb: Workbench, content: bytes, tmp_path_factory) -> Session:
    path = tmp_path_factory.mktemp("hostile") / "<script>alert(1)<|script>.parquet"
    path.write_bytes(content)
    return wb.open(path, name="<img src=x onerror=alert(1)>\u202e")


@pytest.fixture(autouse=True)
def nothing_was_run(stack: RunningStack, canary: Path):
    worker = stack.part("worker").pid
    yield
    assert not canary.exists()
    assert stack.part("worker").pid == worker


def test_columns_and_cells_are_what_they_were(session: Session, hostile: list[str]) -> None:
    frame = session.df
    assert list(frame.columns) == hostile
    assert frame.iloc[:, 0].tolist() == frame.iloc[:, -1].tolist() == hostile


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_condition_on_a_hostile_column_finds_the_hostile_value(
    stack: RunningStack, session: Session, hostile: list[str], number: int
) -> None:
    text = hostile[number]
    where = {"op": "eq", "left": {"column": text}, "right": {"value": text}}
    plan = [
        {"kind": "filter", "where": where},
        {"kind": "derive", "column": f"new {text}", "expression": {"column": text}},
        {"kind": "rename", "columns": {text: f"old {text}"}},
    ]
    with stack.http() as http:
        source = session.nodes[0].id
        answer = http.post(f"/sessions/{session.id}/transformations", json={"plan": plan, "node_id": source})
        ended = Caller(http).ended(answer.json()["task_id"])
        assert ended["status"] == "SUCCESS", ended
        page = http.get(f"/nodes/{ended['result']['node_id']}/rows").json()
    assert page["total"] == 1
    assert [column["name"] for column in page["columns"]].count(f"old {text}") == 1
    assert set(page["rows"][0]) == {text}


def test_hostile_messages_are_refused_or_read_as_words(
    stack: RunningStack, session: Session, hostile: list[str]
) -> None:
    with stack.http() as http:
        caller = Caller(http)
        for text in hostile:
            for message in (text, f"sort by '{text}'", f"drop rows where {text}", f"rename {text} to x"):
                ended = caller.chat(session.id, message, dry_run=True)
                assert ended["status"] == "SUCCESS" or ended["error"]["code"] != "internal_error", ended


def test_hostile_names_of_sessions_datasets_and_files(
    stack: RunningStack, hostile: list[str], content: bytes
) -> None:
    before = set(stack.data_dir.rglob("*passwd*"))
    with stack.http() as http:
        for text in hostile:
            made = http.post("/sessions", json={"name": text})
            if not text.isprintable() and made.status_code == 422:
                continue
            assert made.json()["name"] == text.strip()
            path = f"/sessions/{made.json()['id']}"
            answer = http.post(
                f"{path}/datasets", files={"file": (f"{text}.csv", b"a\n1\n")}, data={"name": text}
            )
            if answer.status_code == 202:
                assert Caller(http).ended(answer.json()["task_id"])["status"] == "SUCCESS"
                assert list(http.get(path).json()["datasets"]) == [text.strip()]
            else:
                assert answer.status_code == 422
            assert http.delete(path).status_code == 204
    assert set(stack.data_dir.rglob("*passwd*")) == before


TABLE = {"table", "tr", "td", "th", "thead", "tbody"}
ELEMENTS = TABLE | {"div", "b", "br", "i", "span", "pre", "code", "details", "summary"}


class _Tags(HTMLParser):
    """Which elements and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_nothing_of_it_is_markup_in_a_notebook(session: Session, hostile: list[str]) -> None:
    task = session.chat("keep the first 9 rows")
    result = task.result()
    shown = [session, session.head, session.nodes, session.datasets, session.tasks, task, result]
    parsed = _Tags()
    for thing in shown:
        parsed.feed(thing._repr_html_())
    assert parsed.elements <= ELEMENTS
    assert parsed.attributes <= {"style", "title", "open", "colspan"}
    session.undo()


@pytest.mark.parametrize("colours", [{}, {"FORCE_COLOR": "1"}], ids=["plain", "colours"])
def test_nothing_of_it_reaches_a_terminal_as_an_escape(
    stack: RunningStack, content: bytes, tmp_path: Path, colours: dict[str, str]
) -> None:
    path = tmp_path / "\x1b]0;owned\x07.parquet"
    path.write_bytes(content)
    command = [sys.executable, "-m", "workbench", "run", "--data-dir", str(stack.data_dir), str(path)]
    done = subprocess.run(
        [*command, "keep the first 5 rows", "sort by '\x1b[2J'"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "4000", **colours},
        timeout=100,
        check=False,
    )
    for said in (done.stdout, done.stderr):
        for escape in ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\u202e"):
            assert escape not in said, said[:3000]
