"""What no machine can hold is refused with the numbers, at once, and the worker goes on."""

from tests.support.stack import RunningStack

ROWS = 300_000


def test_a_cross_join_beyond_all_memory(caller, http, stack: RunningStack) -> None:
    content = b"n\n" + b"".join(b"%d\n" % number for number in range(ROWS))
    session = caller.opened("numbers.csv", content)
    worker = stack.part("worker")
    children = {child.pid for child in worker.children()}
    plan = [{"kind": "join", "dataset": "numbers", "how": "cross"}]
    answer = http.post(f"/sessions/{session}/transformations", json={"plan": plan})
    ended = caller.ended(answer.json()["task_id"])
    assert (ended["status"], ended["error"]["code"]) == ("FAILURE", "out_of_memory"), ended
    assert "90,000,000,000 rows made of them, take at least 1,341" in ended["error"]["detail"]
    assert ended["error"]["details"]["needed"] > ended["error"]["details"]["budget"]
    assert {child.pid for child in worker.children()} == children
    assert caller.chat(session, "sort by n descending")["status"] == "SUCCESS"
