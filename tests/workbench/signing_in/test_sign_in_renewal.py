"""A sign-in renews its tokens: when, by whom, and what it survives."""

import sys
import threading

import pyarrow as pa
import pytest
from pydantic import SecretStr

from tests.support.fake_api import FakeApi, Moment
from tests.support.fake_auth import EMAIL, KEY, PASSWORD, Clock, FakeAuth
from tests.support.waiting import wait_until
from workbench.client import Workbench
from workbench.errors import SignInFailed, StoreUnavailable, TokenExpired
from workbench.signing_in.auth_server import AuthServer, Project
from workbench.signing_in.credentials import SignedIn
from workbench.transport import Endpoint, Transport

URL = "http://workbench.test"


class Steered:
    """A sign-in, the API that it opens, and the clock by which both live."""

    def __init__(self, lifetime=3600, *, again=False):
        self.clock, self.api = Clock(), FakeApi()
        self.auth = self.api.auth = FakeAuth(lifetime, self.clock)
        password = SecretStr(PASSWORD)
        server = AuthServer(Project(URL, KEY), http=self.api.transport(), sleep=lambda seconds: None)
        self.signed = SignedIn(
            server,
            lambda: server.sign_in(EMAIL, password),
            password=password if again else None,
            clock=self.clock,
        )
        self.transport = Transport(Endpoint(URL), http=self.api.transport(), sleep=lambda seconds: None)
        self.transport.credentials = self.signed

    @property
    def renewals(self):
        return self.auth.grants.count("refresh_token")

    def read(self):
        return self.transport.read("/sessions")


@pytest.fixture
def steered():
    return Steered()


@pytest.mark.parametrize(
    ("lifetime", "until"), [(3600, 2880), (604_800, 483_840), (200, 140), (120, 60), (60, 30), (1, 0.5)]
)
def test_it_is_renewed_when_a_fifth_or_a_minute_is_left(lifetime, until):
    steered = Steered(lifetime)
    steered.clock.now += until - 0.1
    steered.read()
    assert steered.renewals == 0
    steered.clock.now += 0.2
    steered.read()
    steered.read()
    assert steered.renewals == 1
    assert len(steered.api.requests) == 3  # none of them was refused


def test_it_goes_on_from_renewal_to_renewal(steered):
    for _ in range(20):
        steered.clock.now += 3000
        steered.read()
    assert steered.renewals == 20
    assert steered.auth.grants[0] == "password"
    assert len(steered.auth.refresh) == 21  # each of them used once, and its successor kept


def test_an_api_that_refuses_a_token_before_its_time_gets_another(steered):
    steered.auth.expire()
    steered.read()
    steered.read()
    assert steered.renewals == 1
    assert len(steered.api.requests) == 3


def test_a_token_that_is_refused_again_is_not_renewed_for_ever(steered, monkeypatch):
    refusal = ("token_expired", "The access token has expired.", "Sign in again.")
    monkeypatch.setattr(steered.auth, "refusal", lambda authorization: refusal)
    with pytest.raises(TokenExpired):
        steered.read()
    assert steered.renewals == 1


def test_an_upload_and_a_download_are_sent_again(steered, tmp_path):
    with Workbench(URL, email=EMAIL, password=PASSWORD, http=steered.api.transport(), progress="none") as wb:
        session = wb.new("people")
        steered.auth.expire()
        file = tmp_path / "people.csv"
        file.write_text("email,age\na@x.org,31\n,27\n")
        node = session.add(file)
        assert len(node) == 2
        steered.auth.expire()
        assert list(node.df["age"]) == [31, 27]
        steered.auth.expire()
        node.export(tmp_path / "out.parquet")
        assert (tmp_path / "out.parquet").read_bytes() == f"parquet of {node.id}".encode()
    assert steered.renewals == 3


def test_a_long_task_goes_on_across_expiries(nobody):
    api = FakeApi()
    api.auth = FakeAuth(lifetime=0.3)
    with Workbench(URL, email=EMAIL, password=PASSWORD, http=api.transport(), progress="none") as wb:
        session = wb.new("people")
        made = api.add_node(session.id, "people", pa.table({"age": [1, 2, 3]}), dataset="people")
        api.sessions[session.id]["head"] = made["id"]
        api.script("slow", Moment(1.2, 50, "Sorting"))
        result = session.chat("slow").result()
    assert result.sentence == "Dropped 1 row"
    assert api.auth.grants.count("refresh_token") >= 1
    assert api.auth.grants.count("password") == 1


def test_one_thread_renews_while_the_others_go_on_with_the_token_that_holds(steered):
    before = steered.signed.token()
    release, inside = threading.Event(), threading.Event()

    def hold():
        inside.set()
        assert release.wait(20)

    steered.auth.inside = hold
    steered.clock.now += 3000
    tokens = []
    first = threading.Thread(target=lambda: tokens.append(steered.signed.token()))
    first.start()
    assert inside.wait(20)
    assert [steered.signed.token() for _ in range(20)] == [before] * 20
    release.set()
    first.join()
    assert tokens == [steered.signed.token()]
    assert tokens != [before]
    assert steered.renewals == 1


def test_a_thread_that_comes_just_after_a_renewal_does_not_renew_again(steered, monkeypatch):
    steered.clock.now += 3000

    def while_another_thread_renews():
        monkeypatch.setattr(steered.signed, "_clock", steered.clock)
        steered.signed.token()
        return steered.clock.now

    monkeypatch.setattr(steered.signed, "_clock", while_another_thread_renews)
    steered.read()
    assert steered.renewals == 1


@pytest.mark.parametrize("how", ["expired", "refused"])
def test_many_threads_and_one_renewal(steered, how):
    inside, release = threading.Event(), threading.Event()

    def hold():
        inside.set()
        assert release.wait(20)

    if how == "expired":
        steered.clock.now += 4000
    else:
        steered.auth.expire()
    steered.auth.inside = hold
    answers, started = [], threading.Barrier(17)

    def ask():
        started.wait()
        answers.append(steered.read())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    started.wait()
    assert inside.wait(20)
    release.set()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert steered.renewals == 1


def test_threads_that_wait_share_a_failure_that_passes(steered):
    inside, release = threading.Event(), threading.Event()

    def hold():
        inside.set()
        assert release.wait(20)

    steered.clock.now += 4000
    steered.auth.inside, steered.auth.troubles = hold, ["down"] * 3
    errors = []

    def ask():
        with pytest.raises(StoreUnavailable) as caught:
            steered.signed.token()
        errors.append(caught.value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    threads[0].start()
    assert inside.wait(20)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: waiting(threads[1:]), what="the others' waiting")
    release.set()
    for thread in threads:
        thread.join()
    assert len({id(error) for error in errors}) == 8
    assert steered.auth.troubles == []
    assert steered.signed.token()


def waiting(threads):
    frames = sys._current_frames()
    return all(frames[thread.ident].f_code.co_name == "_renew" for thread in threads)


def test_a_token_that_holds_is_kept_while_the_project_is_away(steered):
    before = steered.signed.token()
    steered.auth.troubles = ["down"] * 100
    steered.clock.now += 2900
    for _ in range(70):
        assert steered.signed.token() == before
        steered.clock.now += 10
    tried = 100 - len(steered.auth.troubles)
    assert 10 < tried < 40  # in growing intervals
    steered.clock.now += 10
    with pytest.raises(StoreUnavailable):
        steered.signed.token()
    steered.auth.troubles = []
    assert steered.signed.token() != before


def test_a_lost_answer_is_asked_for_again(steered):
    before = steered.signed.token()
    steered.auth.troubles = ["lost"]
    steered.clock.now += 3000
    assert steered.signed.token() == before  # it still holds
    steered.clock.now += 2
    assert steered.signed.token() != before
    steered.clock.now += 3000
    steered.read()
    assert steered.auth.grants == ["password", *["refresh_token"] * 3]


def test_answers_that_are_lost_once_the_token_has_expired(steered):
    steered.auth.troubles = ["lost", "lost"]
    steered.clock.now += 4000
    steered.read()
    assert steered.renewals == 3


@pytest.mark.parametrize("again", [False, True])
def test_a_refresh_token_that_was_used_elsewhere(again):
    steered = Steered(again=again)
    steered.auth.active.clear()
    steered.clock.now += 3000
    if again:
        steered.read()
        steered.read()
        assert steered.auth.grants == ["password", "refresh_token", "password"]
        return
    for _ in range(3):
        with pytest.raises(SignInFailed, match="The sign-in has ended: Invalid Refresh Token") as caught:
            steered.read()
        assert "workbench login" in caught.value.hint
    assert steered.renewals == 1  # what has ended is not asked about again


def test_a_password_that_was_changed_meanwhile():
    steered = Steered(again=True)
    steered.auth.active.clear()
    steered.auth.users[EMAIL] = "another"
    steered.clock.now += 3000
    with pytest.raises(SignInFailed, match="Invalid login"):
        steered.read()


def test_a_wrong_wall_clock_does_no_harm(steered, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 0.0)
    steered.clock.now += 100
    steered.read()
    assert steered.renewals == 0


def test_a_sign_in_that_has_ended_says_so(nobody):
    api = FakeApi()
    api.auth = FakeAuth()
    with Workbench(URL, email=EMAIL, password=PASSWORD, http=api.transport(), progress="none") as wb:
        api.auth.users[EMAIL] = "another"
        api.auth.active.clear()
        api.auth.expire()
        with pytest.raises(SignInFailed):
            wb.new("people")


def test_polling_survives_an_outage_of_the_project(nobody):
    api = FakeApi()
    api.auth = FakeAuth()
    with Workbench(URL, email=EMAIL, password=PASSWORD, http=api.transport(), progress="none") as wb:
        session = wb.new("people")
        made = api.add_node(session.id, "people", pa.table({"age": [1, 2, 3]}), dataset="people")
        api.sessions[session.id]["head"] = made["id"]
        api.script("slow", Moment(0.5, 50, "Sorting"))
        task = session.chat("slow")
        api.auth.troubles = ["down"] * 4
        api.auth.expire()
        assert task.result(timeout=60).sentence == "Dropped 1 row"
        assert api.auth.troubles == []
