"""Bad input over HTTP, in the client, in a notebook and in the terminal: an error each, and nothing left."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support import bad_input
from tests.support.bad_input import COMMANDS, FILES, PEOPLE, REQUESTS, UPLOAD_LIMIT, shown_well
from tests.support.waiting import wait_until
from workbench import Workbench
from workbench.errors import (
    FileMissing,
    FileUnreadable,
    InvalidParameter,
    InvalidPlan,
    MessageNoColumns,
    MessageTypeMismatch,
    MessageUnknownColumn,
    NodeNotFound,
    NothingToRedo,
    NothingToUndo,
    SessionNotFound,
    TaskNotFound,
    TypeMismatch,
    UnknownColumn,
    UploadTooLarge,
)
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.transformations import Plan

ANSI = re.compile(r"\x1b\[[0-9;]*m")
MESSAGES = [command for command in COMMANDS if command.message is not None]
PLANS = [command for command in COMMANDS if command.plan is not None]


@pytest.fixture(scope="module")
def store(stack):
    """The stack's own store, to look behind the API."""
    store = open_store(Settings(data_dir=stack.data_dir))
    yield store
    store.close()


@pytest.fixture(scope="module")
def people(stack, new_caller):
    """A session with a table and a single node, which no bad input may change."""
    with stack.http() as http:
        yield new_caller(http).opened("people.csv", PEOPLE)


def orphans(store, stack):
    """The blobs, finished or not, that neither a node nor a task that waits or runs refers to."""
    owner = store.as_owner(LOCAL_OWNER)
    known = {
        column.block
        for session in owner.sessions(limit=1_000).items
        for node in owner.nodes(session.id, limit=1_000).items
        for column in node.manifest.columns
    }
    open_tasks = [task for task in owner.tasks(limit=200).items if not task.status.ended]
    known |= {task.payload["upload"] for task in open_tasks if "upload" in task.payload}
    unfinished = {path.name for path in (stack.data_dir / "blobs" / ".unfinished").iterdir()}
    return set(store.blobs.keys("local/")) - known | unfinished


def state(http, session):
    """All that a user can see of a session, and the names of the others."""
    nodes = http.get(f"/sessions/{session}/nodes").json()
    others = [one["id"] for one in http.get("/sessions", params={"limit": 200}).json()["items"]]
    return http.get(f"/sessions/{session}").json(), nodes, others


@pytest.fixture(autouse=True)
def nothing_is_left(stack, store, http, caller, people):
    """Whatever a test does, all is as it was before, and a usual command works."""
    before, waste = state(http, people), orphans(store, stack)
    yield
    assert state(http, people) == before
    wait_until(lambda: orphans(store, stack) <= waste, what="the removal of what is not needed")
    done = caller.chat(people, "sort by age", dry_run=True)
    assert done["status"] == "SUCCESS", done


@pytest.fixture
def wb(stack):
    with Workbench(stack.url, stack.token, progress="none") as made:
        yield made


@pytest.fixture
def file(tmp_path):
    """Write the file of a case."""

    def write(case):
        path = tmp_path / case.name
        path.write_bytes(case.content)
        return path

    return write


@pytest.fixture
def too_large(tmp_path):
    """A file over the limit that takes no room on the disk."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as sparse:
        sparse.truncate(UPLOAD_LIMIT + (8 << 20))
    return path


# Over HTTP


def problem(answer, status, code):
    found = answer.json()
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code), found
    assert answer.headers["content-type"] == "application/problem+json"
    shown_well(found["detail"], found["hint"])
    return found


def failed(ended, error, says=()):
    assert (ended["status"], ended["error"]["code"]) == ("FAILURE", error.code), ended
    shown_well(ended["error"]["detail"], ended["error"]["hint"])
    for words in says:
        assert words in ended["error"]["detail"]


@pytest.mark.parametrize("case", FILES, ids=str)
def test_a_bad_file_over_http(http, caller, people, case):
    answer = http.post(f"/sessions/{people}/datasets", files={"file": (case.name, case.content)})
    assert answer.status_code == 202
    failed(caller.ended(answer.json()["task_id"]), case.error, (case.name, *case.says))


def test_a_file_over_the_limit_over_http(http, people, too_large):
    with too_large.open("rb") as content:
        answer = http.post(f"/sessions/{people}/datasets", files={"file": ("huge.csv", content)})
    assert f"{UPLOAD_LIMIT:,} bytes" in problem(answer, 413, "upload_too_large")["detail"]


@pytest.mark.parametrize("case", PLANS, ids=str)
def test_a_bad_plan_over_http(http, caller, people, case):
    answer = http.post(f"/sessions/{people}/transformations", json={"plan": case.plan})
    if case.error is InvalidPlan:  # known before anything is queued
        assert case.says in problem(answer, 422, "invalid_plan")["detail"]
    else:
        failed(caller.ended(answer.json()["task_id"]), case.error, [case.says])


@pytest.mark.parametrize("case", MESSAGES, ids=str)
def test_a_bad_message_over_http(http, caller, people, case):
    answer = http.post(f"/sessions/{people}/chat", json={"message": case.message})
    if answer.status_code == 202:
        failed(caller.ended(answer.json()["task_id"]), case.said, [case.says])
    else:
        assert case.says in problem(answer, 422, case.said.code)["detail"]


@pytest.fixture(scope="module")
def places(stack, people, new_caller):
    """What the paths of the bad requests speak of."""
    with stack.http() as http:
        foreign = new_caller(http).opened("foreign.csv", PEOPLE)
        heads = [http.get(f"/sessions/{session}").json()["head"] for session in (people, foreign)]
        return {"session": people, "node": heads[0], "foreign": heads[1]}


@pytest.mark.parametrize("case", REQUESTS, ids=str)
def test_a_bad_request(http, places, case):
    tasks = http.get("/tasks").json()
    answer = http.request(case.method, case.path.format(**places), **case.options(**places))
    assert len(problem(answer, case.status, case.code)["detail"]) < 400
    assert http.get("/tasks").json() == tasks


def test_redo_with_nothing_to_redo(http, caller, new_caller):
    session = caller.opened("short.csv", PEOPLE)
    problem(http.post(f"/sessions/{session}/redo"), 409, "nothing_to_redo")
    problem(http.post(f"/sessions/{session}/undo"), 409, "nothing_to_undo")
    assert http.delete(f"/sessions/{session}").status_code == 204


# In the client


@pytest.mark.parametrize("case", FILES, ids=str)
def test_a_bad_file_in_the_client(wb, people, file, case):
    with pytest.raises(case.error, match=re.escape(case.name)) as caught:
        wb.open(file(case))
    assert type(caught.value) is case.error
    shown_well(caught.value.message, caught.value.hint)
    with pytest.raises(case.error):
        wb.session(people).add(file(case))


def test_a_file_over_the_limit_in_the_client(wb, too_large):
    with pytest.raises(UploadTooLarge):
        wb.open(too_large)


def test_a_good_file_beside_a_bad_one_goes_with_it(wb, file):
    good = file(bad_input.BadFile("good.csv", PEOPLE, FileUnreadable))
    with pytest.raises(FILES[0].error):
        wb.open(bad=file(FILES[0]), good=good)


@pytest.mark.parametrize("case", MESSAGES, ids=str)
def test_a_bad_message_in_the_client(wb, people, case):
    session = wb.session(people)
    with pytest.raises(case.said) as caught:
        session.chat(case.message).result()
    assert type(caught.value) is case.said
    assert case.says in caught.value.message
    shown_well(caught.value.message, caught.value.hint)


@pytest.mark.parametrize("case", PLANS, ids=str)
def test_a_bad_plan_in_the_client(wb, people, case):
    session = wb.session(people)
    with pytest.raises(case.error) as caught:
        session.apply(Plan.parse(case.plan)).result()
    assert type(caught.value) is case.error
    shown_well(caught.value.message, caught.value.hint)


CALLS = [
    ("an unknown session", SessionNotFound, lambda wb, s: wb.session("unknown")),
    ("an unknown id", SessionNotFound, lambda wb, s: wb.session("0198f2a4-6c1e-7d53-9b0e-3f1f5f3f9a10")),
    ("an unknown node", NodeNotFound, lambda wb, s: s.checkout("unknown")),
    ("a command on an unknown node", NodeNotFound, lambda wb, s: s.chat("sort by age", node="unknown")),
    ("an unknown node in the list", NodeNotFound, lambda wb, s: s.nodes["unknown"]),
    ("an unknown task", TaskNotFound, lambda wb, s: s.tasks["unknown"]),
    ("nothing to undo", NothingToUndo, lambda wb, s: s.undo()),
    ("nothing to redo", NothingToRedo, lambda wb, s: s.redo()),
    ("a missing file", FileMissing, lambda wb, s: s.add("no-such-file.csv")),
    ("a folder", FileUnreadable, lambda wb, s: wb.open(os.curdir)),
    ("nothing", InvalidParameter, lambda wb, s: wb.open()),
    ("a number", InvalidParameter, lambda wb, s: wb.open(7)),
    ("a name that is too long", InvalidParameter, lambda wb, s: s.rename("x" * 201)),
    ("half a character", InvalidParameter, lambda wb, s: s.chat("sort by \ud800")),
    ("words as a plan", InvalidPlan, lambda wb, s: s.apply("sort by age")),
    ("an offset below zero", InvalidParameter, lambda wb, s: s.head.rows(-1)),
    ("an ending that is not known", InvalidParameter, lambda wb, s: s.export("people.zzz")),
]


@pytest.mark.parametrize(("error", "call"), [call[1:] for call in CALLS], ids=[call[0] for call in CALLS])
def test_a_bad_call_in_the_client(wb, people, error, call):
    session = wb.session(people)
    with pytest.raises(error) as caught:
        call(wb, session)
    shown_well(caught.value.message, caught.value.hint)


# In a notebook


def test_a_notebook_shows_a_sentence_and_a_hint_and_no_stack(stack, people, file, tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    cells = [
        *((f"wb.open({str(file(case))!r})", case.error) for case in FILES),
        ("s.chat('sort by emial').result()", MessageUnknownColumn),
        ("s.chat('round email').result()", MessageTypeMismatch),
        ("s.chat('drop the columns name, age and email').result()", MessageNoColumns),
        ("s.apply(Drop(columns=['emial'])).result()", UnknownColumn),
        ("s.apply(Round(columns=['email'], decimals=1)).result()", TypeMismatch),
        ("wb.session('unknown')", SessionNotFound),
        ("s.checkout('unknown')", NodeNotFound),
        ("s.tasks['unknown']", TaskNotFound),
    ]
    first = (
        "from workbench import Workbench\nfrom workbench.transformations import Drop, Round\n"
        f"wb = Workbench({stack.url!r}, {stack.token!r})\ns = wb.session({people!r})"
    )
    sources = [first, *(source for source, _ in cells), "print(s.df.shape)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    assert notebook.cells[0].outputs == []
    assert notebook.cells[-1].outputs[0].text == "(3, 3)\n"
    for cell, (_, error) in zip(notebook.cells[1:], cells, strict=False):
        output = cell.outputs[-1]
        assert (output.output_type, output.ename) == ("error", error.__name__), cell
        sentence, hint = [ANSI.sub("", line) for line in output.traceback]
        assert sentence.startswith(f"{error.__name__} [{error.code}]: ")
        shown_well(sentence, hint.strip())


# In the terminal

IN_THE_TERMINAL = {"empty.csv", "ragged.csv", "table.parquet", "encoding.csv", "twice.csv", "norows.csv"}


@pytest.fixture
def run(stack, tmp_path):
    """Run ``workbench run`` as a process of its own; give its status and what it said on stderr."""

    def run(*arguments):
        command = [sys.executable, "-m", "workbench", "run", "--data-dir", str(stack.data_dir), *arguments]
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "400"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


def told(errors, code):
    """Check that stderr ends with the reason, its code, and a hint."""
    reason, hint = errors.strip().splitlines()[-2:]
    assert reason.startswith("error: "), errors
    assert reason.endswith(f" [{code}]"), errors
    shown_well(reason.removeprefix("error: ").removesuffix(f" [{code}]"), hint)


@pytest.mark.parametrize("case", [case for case in FILES if case.name in IN_THE_TERMINAL], ids=str)
def test_a_bad_file_in_the_terminal(run, file, case):
    status, output, errors = run(str(file(case)), "sort by a")
    assert (status, output) == (1, "")
    told(errors, case.error.code)
    assert case.name in errors


def test_a_file_over_the_limit_in_the_terminal(run, too_large):
    status, output, errors = run(str(too_large), "sort by a")
    assert (status, output) == (1, "")
    told(errors, "upload_too_large")


@pytest.mark.parametrize("case", [case for case in MESSAGES if case.message.strip()], ids=str)
def test_a_bad_command_in_the_terminal(run, http, tmp_path, case):
    (tmp_path / "terminal.csv").write_bytes(PEOPLE)
    status, output, errors = run("terminal.csv", "drop rows without email", case.message, "-o", "out.csv")
    assert status == 1
    assert "1. drop rows without email" in output
    told(errors, case.said.code)
    assert not (tmp_path / "out.csv").exists()
    # The file was good: its session is there, with what was done before.
    sessions = http.get("/sessions", params={"limit": 200}).json()["items"]
    (mine,) = [session["id"] for session in sessions if session["name"] == "terminal"]
    assert len(http.get(f"/sessions/{mine}/nodes").json()["items"]) == 2
    http.delete(f"/sessions/{mine}")


@pytest.mark.parametrize(
    "arguments",
    [("missing.csv", "sort by a"), (".", "sort by a"), ("people.csv", " "), ("people.csv",)],
    ids=["a missing file", "a folder", "no words", "no command"],
)
def test_wrong_usage_in_the_terminal(run, tmp_path, arguments):
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert "Invalid value" in errors
