"""Health, readiness, metrics."""

from __future__ import annotations

import httpx

from tests.api.conftest import TOKEN
from tests.support.api_server import running_api
from tests.support.valkey import running_broker
from workbench.settings import Settings
from workers.live import LiveBoard


def test_a_process_that_lives_says_so_at_both_addresses(url: str) -> None:
    for path in ("/health", "/api/v1/health"):
        answer = httpx.get(f"{url}{path}")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_readiness_names_what_is_missing(settings: Settings) -> None:
    with running_broker() as broker:
        settings = settings.model_copy(update={"redis_url": broker.url})
        with running_api(settings) as url:
            alone = httpx.get(f"{url}/ready")
            assert (alone.status_code, alone.json()["code"]) == (503, "worker_unavailable")
            assert set(alone.json()["details"]["missing"]) == {"worker"}

            board = LiveBoard(settings)
            board.beat("celery@here")
            ready = httpx.get(f"{url}/ready")
            assert (ready.status_code, ready.json()) == (
                200, {"status": "ready", "store": "ok", "broker": "ok", "workers": 1},
            )  # fmt: skip
            board.close()

            broker.stop()
            away = httpx.get(f"{url}/ready")
            assert (away.status_code, away.json()["code"]) == (503, "broker_unavailable")
            assert set(away.json()["details"]["missing"]) == {"broker"}
            assert httpx.get(f"{url}/health").status_code == 200


def test_metrics_count_requests_by_route_and_tasks_by_kind(http: httpx.Client, url: str) -> None:
    task_id = http.post("/tasks/test").json()["task_id"]
    http.get(f"/tasks/{task_id}")
    http.get("/tasks/unknown")
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    counted = 'workbench_http_request_seconds_count{method="GET",route="/api/v1/tasks/{task_id}"'
    assert f'{counted},status="200"}} 1.0' in lines
    assert f'{counted},status="404"}} 1.0' in lines
    assert 'workbench_tasks_submitted_total{kind="test_task"} 1.0' in lines
    assert task_id not in answer.text
