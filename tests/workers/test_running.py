"""How a task is run: claimed once, reported truly, ended in exactly one state, whatever its body does."""

import threading

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from tests.support.waiting import wait_until
from workbench.errors import UnknownColumn
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask
from workers.live import LiveBoard
from workers.running import Outcome, perform
from workers.services import Services


@pytest.fixture
def services(tmp_path, valkey_server):
    services = Services(
        Settings(data_dir=tmp_path, redis_url=valkey_server.url, lease_seconds=0.3, max_attempts=2)
    )
    yield services
    services.store.close()
    services.board.close()


@pytest.fixture
def owner(services):
    return services.store.as_owner(LOCAL_OWNER)


@pytest.fixture
def submit(owner):
    def submit(session_id=None):
        return owner.submit_task(NewTask(new_id(), "test_task", {"message": "Hello"}, session_id)).task

    return submit


def test_a_task_ends_with_the_result_of_its_body(services, owner, submit):
    task = submit()

    assert perform(services, task.id, lambda job: Outcome({"said": job.payload["message"]})) == "claimed"

    ended = owner.task(task.id)
    assert (ended.status, ended.result) == (TaskState.SUCCESS, {"said": "Hello"})
    assert services.board.read(task.id).progress == 100


def test_a_message_that_comes_twice_runs_once(services, owner, submit):
    task, runs = submit(), []

    def body(job):
        runs.append(job.task.id)
        return Outcome({})

    assert [perform(services, task.id, body) for _ in range(3)] == ["claimed", "ended", "ended"]
    assert runs == [task.id]


def test_a_message_for_a_task_that_never_was_does_nothing(services):
    assert perform(services, new_id(), lambda _: Outcome({})) == "ended"


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (UnknownColumn.among("emial", ["email"]), "unknown_column"),
        (MemoryError(), "out_of_memory"),
        (SoftTimeLimitExceeded(), "task_timed_out"),
        (ZeroDivisionError("a fault of ours"), "internal_error"),
    ],
)
def test_whatever_the_body_raises_ends_the_task_with_a_reason(services, owner, submit, raised, code):
    task = submit()

    def body(_):
        raise raised

    perform(services, task.id, body)

    ended = owner.task(task.id)
    assert (ended.status, ended.error["code"]) == (TaskState.FAILURE, code)
    assert ended.error["detail"].endswith(".")


def test_an_unexpected_error_does_not_show_its_insides(services, owner, submit):
    task = submit()

    def body(_):
        raise ZeroDivisionError("secret of row 7")

    perform(services, task.id, body)

    assert "secret" not in str(owner.task(task.id).error)


def test_progress_never_goes_back_and_stays_below_100_until_the_end(services, submit):
    task, seen = submit(), []
    board = LiveBoard(services.settings)

    def shown(percent):
        wait_until(lambda: (live := board.read(task.id)) is not None and live.progress == percent)
        seen.append(board.read(task.id).progress)

    def body(job):
        job.report(40, "applying", "Applying")
        shown(40)
        job.report(10, "applying", "Still applying")
        job.report(100, "saving", "Saving")
        shown(99)
        return Outcome({})

    perform(services, task.id, body)

    shown(100)
    assert seen == [40, 99, 100]
    board.close()


def test_a_cancelled_task_stops_at_its_next_report(services, owner, submit):
    task = submit()

    def body(job):
        owner.cancel_task(task.id)
        wait_until(lambda: _stopped(job))
        return Outcome({"never": "seen"})

    perform(services, task.id, body)

    ended = owner.task(task.id)
    assert (ended.status, ended.error["code"], ended.result) == (TaskState.REVOKED, "task_cancelled", None)


def _stopped(job):
    job.report(10, "applying", "Applying")
    return False


def test_a_long_task_keeps_its_lease(services, owner, submit):
    task, others = submit(), []
    renewed = threading.Event()
    original = services.store.ledger.renew_lease

    def body(job):
        # Longer than a lease: others that try in the meantime are turned away.
        wait_until(lambda: renewals["count"] >= 6)
        others.append(perform(services, task.id, lambda _: Outcome({"by": "another"})))
        return Outcome({"by": "the first"})

    renewals = {"count": 0}

    def counting(*arguments, **named):
        renewals["count"] += 1
        renewed.set()
        return original(*arguments, **named)

    services.store.ledger.renew_lease = counting
    perform(services, task.id, body)

    assert others == ["taken"]
    assert owner.task(task.id).result == {"by": "the first"}


def test_the_next_task_of_the_session_is_sent_when_one_ends(services, owner, submit):
    session = owner.create_session("order")
    # A session without data refuses commands, but tests its own order with tasks of any kind.
    first, second = submit(session.id), submit(session.id)
    sent = []
    services.__dict__["sender"] = type("Sent", (), {"send": lambda _, task: sent.append(task.id)})()

    assert perform(services, second.id, lambda _: Outcome({})) == "blocked"
    assert perform(services, first.id, lambda _: Outcome({})) == "claimed"

    assert sent == [second.id]
    assert perform(services, second.id, lambda _: Outcome({})) == "claimed"
