"""The whole way of a command with Supabase as the store, on real processes and real HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx
import nbformat
import pytest

from tests.support.http_proxy import Call, running_proxy
from tests.support.notebooks import FOLDER, execution, shown
from tests.support.stack import running_stack
from tests.support.waiting import wait_until
from workbench.ids import new_id

PASSWORD = "correct horse battery staple"
MESSAGE = "remove rows where dep_time is null"
LEASE_SECONDS = 4


@pytest.fixture(scope="module")
def proxy(supabase_lite):
    with running_proxy(supabase_lite.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def environment(supabase_lite, proxy):
    return {
        **supabase_lite.environment(),
        "SUPABASE_URL": proxy.url,
        "WORKBENCH_LEASE_SECONDS": str(LEASE_SECONDS),
        "WORKBENCH_SWEEP_SECONDS": "0.5",
        "WORKBENCH_RESEND_SECONDS": "2",
    }


@pytest.fixture(scope="module")
def stack(environment):
    with running_stack(**environment) as stack:
        yield stack


@pytest.fixture(scope="module")
def ana(supabase_lite):
    return signed_up(supabase_lite, "ana")


@pytest.fixture(scope="module")
def ben(supabase_lite):
    return signed_up(supabase_lite, "ben")


class User(NamedTuple):
    id: str
    token: str
    email: str


def signed_up(lite, name):
    email = f"{name}-{new_id()}@example.com"
    return User(*lite.sign_up(email, PASSWORD), email)


def as_user(stack, user):
    headers = {"Authorization": f"Bearer {user.token}"}
    return httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers, timeout=60)


@pytest.fixture
def http(stack, ana):
    with as_user(stack, ana) as client:
        yield client


@pytest.fixture
def session(caller, flights_csv):
    return caller.opened("flights.csv", flights_csv)


def calls_to(proxy, name: str) -> list[Call]:
    return [call for call in proxy.calls if name in call.path]


def test_a_message_becomes_a_node_that_another_process_reads(stack, caller, http, session, ana):
    ended = caller.chat(session, MESSAGE)
    assert ended["status"] == "SUCCESS", ended

    read = """
        import json, sys
        from workbench import Workbench
        url, email, password, session = sys.argv[1:]
        with Workbench(url, email=email, password=password) as wb:
            s = wb.session(session)
            print(json.dumps([s.head.id, len(s.df), int(s.df.dep_time.isna().sum())]))
    """
    arguments = [stack.url, ana.email, PASSWORD, session]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(read), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    node = http.get(f"/nodes/{ended['result']['node_id']}").json()
    assert json.loads(done.stdout) == [node["id"], node["rows"], 0]


def test_a_command_takes_eight_calls_at_most(proxy, caller, session):
    caller.chat(session, MESSAGE)
    del proxy.calls[:]
    caller.chat(session, "remove rows where arr_time is null")
    # The sweep looks around all the time, and the lease is renewed every second, whatever runs.
    beside = ("due_tasks", "renew_lease")
    calls = [call for call in proxy.calls if not any(name in call.path for name in beside)]
    assert len(calls) <= 8, calls
    assert len(calls_to(proxy, "commit_node")) == 1


def test_the_quickstart_runs_unchanged(stack, environment, ana, monkeypatch):
    execute = execution()
    for name, value in {**environment, **execute.SHOWN}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(stack.data_dir))
    monkeypatch.setenv("WORKBENCH_EMAIL", ana.email)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    path = FOLDER / "01-quickstart.ipynb"

    notebook = execute.executed(path)

    assert shown(notebook) == shown(nbformat.read(path, as_version=4))
    with as_user(stack, ana) as client:
        names = [session["name"] for session in client.get("/sessions").json()["items"]]
    assert "flights" in names


def test_what_is_anas_is_not_there_for_ben(stack, caller, http, session, ana, ben, supabase_lite):
    ended = caller.chat(session, MESSAGE)
    node, task = ended["result"]["node_id"], ended["task_id"]
    assert http.get(f"/sessions/{session}").status_code == 200

    with as_user(stack, ben) as client:
        unknown = "0198f2a4-6c1e-7d53-9b0e-3f1f5f3f9a10"
        for path, own in (
            ("/sessions/{}", session),
            ("/sessions/{}/nodes", session),
            ("/nodes/{}", node),
            ("/nodes/{}/rows", node),
            ("/nodes/{}/data?format=csv", node),
            ("/nodes/{}/profile", node),
            ("/nodes/{}/recipe", node),
            ("/tasks/{}", task),
            ("/tasks/{}/result", task),
        ):
            hers, nobodys = client.get(path.format(own)), client.get(path.format(unknown))
            assert hers.status_code == nobodys.status_code == 404, path
            assert hers.text.replace(own, unknown) == nobodys.text
        chat = client.post(f"/sessions/{session}/chat", json={"message": MESSAGE})
        assert chat.status_code == 404
        assert client.delete(f"/tasks/{task}").status_code == 404
        assert client.delete(f"/sessions/{session}").status_code == 404

    headers = {"apikey": supabase_lite.publishable_key, "Authorization": f"Bearer {ben.token}"}
    with httpx.Client(base_url=supabase_lite.url, headers=headers) as project:
        for table in ("sessions", "nodes", "tasks", "head_history"):
            owners = {row["owner"] for row in project.get(f"/rest/v1/{table}?select=owner").json()}
            assert ana.id not in owners
        blobs = project.post("/rest/v1/rpc/blob_keys", json={"p_prefix": "", "p_after": "", "p_limit": 1000})
        assert not [key for key in blobs.json() if key.startswith(ana.id)]


@pytest.mark.parametrize("function", ["submit_task", "claim_task", "commit_node"])
def test_an_answer_that_is_lost_costs_and_doubles_nothing(proxy, caller, session, function):
    proxy.lose_answers(lambda call: function in call.path)
    ended = caller.chat(session, MESSAGE)
    assert ended["status"] == "SUCCESS"
    assert len(calls_to(proxy, function)) >= 2
    assert [node["id"] for node in caller.nodes(session)][1:] == [ended["result"]["node_id"]]


def test_while_the_store_is_down_nothing_is_half_made(proxy, caller, http, session):
    before = caller.nodes(session)
    with proxy.down():
        answer = http.post(f"/sessions/{session}/chat", json={"message": MESSAGE})
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert caller.nodes(session) == before
    assert http.get("/tasks", params={"session_id": session}).json()["items"][0]["status"] == "SUCCESS"
    assert caller.chat(session, MESSAGE)["status"] == "SUCCESS"


def test_a_store_that_goes_away_in_the_middle_comes_back_to_one_node(proxy, caller, http, session):
    del proxy.calls[:]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(caller.chat, session, MESSAGE)
        wait_until(lambda: calls_to(proxy, "claim_task"), seconds=30, what="the claim")
        with proxy.down():
            seen = len(proxy.calls)
            wait_until(lambda: len(proxy.calls) >= seen + 5, seconds=60, what="calls that fail")
        task = running.exception(timeout=120)
    del task  # its poll may have met the outage: what counts is what became of the task
    tasks = http.get("/tasks", params={"session_id": session}).json()["items"]
    ended = caller.ended(tasks[0]["task_id"])
    assert ended["status"] == "SUCCESS", ended
    assert [node["id"] for node in caller.nodes(session)][1:] == [ended["result"]["node_id"]]


def test_a_worker_that_is_killed_costs_and_doubles_nothing(stack, proxy, caller, http, session):
    del proxy.calls[:]
    task = http.post(f"/sessions/{session}/chat", json={"message": MESSAGE}).json()["task_id"]
    wait_until(lambda: calls_to(proxy, "claim_task"), seconds=30, what="the claim")
    worker = stack.part("worker")
    for process in (*worker.children(recursive=True), worker):
        process.kill()
    ended = caller.ended(task)
    assert ended["status"] == "SUCCESS", ended
    assert [node["id"] for node in caller.nodes(session)][1:] == [ended["result"]["node_id"]]


def test_an_expired_token_is_refused_as_such(stack, supabase_lite, ana):
    expired = supabase_lite.token(ana.id, exp=1_700_000_000)
    with as_user(stack, ana._replace(token=expired)) as client:
        answer = client.get("/sessions")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_an_upload_that_is_cut_leaves_nothing(supabase_lite, http, ana):
    session = http.post("/sessions", json={"name": "cut"}).json()["id"]

    def body():
        yield (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            + b"a,b\n" * 10_000
        )
        raise ConnectionError

    with pytest.raises(ConnectionError):
        http.post(
            f"/sessions/{session}/datasets",
            content=body(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
    prefix = {"p_prefix": f"{ana.id}/{session}/", "p_after": "", "p_limit": 10}
    headers = {"apikey": supabase_lite.secret_key}
    blobs = httpx.post(f"{supabase_lite.url}/rest/v1/rpc/blob_keys", json=prefix, headers=headers)
    assert blobs.json() == []
    assert http.get("/tasks", params={"session_id": session}).json()["items"] == []


def test_neither_logs_nor_environment_show_what_is_secret(stack, supabase_lite, ana):
    log = stack.log.read_text(errors="replace")
    for secret in (supabase_lite.secret_key, supabase_lite.jwt_secret, ana.token, PASSWORD):
        assert secret not in log
    assert os.environ.get("WORKBENCH_PASSWORD") is None
