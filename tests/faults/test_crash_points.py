"""Whatever fails at whichever point of a command's way: it takes effect once, and the session goes on."""

from __future__ import annotations

import pytest

from tests.support.failing import Faults, Work, group, let_go_on
from tests.support.waiting import wait_until
from workers.faults import POINTS, Point


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed(work: Work, faults: Faults, point: Point) -> None:
    faults.plant(point, "kill")

    work.succeeded(work.submit("fill missing a with 0"))

    work.go_on()


@pytest.mark.parametrize("point", ["claimed", "written", "committing", "committed"])
def test_a_process_that_stands_still_while_another_takes_over(
    work: Work, faults: Faults, point: Point
) -> None:
    faults.plant(point, "freeze")

    work.succeeded(work.submit("fill missing a with 0"))

    let_go_on(work.stack)
    work.go_on()


@pytest.mark.parametrize("times", [1, 3])
def test_a_commit_whose_answer_is_lost(work: Work, faults: Faults, times: int) -> None:
    faults.plant("committed", f"lose {times}")

    work.succeeded(work.submit("fill missing a with 0"))

    work.go_on()


def test_a_task_that_kills_its_worker_three_times_fails_and_the_session_goes_on(
    work: Work, faults: Faults
) -> None:
    faults.plant("applied", "kill 3")

    first, second = work.submit("fill missing a with 5"), work.submit("fill missing a with 0")

    failed = work.ended(first)
    assert (failed["status"], failed["error"]["code"]) == ("FAILURE", "worker_lost")
    work.succeeded(second)
    work.go_on()


def test_a_worker_that_is_killed_with_all_its_processes(work: Work, faults: Faults) -> None:
    faults.plant("read", "freeze")
    task = work.submit("fill missing a with 0")
    wait_until(lambda: faults.left() == [], what="the point")
    for process in group(work.stack.part("worker")):
        process.kill()

    work.succeeded(task)

    work.go_on()
