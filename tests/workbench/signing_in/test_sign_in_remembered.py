"""A login that is remembered: only on request, in a private file, shared by programs, and forgotten."""

import json
import subprocess
import sys
import threading

import pytest

from tests.support.fake_api import served
from tests.support.fake_auth import EMAIL, KEY, PASSWORD
from tests.support.waiting import wait_until
from workbench.client import Workbench
from workbench.errors import SignInFailed, StoreUnavailable
from workbench.signing_in.auth_server import Project
from workbench.signing_in.entering import Who, sign_in, sign_out
from workbench.signing_in.logins import Logins

URL = "http://workbench.test"


@pytest.fixture
def enter(fake_api):
    """Opens a workbench, and closes it in the end."""
    opened = []

    def open_one(url=URL, **options):
        opened.append(Workbench(url, http=fake_api.transport(), progress="none", **options))
        return opened[-1]

    yield open_one
    for wb in opened:
        wb.close()


@pytest.fixture
def remembered(enter, fake_auth):
    """A workbench whose sign-in is remembered."""
    return enter(email=EMAIL, password=PASSWORD, remember=True)


def mode(path):
    return path.stat().st_mode & 0o777


def renew(wb, fake_auth):
    """Have the tokens of a workbench renewed; gives the new access token."""
    fake_auth.expire()
    _ = wb.sessions
    return wb._link.http.credentials.token()


def test_nothing_is_kept_unless_asked(enter, fake_auth, nobody, csv_file):
    wb = enter(email=EMAIL, password=PASSWORD)
    renew(wb, fake_auth)
    wb.open(csv_file)
    wb.close()
    with pytest.raises(SignInFailed):
        enter()
    assert sign_out(URL) is None
    assert list(nobody.parents[1].rglob("*")) == []


def test_what_is_kept(remembered, fake_auth, nobody):
    assert mode(nobody) == 0o700
    assert {path.name: mode(path) for path in nobody.iterdir()} == {
        "logins.json": 0o600,
        "logins.lock": 0o600,
    }
    kept = json.loads((nobody / "logins.json").read_text())
    login = {"project": URL, "key": KEY, "user_id": f"id of {EMAIL}", "email": EMAIL}
    login["refresh_token"] = next(iter(fake_auth.active.values()))
    assert kept == {"version": 1, "logins": {URL: login}}
    assert PASSWORD not in (nobody / "logins.json").read_text()


def test_the_next_program_needs_no_password(remembered, enter, fake_auth):
    wb = enter()
    assert wb.user == EMAIL
    assert fake_auth.grants == ["password", "refresh_token"]
    assert enter(URL + "/", email=EMAIL.upper()).user == EMAIL


def test_all_spellings_of_an_address_are_one(remembered, enter):
    assert enter("HTTP://Workbench.test:80/").user == EMAIL


def test_the_environment_counts_more_than_what_is_remembered(remembered, enter, fake_auth, monkeypatch):
    fake_auth.users["ben@example.com"] = "ben's"
    monkeypatch.setenv("WORKBENCH_EMAIL", "ben@example.com")
    with pytest.raises(SignInFailed, match=r"no password for 'ben@example.com'; .* is 'ana@example.com'"):
        enter()
    monkeypatch.setenv("WORKBENCH_PASSWORD", "ben's")
    assert enter().user == "ben@example.com"


def test_another_workbench_does_not_get_the_login(remembered, enter, fake_auth, monkeypatch):
    with pytest.raises(SignInFailed, match="Nobody is signed in"):
        enter("http://elsewhere.test")
    elsewhere = {"kind": "supabase", "url": "http://elsewhere.test", "key": KEY}
    monkeypatch.setattr(fake_auth, "facts", lambda host: elsewhere)
    with pytest.raises(SignInFailed, match=r"Nobody is signed in to http://elsewhere\.test"):
        enter()
    assert fake_auth.grants == ["password"]


def test_programs_that_share_a_login_take_turns(remembered, enter, fake_auth):
    others = [enter(), enter()]
    for _ in range(5):
        for wb in (remembered, *others):
            renew(wb, fake_auth)
    assert fake_auth.grants == ["password", *["refresh_token"] * 17]


def test_a_remembered_token_is_used_by_one_program_at_a_time(remembered, enter, fake_auth):
    other, inside, release = enter(), [], threading.Event()

    def hold():
        inside.append(threading.current_thread())
        assert release.wait(20)

    fake_auth.inside = hold
    fake_auth.expire()
    threads = [threading.Thread(target=lambda wb=wb: wb.sessions) for wb in (remembered, other)]
    for thread in threads:
        thread.start()
    try:
        wait_until(
            lambda: len(inside) == 2 or (inside and any(map(waits_for_the_file, threads))),
            what="both threads",
        )
        assert len(inside) == 1
    finally:
        release.set()
        for thread in threads:
            thread.join()


def waits_for_the_file(thread):
    frame = sys._current_frames().get(thread.ident)
    while frame is not None and frame.f_code.co_name != "_lock":
        frame = frame.f_back
    return frame is not None


def test_threads_of_many_workbenches_share_a_login(remembered, enter, fake_auth):
    all_of_them = [remembered, *(enter() for _ in range(5))]
    fake_auth.expire()
    errors = []

    def read(wb):
        try:
            _ = wb.sessions
        except SignInFailed as error:
            errors.append(error)

    threads = [threading.Thread(target=read, args=(wb,)) for wb in all_of_them]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert fake_auth.grants.count("password") == 1


def test_processes_that_share_a_login(fake_api, fake_auth, nobody):
    script = """
import sys
from workbench import Workbench
wb = Workbench(sys.argv[1], progress="none")
for _ in range(12):
    wb._link.http.credentials.refused(wb._link.http.credentials.token())
    _ = wb.sessions
print(wb.user)
"""
    with served(fake_api) as url:
        Workbench(url, email=EMAIL, password=PASSWORD, remember=True).close()
        command = [sys.executable, "-c", script, url]
        running = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        said = [process.communicate(timeout=120) for process in running]
    assert said == [(f"{EMAIL}\n", "")] * 3
    assert fake_auth.grants == ["password", *["refresh_token"] * 39]
    assert len(fake_auth.active) == 1


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_refused(remembered, enter, fake_auth, nobody, wide):
    (nobody / "logins.json").chmod(wide)
    with pytest.raises(SignInFailed, match="is not yours alone") as caught:
        enter()
    assert f"chmod 600 '{nobody / 'logins.json'}'" in caught.value.hint
    with pytest.raises(SignInFailed, match="is not yours alone"):
        enter(email=EMAIL, password=PASSWORD, remember=True)
    assert enter(email=EMAIL, password=PASSWORD).user == EMAIL


@pytest.mark.parametrize("text", ["", "{", "[]", '{"logins": 1}', f'{{"logins": {{"{URL}": {{}}}}}}', "\xff"])
def test_a_file_that_cannot_be_read_is_said(remembered, enter, fake_auth, nobody, text):
    (nobody / "logins.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SignInFailed, match="cannot be read") as caught:
        enter()
    assert "Delete it" in caught.value.hint


def test_a_folder_that_others_can_read_is_closed(enter, fake_auth, nobody):
    nobody.mkdir(parents=True)
    nobody.chmod(0o755)
    enter(email=EMAIL, password=PASSWORD, remember=True)
    assert mode(nobody) == 0o700


def test_a_folder_that_cannot_be_made(enter, fake_auth, nobody):
    nobody.parent.write_text("a file")
    with pytest.raises(SignInFailed, match="Logins cannot be remembered in"):
        enter(email=EMAIL, password=PASSWORD, remember=True)


def test_a_successor_that_cannot_be_written(remembered, fake_auth, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Logins, "write", full)
    renew(remembered, fake_auth)
    assert "could not be written" in caplog.text
    assert not any(secret in caplog.text for secret in fake_auth.secrets)
    monkeypatch.undo()
    renew(remembered, fake_auth)  # what is written there still gives its successor
    assert fake_auth.grants.count("password") == 1


def test_a_login_that_was_forgotten_meanwhile_is_not_written_again(remembered, enter, fake_auth, nobody):
    Logins(nobody).forget(URL)
    assert renew(remembered, fake_auth)
    assert Logins(nobody).find(URL) is None


def test_another_user_s_login_is_left_alone(remembered, enter, fake_auth, nobody):
    fake_auth.users["ben@example.com"] = "ben's"
    enter(email="ben@example.com", password="ben's", remember=True)
    renew(remembered, fake_auth)
    assert remembered.user == EMAIL
    assert Logins(nobody).find(URL).email == "ben@example.com"


def test_a_login_to_another_project_is_left_alone(remembered, fake_auth, nobody):
    logins = Logins(nobody)
    other = logins.find(URL).model_copy(update={"project": "http://other.test"})
    logins.keep(URL, other)
    renew(remembered, fake_auth)
    renew(remembered, fake_auth)
    assert logins.find(URL) == other


def test_logins_of_several_workbenches(remembered, enter, fake_auth, nobody):
    fake_auth.users["ben@example.com"] = "ben's"
    enter("http://elsewhere.test", email="ben@example.com", password="ben's", remember=True)
    assert enter().user == EMAIL
    assert enter("http://elsewhere.test").user == "ben@example.com"
    assert Logins(nobody).forget(URL)
    assert enter("http://elsewhere.test").user == "ben@example.com"


def test_signing_out_ends_and_forgets(remembered, enter, fake_api, fake_auth):
    assert sign_out(URL, http=fake_api.transport()) == EMAIL
    [(scope, token)] = fake_auth.signed_out
    assert scope == "local"
    assert token in fake_auth.ends
    with pytest.raises(SignInFailed, match="Nobody is signed in"):
        enter()
    assert sign_out(URL, http=fake_api.transport()) is None


def test_signing_out_forgets_where_the_project_is_away(remembered, fake_api, fake_auth, nobody):
    fake_auth.troubles = ["down"] * 3
    with pytest.raises(StoreUnavailable):
        sign_out(URL, http=fake_api.transport())
    assert Logins(nobody).find(URL) is None


def test_signing_out_of_what_has_ended(remembered, fake_api, fake_auth, nobody):
    fake_auth.active.clear()
    assert sign_out(URL, http=fake_api.transport()) == EMAIL
    assert Logins(nobody).find(URL) is None


def test_a_remembered_login_that_has_ended(remembered, enter, fake_auth):
    fake_auth.active.clear()
    with pytest.raises(SignInFailed, match="The sign-in has ended") as caught:
        enter()
    assert "workbench login" in caught.value.hint


def test_a_login_outlives_the_workbench_s_address(fake_api, fake_auth, nobody):
    """A stack of this machine has another port after each start; its data folder is what stays."""
    options = {"place": "/data", "http": fake_api.transport()}
    sign_in(Project(URL, KEY), Who.of(email=EMAIL, password=PASSWORD, remember=True), **options).close()
    signed = sign_in(Project(URL, KEY), Who(), **options)
    assert signed.user == EMAIL
    signed.close()
