"""A worker that is killed in the middle of a task costs time, and nothing else."""

import io

import numpy as np
import pandas as pd
import psutil
import pytest

from tests.support.stack import running_stack
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def large_file():
    """Large enough that a command on it can be caught while it runs."""
    numbers = np.random.default_rng(0).integers(0, 1 << 40, size=(400_000, 3))
    buffer = io.BytesIO()
    pd.DataFrame(numbers, columns=["a", "b", "c"]).astype("str").to_parquet(buffer)
    return buffer.getvalue()


def test_a_task_whose_worker_is_killed_is_finished_after_the_restart(new_caller, large_file):
    with (
        running_stack(
            WORKBENCH_LEASE_SECONDS="2", WORKBENCH_SWEEP_SECONDS="0.2", WORKBENCH_RESEND_SECONDS="1"
        ) as stack,
        stack.http() as http,
    ):
        caller = new_caller(http)
        session = caller.opened("large.parquet", large_file)
        worker = stack.part("worker")
        message = "sort by a, then sort by b, then sort by c, then sort by a, then sort by b descending"
        task = http.post(f"/sessions/{session}/chat", json={"message": message}).json()["task_id"]
        wait_until(lambda: http.get(f"/tasks/{task}").json()["progress"] > 0, what="progress")

        for process in [*worker.children(recursive=True), worker]:
            process.kill()

        ended = caller.ended(task)
        assert ended["status"] == "SUCCESS"
        assert [node["rows"] for node in caller.nodes(session)] == [400_000, 400_000]
        assert http.get(f"/sessions/{session}").json()["head"] == ended["result"]["node_id"]
        assert stack.part("worker").pid != worker.pid
        assert psutil.pid_exists(stack.pid)
