"""A workbench of this machine whose store is a Supabase project: notebooks and the terminal sign in."""

import subprocess
import sys
from dataclasses import replace

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from tests.support.stack import running_stack
from workbench.cli import app
from workbench.client import Workbench
from workbench.errors import SignInFailed, TokenExpired

PASSWORD = "a long enough password"
EMAIL = "ana.signs.in@example.com"


@pytest.fixture(scope="module")
def stack(supabase_lite):
    with running_stack(**supabase_lite.environment()) as running:
        yield running


@pytest.fixture(scope="module")
def user(supabase_lite):
    """The user's id."""
    return supabase_lite.sign_up(EMAIL, PASSWORD)[0]


@pytest.fixture
def wb(stack, user, nobody):
    with Workbench(stack.url, email=EMAIL, password=PASSWORD, progress="none") as made:
        yield made


@pytest.fixture
def here(stack, user, nobody, monkeypatch):
    """The stack is this machine's; gives what runs a command."""
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(stack.data_dir))
    return lambda *arguments, given=None: CliRunner().invoke(app, arguments, given, {"NO_COLOR": "1"})


def test_a_command_by_a_user_who_signed_in(wb, csv_file):
    session = wb.open(csv_file)
    assert len(session.chat("remove rows where age is above 35").result().node) == 2
    assert wb.user == EMAIL


def test_a_token_that_the_api_says_has_expired_is_renewed(wb, user, supabase_lite):
    signed = wb._link.http.credentials
    expired = supabase_lite.token(user, exp=1_700_000_000)
    signed._held = replace(signed._held, grant=signed._held.grant._replace(access=SecretStr(expired)))
    _ = wb.sessions
    assert signed.token() != expired


def test_a_token_alone(stack, user, supabase_lite, nobody):
    with Workbench(stack.url, supabase_lite.token(user, email=EMAIL)) as wb:
        assert wb.user == EMAIL
    with pytest.raises(TokenExpired):
        Workbench(stack.url, supabase_lite.token(user, exp=1_700_000_000))


def test_this_machine_s_workbench_by_the_environment(here, monkeypatch):
    with pytest.raises(SignInFailed, match="Nobody is signed in"):
        Workbench()
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    with Workbench() as wb:
        assert wb.user == EMAIL


def test_this_machine_s_workbench_by_an_argument(here, user, supabase_lite):
    with Workbench(token=supabase_lite.token(user)) as wb:
        assert wb.user == user


def test_login_opens_this_machine_s_workbench_until_logout(here, nobody):
    answer = here("login", "--email", EMAIL, given=f"{PASSWORD}\n")
    assert answer.exit_code == 0, answer.output
    with Workbench() as wb:
        assert wb.user == EMAIL
        answer = here("logout")
        assert answer.exit_code == 0, answer.output
    with pytest.raises(SignInFailed):
        Workbench()


def test_a_file_in_the_terminal(here, csv_file, monkeypatch):
    command = [sys.executable, "-m", "workbench", "run", str(csv_file), "remove rows where email is null"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "[sign_in_failed]" in refused.stderr
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 → 2 rows" in done.stdout


def test_the_status_in_the_terminal(here):
    answer = here("status")
    assert answer.exit_code == 0, answer.output
    assert "is ready" in answer.output
