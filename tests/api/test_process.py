"""The API as a process: started by hand, light, and gone when asked."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.main import create_app
from tests.api.conftest import TOKEN, Opened
from tests.support.waiting import wait_until
from workbench.settings import Settings

# Run in a process of its own, as the server does, with a request for everything that reads data.
READS_A_NODE = """
import sys
import anyio, httpx
import api.main

PATHS = ["rows", "profile", "recipe", "recipe?format=notebook"]
PATHS += [f"data?format={form}" for form in ("csv", "parquet", "arrow", "jsonl")]

async def main(token, node):
    app = api.main.app
    async with app.router.lifespan_context(app):
        options = {"transport": httpx.ASGITransport(app=app), "base_url": "http://localhost"}
        async with httpx.AsyncClient(**options) as http:
            http.headers["Authorization"] = f"Bearer {token}"
            for path in PATHS:
                answer = await http.get(f"/api/v1/nodes/{node}/{path}")
                assert answer.status_code == 200, answer.text
            (await http.get("/openapi.json")).raise_for_status()
            (await http.post("/api/v1/tasks/test")).raise_for_status()

anyio.run(main, *sys.argv[1:])
heavy = [name for name in ("pandas", "ipywidgets", "dask", "supabase") if name in sys.modules]
assert not heavy, heavy
print("light")
"""


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "WORKBENCH_DATA_DIR": str(settings.data_dir),
        "WORKBENCH_TOKEN": TOKEN,
        "REDIS_URL": settings.redis_url,
        "WORKBENCH_LOG_FORMAT": "json",
    }


def test_the_api_never_imports_pandas(settings: Settings, opened: Opened) -> None:
    arguments = [sys.executable, "-c", READS_A_NODE, TOKEN, opened.node.id]
    done = subprocess.run(
        arguments, env=environment(settings), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "light", done.stderr


def test_importing_the_module_reads_no_settings() -> None:
    code = "import os; os.environ['WORKBENCH_PORT'] = 'nonsense'; import api.main; print('imported')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "imported", done.stderr


def test_uvicorn_runs_it_and_a_long_poll_does_not_hold_up_its_end(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(settings), stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=40) as http:
            http.headers["Authorization"] = f"Bearer {TOKEN}"
            wait_until(lambda: answers(http), seconds=60, what="the API's start")
            task_id = http.post("/tasks/test").json()["task_id"]
            with ThreadPoolExecutor(1) as pool:
                poll = pool.submit(http.get, f"/tasks/{task_id}", params={"wait": 30})
                with pytest.raises(TimeoutError):  # it has arrived, and waits
                    poll.result(timeout=0.5)
                started = time.monotonic()
                process.send_signal(signal.SIGTERM)
                _, logged = process.communicate(timeout=25)
                assert time.monotonic() - started < 8
                assert poll.result(timeout=5).json()["status"] == "PENDING"
        assert TOKEN not in logged
        events = [json.loads(line)["event"] for line in logged.splitlines() if line.startswith("{")]
        assert "Application startup complete." in events
    finally:
        process.kill()
        process.communicate()


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return create_app(Settings(token=TOKEN)).openapi()


def test_operations_have_stable_names(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    """Generated clients take their names from these: to change one breaks them."""
    found = {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation["operationId"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert found == {
        "POST /sessions": "create_session",
        "GET /sessions": "list_sessions",
        "GET /sessions/{session_id}": "get_session",
        "PATCH /sessions/{session_id}": "change_session",
        "DELETE /sessions/{session_id}": "delete_session",
        "POST /sessions/{session_id}/datasets": "upload_dataset",
        "POST /sessions/{session_id}/chat": "submit_chat_message",
        "POST /sessions/{session_id}/transformations": "apply_transformations",
        "POST /sessions/{session_id}/undo": "undo",
        "POST /sessions/{session_id}/redo": "redo",
        "GET /sessions/{session_id}/nodes": "list_nodes",
        "GET /nodes/{node_id}": "get_node",
        "GET /nodes/{node_id}/rows": "get_node_rows",
        "GET /nodes/{node_id}/data": "download_node_data",
        "GET /nodes/{node_id}/profile": "get_node_profile",
        "GET /nodes/{node_id}/recipe": "get_node_recipe",
        "GET /nodes/{node_id}/diff/{other_id}": "diff_nodes",
        "GET /tasks": "list_tasks",
        "POST /tasks/test": "submit_test_task",
        "GET /tasks/{task_id}": "get_task",
        "DELETE /tasks/{task_id}": "cancel_task",
        "GET /tasks/{task_id}/result": "get_task_result",
        "GET /transformations": "list_transformations",
        "GET /auth": "get_auth",
        "GET /health": "health",
        "GET /ready": "ready",
        "GET /metrics": "metrics",
    }


def test_every_operation_is_described_with_its_problems(
    document: dict[str, dict[str, dict[str, dict[str, object]]]],
) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            name = operation["operationId"]
            assert re.search(r"\w+\.$|\w+\.\n", str(operation["description"])), name
            assert operation["tags"], name
            if path not in {"/health", "/ready", "/api/v1/auth"}:
                assert "401" in operation["responses"], name  # type: ignore[operator]
                assert operation["security"] == [{"HTTPBearer": []}], name
            for answer in operation["responses"].values():  # type: ignore[attr-defined]
                assert answer["description"], name


def test_the_documentation_is_served_without_a_token(url: str) -> None:
    assert httpx.get(f"{url}/openapi.json").status_code == 200
    assert "swagger" in httpx.get(f"{url}/docs").text.lower()


def test_the_catalogue_lists_every_transformation(http: httpx.Client) -> None:
    from workbench.transformations import registry

    words = http.get("/transformations").json()["items"]
    assert [word["kind"] for word in words] == list(registry)
    word = next(word for word in words if word["kind"] == "drop_nulls")
    assert word["schema"]["properties"]["how"]["enum"] == ["any", "all"]
    assert word["example"] == "remove rows where email is null"
