"""How a task is run: claimed once, reported truly, ended in exactly one state, whatever its body does."""

import multiprocessing
import signal
import threading

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from redis import Redis

from tests.support.waiting import wait_until
from workbench.errors import UnknownColumn
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask
from workers.jobs import ingest_upload
from workers.live import LiveBoard, live_key
from workers.running import Outcome, perform
from workers.services import Services


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"lease_seconds": 0.3, "max_attempts": 2})


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


@pytest.mark.parametrize("junk", ["junk", "{}", '{"progress": 1e999}'])
def test_a_strange_live_status_is_none(services, settings, owner, submit, junk):
    task = submit()
    fence = services.store.ledger.claim_task(task.id, worker="lost", lease_seconds=60, max_attempts=2).fence
    services.store.ledger.renew_lease(task.id, fence, lease_seconds=0)
    with Redis.from_url(settings.live_url) as redis:
        redis.set(live_key(task.id), junk)

    assert services.board.read(task.id) is None
    assert perform(services, task.id, lambda _: Outcome({})) == "claimed"
    assert owner.task(task.id).status is TaskState.SUCCESS


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


def test_a_second_attempt_goes_on_from_the_progress_of_the_first(services, submit):
    task, seen = submit(), []
    board = LiveBoard(services.settings)

    class Killed(BaseException):
        """What no handler of ours sees: the process is gone."""

    def dying(job):
        job.report(60, "applying", "Applying")
        wait_until(lambda: (live := board.read(task.id)) is not None and live.progress == 60)
        raise Killed

    def body(job):
        seen.append(job.progress)
        return Outcome({})

    with pytest.raises(Killed):
        perform(services, task.id, dying)
    wait_until(lambda: perform(services, task.id, body) == "claimed")

    assert seen == [60]
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


def _never_reports(settings, task_id):
    services = Services(settings, expendable=True)
    perform(services, task_id, lambda _: threading.Event().wait())


def test_a_cancelled_task_that_reports_nothing_ends_with_its_process(settings, services, owner, submit):
    session = owner.create_session("order")
    task, following = submit(session.id), submit(session.id)
    process = multiprocessing.get_context("spawn").Process(target=_never_reports, args=(settings, task.id))
    process.start()
    wait_until(lambda: owner.task(task.id).status is not TaskState.PENDING, what="the task's claim")

    owner.cancel_task(task.id)
    process.join()

    ended = owner.task(task.id)
    assert (ended.status, ended.error["code"], ended.result) == (TaskState.REVOKED, "task_cancelled", None)
    assert process.exitcode == -signal.SIGKILL
    assert services.board.read(task.id).status is TaskState.REVOKED
    assert perform(services, following.id, lambda _: Outcome({})) == "claimed"


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


@pytest.fixture
def upload(services, owner):
    """A file that waits to be read, and the task that is to read it."""
    session = owner.create_session("a file")
    key = f"{LOCAL_OWNER.id}/{session.id}/uploads/{new_id()}"
    with services.store.blobs.create(key) as blob:
        blob.write(b"a,b\n1,2\n")
    payload = {"upload": key, "filename": "a.csv", "dataset": "a"}
    return owner.submit_task(NewTask(new_id(), "ingest_dataset", payload, session.id)).task


def kept(services, task):
    return list(services.store.blobs.keys(f"{task.owner}/{task.session_id}/"))


def test_an_upload_is_gone_once_its_node_is_committed(services, owner, upload):
    perform(services, upload.id, ingest_upload)

    node = owner.node(owner.task(upload.id).result["node_id"])
    assert kept(services, upload) == sorted({column.block for column in node.manifest.columns})


def test_an_upload_is_gone_once_its_task_has_failed(services, owner, upload):
    def body(_):
        raise UnknownColumn.among("emial", ["email"])

    perform(services, upload.id, body)

    assert owner.task(upload.id).status is TaskState.FAILURE
    assert kept(services, upload) == []


def test_an_upload_outlives_a_worker_that_is_killed_before_the_commit(services, owner, upload):
    class Killed(BaseException):
        """As good as kill -9: nothing catches it."""

    def killed(job):
        ingest_upload(job)
        raise Killed

    with pytest.raises(Killed):
        perform(services, upload.id, killed)
    assert upload.payload["upload"] in kept(services, upload)

    wait_until(lambda: perform(services, upload.id, ingest_upload) == "claimed")
    assert owner.task(upload.id).status is TaskState.SUCCESS
    assert upload.payload["upload"] not in kept(services, upload)


def test_an_upload_is_gone_once_its_task_is_given_up(services, owner, upload):
    for attempt in range(2):
        wait_until(
            lambda attempt=attempt: (
                services.store.ledger.claim_task(
                    upload.id, worker=f"lost {attempt}", lease_seconds=0.05, max_attempts=2
                ).fence
            )
        )
    wait_until(lambda: perform(services, upload.id, ingest_upload) == "exhausted")

    assert owner.task(upload.id).error["code"] == "worker_lost"
    assert kept(services, upload) == []


@pytest.mark.parametrize("when", ["before it is read", "after it is written"])
def test_a_task_whose_session_is_deleted_leaves_nothing_behind(services, owner, upload, when):
    def delete():
        owner.delete_session(upload.session_id)
        for key in kept(services, upload):
            services.store.blobs.delete(key)

    def body(job):
        if when == "before it is read":
            delete()
        outcome = ingest_upload(job)
        if when == "after it is written":
            delete()
            with services.store.blobs.create(f"{job.task.owner}/{job.task.session_id}/blocks/late") as blob:
                blob.write(b"of a writer that did not know")
        return outcome

    perform(services, upload.id, body)

    assert kept(services, upload) == []
