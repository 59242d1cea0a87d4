"""``workbench push`` and ``pull``: what they do, say, and refuse."""

import uuid
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from tests.contract.store.support import ANA, new_task
from tests.support.sessions_to_move import open_session, trail, work, worked_session
from workbench.cli import app, moving
from workbench.signing_in.auth_server import Project
from workbench.signing_in.entering import Who, sign_in
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.embedded import EmbeddedStore
from workbench.store.moving import copy_session
from workbench.store.protocol import Owner

PASSWORD = "a long enough password"


@pytest.fixture
def project(supabase_lite, monkeypatch, nobody):
    """The Supabase project of the settings; nobody is signed in."""
    supabase_lite.reset()
    for name, value in supabase_lite.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WORKBENCH_ACCESS_TOKEN", raising=False)
    return supabase_lite


@pytest.fixture
def user(project):
    """Somebody with an account there: email and id."""
    email = f"ana-{uuid.uuid4()}@example.com"
    user_id, _token = project.sign_up(email, PASSWORD)
    return email, user_id


@pytest.fixture
def token(project, user):
    return project.token(user[1])


@pytest.fixture
def account(project, user, token):
    """The user's sessions there."""
    with closing(open_store(project.settings())) as store:
        yield store.as_owner(Owner(user[1], SecretStr(token)))


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """Runs a command on the data folder of the test."""
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(tmp_path / "data"))
    return lambda *words, **more: CliRunner().invoke(
        app, words, env={"COLUMNS": "200", "NO_COLOR": "1"}, **more
    )


@pytest.fixture
def drafts(tmp_path):
    """A store in which tests work as Ana."""
    store = EmbeddedStore(tmp_path / "drafts" / "workbench.sqlite3", tmp_path / "drafts" / "blobs")
    with closing(store):
        yield store


def opened(folder):
    return closing(EmbeddedStore(folder / "workbench.sqlite3", folder / "blobs"))


@pytest.fixture
def put(drafts, tmp_path):
    """Brings a session of the drafts into the data folder."""

    def put(session):
        with opened(tmp_path / "data") as store:
            here = store.as_owner(LOCAL_OWNER)
            return copy_session(drafts.as_owner(ANA), here, session.id, owner=LOCAL_OWNER.id).session

    return put


@pytest.mark.parametrize("command", ["push", "pull"])
def test_the_commands_explain_themselves(cli, command):
    answer = cli(command, "--help")
    assert answer.exit_code == 0
    assert "Example" in answer.output
    page = (Path(__file__).parents[2] / "docs" / "moving.md").read_text()
    assert f"workbench {command} " in page


def test_there_and_back(cli, drafts, put, tmp_path, token, account):
    session = put(worked_session(drafts))
    pushed = cli("push", "flights", "--to", "supabase", "--token", token)
    assert pushed.exit_code == 0, pushed.output
    places = f"from {tmp_path / 'data'} to Supabase"
    said = f"Copied 'flights' ({session.id}) {places}: 6 nodes and 6 blocks (400.0 kB).\n"
    assert pushed.stdout == said
    assert account.session(session.id).head == session.head
    pulled = cli("pull", session.id, "--from", "supabase", "--token", token, "--data-dir", tmp_path / "other")
    assert pulled.exit_code == 0, pulled.output
    with opened(tmp_path / "data") as store, opened(tmp_path / "other") as other:
        here, there = store.as_owner(LOCAL_OWNER), other.as_owner(LOCAL_OWNER)
        assert there.session(session.id) == session
        assert there.nodes(session.id).items == here.nodes(session.id).items
        assert trail(there, session.id) == trail(here, session.id)


def test_what_is_there_already_is_said(cli, drafts, put, token):
    draft = open_session(drafts)
    session = put(draft)
    cli("push", session.id, "--token", token)
    answer = cli("push", session.id, "--token", token)
    assert answer.stdout == f"'flights' ({session.id}) is on Supabase already: 1 node and 1 block, checked.\n"
    work(drafts, draft, "more")
    put(draft)
    answer = cli("push", session.id, "--token", token)
    assert "1 node and 1 block (4 bytes); 1 node and 1 block were there." in answer.stdout


def test_a_head_that_stays_and_commands_that_run_are_said(cli, drafts, put, tmp_path, token, account, user):
    draft = open_session(drafts)
    session = put(draft)
    cli("push", session.id, "--token", token)
    elsewhere = tmp_path / "elsewhere"
    with opened(elsewhere) as store:
        copy_session(drafts.as_owner(ANA), store.as_owner(ANA), session.id, owner=ANA.id)
        work(store, draft, "made there")
        copy_session(store.as_owner(ANA), account, session.id, owner=user[1])
    work(drafts, draft, "made here")
    put(draft)
    with opened(tmp_path / "data") as store:
        store.as_owner(LOCAL_OWNER).submit_task(new_task(session.id))
    answer = cli("push", session.id, "--token", token)
    assert answer.exit_code == 0
    first, kept, running = answer.stdout.splitlines()
    assert "1 node and 1 block" in first
    assert kept.startswith(
        "The session went on by itself on Supabase, with 1 node of its own: its head stays where it is there."
    )
    assert "Run this again when they have ended" in running


def test_a_password_of_the_environment_signs_in(cli, drafts, put, user, account, monkeypatch):
    session = put(open_session(drafts))
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    answer = cli("push", "flights", "--email", user[0])
    assert answer.exit_code == 0, answer.output
    assert account.session(session.id).owner == user[1]


def test_a_remembered_login_signs_in(cli, drafts, put, user, account, project, tmp_path):
    session = put(open_session(drafts))
    where = Project(project.url, project.publishable_key)
    who = Who.of(email=user[0], password=PASSWORD, remember=True)
    sign_in(where, who, place=str(tmp_path / "data")).close()
    answer = cli("push", "flights")
    assert answer.exit_code == 0, answer.output
    assert account.session(session.id).owner == user[1]


def test_without_a_login_nothing_is_copied(cli, drafts, put, project):
    put(open_session(drafts))
    answer = cli("push", "flights")
    assert answer.exit_code == 1
    assert "Nobody is signed in" in answer.stderr
    assert "[sign_in_failed]" in answer.stderr


@pytest.mark.parametrize(
    ("given", "code"),
    [("no token", "unauthorized"), ("forged", "unauthorized"), ("expired", "token_expired")],
)
def test_a_token_that_does_not_fit_is_refused(cli, drafts, put, project, user, given, code):
    put(open_session(drafts))
    tokens = {"no token": "hello", "forged": project.token(user[1])[:-4] + "AAAA"}
    token = tokens.get(given) or project.token(user[1], exp=1)
    answer = cli("push", "flights", "--token", token)
    assert answer.exit_code == 1
    assert f"[{code}]" in answer.stderr
    assert token not in answer.output


def test_a_token_that_expires_on_the_way_is_renewed(
    cli, drafts, put, project, user, token, account, monkeypatch
):
    session = put(open_session(drafts))

    class Renewed:
        held = project.token(user[1], exp=1)

        def token(self):
            return self.held

        def refused(self, refused):
            assert refused == self.held
            self.held = token
            return True

        def close(self):
            pass

    monkeypatch.setattr(moving, "_credentials", lambda *_: Renewed())
    answer = cli("push", "flights")
    assert answer.exit_code == 0, answer.output
    assert account.session(session.id).owner == user[1]


def test_tokens_that_never_hold_end_it(cli, drafts, put, project, user, monkeypatch):
    put(open_session(drafts))

    class Expired:
        def token(self):
            return project.token(user[1], exp=1)

        def refused(self, refused):
            return True

        def close(self):
            pass

    monkeypatch.setattr(moving, "_credentials", lambda *_: Expired())
    answer = cli("push", "flights")
    assert answer.exit_code == 1
    assert "[token_expired]" in answer.stderr


def test_an_unknown_session_is_told_with_the_nearest(cli, drafts, put, token):
    put(open_session(drafts))
    for command in ("push", "pull"):
        answer = cli(command, "flihgts", "--token", token)
        assert answer.exit_code == 1
        assert "There is no session 'flihgts'. [session_not_found]" in answer.stderr
        assert ("Did you mean 'flights'?" in answer.stderr) == (command == "push")


def test_a_folder_without_data_stays_so(cli, token, tmp_path):
    for command in ("push", "pull"):
        answer = cli(command, "flights", "--token", token)
        assert answer.exit_code == 1
        assert "[session_not_found]" in answer.stderr
    assert not (tmp_path / "data").exists()


def test_without_a_project_it_says_what_to_set(cli, drafts, put, nobody):
    put(open_session(drafts))
    for command in ("push", "pull"):
        answer = cli(command, "flights", "--token", "token")
        assert answer.exit_code == 1
        assert "SUPABASE_URL is not set." in answer.stderr


def test_another_place_is_wrong_usage(cli):
    answer = cli("push", "flights", "--to", "elsewhere")
    assert answer.exit_code == 2
    assert "elsewhere" in answer.stderr


def test_an_interrupted_copy_says_how_to_go_on(cli, drafts, put, token, monkeypatch):
    put(open_session(drafts))

    def interrupted(*_words, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.store.moving.copy_session", interrupted)
    answer = cli("push", "flights", "--token", token)
    assert answer.exit_code == 130
    assert "run it again to go on" in answer.stderr
