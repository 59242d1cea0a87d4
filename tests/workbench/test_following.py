"""The poller, with a clock that the test turns: when it asks, how long it waits, what it says."""

import threading

import pytest

from workbench.errors import ApiUnavailable, InternalError, NotFound, TaskNotFound
from workbench.following import Answer, Backoff, Follower, follow
from workbench.models import TaskState
from workbench.status import TaskStatus

BEGIN = TaskStatus("sort")
DONE = TaskStatus("sort", TaskState.SUCCESS, 100)


def at(progress):
    return TaskStatus("sort", TaskState.PROGRESS, progress)


class Api:
    """Answers from a timeline of (second, status), with or without holding requests; time is a number."""

    def __init__(self, *timeline, holds=True, tags=True, away=()):
        self.timeline, self.holds, self.tags, self.away = timeline, holds, tags, away
        self.now = 0.0
        self.asked = []
        self.slept = []
        self.told = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def current(self, now):
        return [status for second, status in self.timeline if second <= now][-1]

    def ask(self, seen, *, wait, etag):
        self.asked.append((round(self.now, 3), wait, etag))
        if any(start <= self.now < end for start, end in self.away):
            raise ApiUnavailable("Nothing answers.")
        deadline = self.now + wait
        while self.holds:
            status = self.current(self.now)
            upcoming = [second for second, _ in self.timeline if second > self.now]
            if status.ended or (etag and etag != self.tag(status)):
                break
            if not upcoming or upcoming[0] > deadline:
                self.now = deadline
                break
            self.now = upcoming[0]
        self.now += 0.001
        status = self.current(self.now)
        tag = self.tag(status) if self.tags else None
        return Answer(None, tag) if tag and tag == etag else Answer(status, tag)

    def tag(self, status):
        return f"{status.state}-{status.progress}"

    def follow(self, **options):
        return follow(BEGIN, self.ask, self.told.append, clock=self.clock, sleep=self.sleep, **options)


def test_a_short_task_takes_one_request_and_is_seen_when_it_ends():
    api = Api((0, BEGIN), (0.02, DONE))
    assert api.follow() == DONE
    assert api.asked == [(0.0, 0.1, None)]
    assert api.now == pytest.approx(0.021)
    assert api.told == [DONE]


def test_a_change_is_seen_when_it_happens_and_the_end_too():
    api = Api((0, BEGIN), (0.5, at(50)), (0.9, DONE))
    api.follow()
    assert sorted({status.progress for status in api.told}) == [0, 50, 100]
    assert api.now == pytest.approx(0.9, abs=0.005)
    assert not api.slept
    assert len(api.asked) < 6


def test_fast_progress_is_told_ten_times_a_second_and_the_last_of_it_always():
    api = Api((0, BEGIN), *((i / 1000, at(i // 10)) for i in range(1, 1000)), (1.0, DONE))
    api.follow()
    assert 8 <= len(api.told) <= 14
    assert api.told[-1] == DONE


def test_while_nothing_changes_the_passing_of_time_is_told_once_a_second():
    api = Api((0, at(10)), (10, DONE))
    api.follow()
    assert 10 <= len(api.told) <= 14
    assert api.told[-2].seconds == pytest.approx(9, abs=1.1)


def test_an_api_that_answers_at_once_is_asked_with_growing_pauses():
    api = Api((0, at(10)), (30, DONE), holds=False)
    api.follow()
    assert api.slept[0] == 0.05
    assert api.slept[1] == pytest.approx(0.05 * 1.15)
    assert max(api.slept) == 1.0
    assert len(api.asked) < 60


def test_pauses_are_short_again_after_a_change():
    api = Api((0, at(10)), (20, at(20)), (22, DONE), holds=False)
    api.follow()
    longest = api.slept.index(1.0)
    assert 0.05 in api.slept[longest:]


def test_an_api_without_tags_is_asked_for_the_end_only():
    api = Api((0, at(10)), (0.35, at(20)), (0.6, DONE), tags=False)
    api.follow()
    assert [status.progress for status in api.told][-1] == 100
    assert 20 in [status.progress for status in api.told]
    assert {(wait, tag) for _, wait, tag in api.asked} == {(0.1, None)}


def test_an_outage_is_told_and_survived():
    api = Api((0, at(10)), (5, DONE), away=[(1, 4)])
    assert api.follow() == DONE
    assert any(status.reconnecting for status in api.told)
    assert not api.told[-1].reconnecting


def test_after_an_outage_the_old_status_is_told_again():
    api = Api((0, at(10)), (50, DONE), away=[(1, 2)])
    api.follow()
    lost = next(i for i, status in enumerate(api.told) if status.reconnecting)
    assert at(10) in api.told[lost:]


def test_too_long_an_outage_is_an_error():
    api = Api((0, at(10)), (5, DONE), away=[(1, 1000)])
    with pytest.raises(ApiUnavailable):
        api.follow(outage_seconds=60)
    assert 60 <= api.now < 64


def test_an_outage_from_the_start_counts_as_well():
    api = Api((0, DONE), away=[(0, 1000)])
    with pytest.raises(ApiUnavailable):
        api.follow(outage_seconds=60)


def test_other_errors_end_the_following():
    def ask(seen, *, wait, etag):
        raise TaskNotFound.of("x")

    with pytest.raises(NotFound):
        follow(BEGIN, ask, lambda status: None)


def test_progress_never_runs_backwards():
    status = at(60).with_answer({"status": "PROGRESS", "progress": 40})
    assert status.progress == 60


def test_pauses_grow_up_to_a_second():
    pauses = Backoff()
    taken = [pauses.next() for _ in range(40)]
    assert taken == sorted(taken)
    assert taken[-1] == 1.0
    pauses.reset()
    assert pauses.next() == 0.05


class Followed:
    def __init__(self, answer):
        self.latest = BEGIN
        self._answer = answer
        self.lost = None
        self.heard = threading.Event()

    def ask(self, seen, *, wait, etag):
        return self._answer()

    def hear(self, status, lost=None):
        self.latest, self.lost = status, lost
        if status.ended or lost:
            self.heard.set()


def test_a_follower_follows_one_after_the_other_in_one_thread():
    threads = set()

    def done():
        threads.add(threading.current_thread().name)
        return Answer(DONE, None)

    follower = Follower("workbench-test")
    tasks = [Followed(done) for _ in range(5)]
    for task in tasks:
        follower.add(task)
        follower.add(task)
    assert all(task.heard.wait(5) for task in tasks)
    assert threads == {"workbench-test"}


def test_a_fault_while_following_reaches_whoever_waits():
    def broken():
        raise KeyError("status")

    task = Followed(broken)
    follower = Follower("workbench-test")
    follower.add(task)
    assert task.heard.wait(5)
    assert isinstance(task.lost, InternalError)
    after = Followed(lambda: Answer(DONE, None))
    follower.add(after)
    assert after.heard.wait(5)
