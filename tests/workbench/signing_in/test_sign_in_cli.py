"""``workbench login`` and ``workbench logout``."""

from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from tests.support.fake_auth import EMAIL, PASSWORD
from workbench.cli import app
from workbench.client import Workbench
from workbench.errors import SignInFailed
from workbench.local import settings_for, start_in_background, stop_running
from workbench.signing_in.logins import Logins


@pytest.fixture
def cli(nobody, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(tmp_path / "data"))
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return lambda *arguments, given=None: CliRunner().invoke(app, arguments, given, environment)


@pytest.mark.parametrize("command", ["login", "logout"])
def test_it_explains_itself_with_an_example_and_in_the_docs(cli, command):
    answer = cli(command, "--help")
    assert answer.exit_code == 0
    assert "Example" in answer.output
    assert f"workbench {command}" in answer.output
    page = Path(__file__).parents[3] / "docs" / "signing-in.md"
    assert f"workbench {command}" in page.read_text()


def test_login_and_logout(cli, fake_url, fake_auth, nobody):
    answer = cli("login", fake_url, "--email", EMAIL, given=f"{PASSWORD}\n")
    assert answer.exit_code == 0
    assert answer.stdout.strip() == (
        f"Signed in to {fake_url} as {EMAIL}.\n"
        f"Remembered in {nobody / 'logins.json'}, until `workbench logout`."
    )
    assert PASSWORD not in answer.output
    with Workbench(fake_url) as wb:
        assert wb.user == EMAIL
    answer = cli("logout", fake_url)
    assert (answer.exit_code, answer.output) == (0, f"Forgot the login of {EMAIL}.\n")
    assert len(fake_auth.signed_out) == 1
    with pytest.raises(SignInFailed):
        Workbench(fake_url)
    answer = cli("logout", fake_url)
    assert (answer.exit_code, answer.output) == (0, f"No login is remembered for {fake_url}.\n")


def test_the_email_is_asked_for_too(cli, fake_url, fake_auth):
    answer = cli("login", fake_url, given=f"{EMAIL}\n{PASSWORD}\n")
    assert answer.exit_code == 0
    assert f"as {EMAIL}" in answer.stdout


def test_a_password_from_standard_input(cli, fake_url, fake_auth, monkeypatch):
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    answer = cli("login", fake_url, "--password-stdin", given=f"{PASSWORD}\n")
    assert answer.exit_code == 0
    assert "Password" not in answer.output


@pytest.mark.parametrize(
    ("arguments", "said"), [((), "--email"), (("--email", EMAIL), "the password is empty")]
)
def test_wrong_usage(cli, fake_url, fake_auth, arguments, said):
    answer = cli("login", fake_url, "--password-stdin", *arguments, given="\n")
    assert answer.exit_code == 2
    assert said in answer.stderr


def test_a_wrong_password(cli, fake_url, fake_auth, nobody):
    answer = cli("login", fake_url, "--email", EMAIL, given="wrong\n")
    assert answer.exit_code == 1
    assert "Invalid login credentials. [sign_in_failed]" in answer.stderr
    assert not nobody.exists()


def test_where_there_are_no_users(cli, fake_url, nobody):
    answer = cli("login", fake_url, "--email", EMAIL, "--password-stdin", given="x\n")
    assert answer.exit_code == 1
    assert f"The workbench at {fake_url} has no users" in answer.stderr
    answer = cli("login", "--email", EMAIL, "--password-stdin", given="x\n")
    assert answer.exit_code == 1
    assert "has no users" in answer.stderr


def test_nothing_answers(cli, nobody):
    answer = cli("login", "http://127.0.0.1:9", "--email", EMAIL, "--password-stdin", given="x\n")
    assert answer.exit_code == 1
    assert "Nothing answers at http://127.0.0.1:9" in answer.stderr


def test_this_machine_s_workbench_by_its_settings(cli, fake_url, fake_auth, monkeypatch, nobody, tmp_path):
    monkeypatch.setenv("SUPABASE_URL", fake_url)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_fake")
    answer = cli("login", "--email", EMAIL, given=f"{PASSWORD}\n")
    assert answer.exit_code == 0, answer.output
    assert Logins(nobody).find(str(tmp_path / "data")).email == EMAIL
    assert "Forgot the login" in cli("logout").output
    assert not (tmp_path / "data").exists()


def test_the_project_is_away_when_logging_out(cli, fake_url, fake_auth, nobody):
    cli("login", fake_url, "--email", EMAIL, given=f"{PASSWORD}\n")
    fake_auth.troubles = [(503, {})] * 3
    answer = cli("logout", fake_url)
    assert answer.exit_code == 1
    assert "cannot be asked" in answer.stderr
    assert Logins(nobody).find(fake_url) is None


def test_a_stack_in_the_background_does_not_know_the_password(cli, monkeypatch, nobody):
    monkeypatch.setenv("WORKBENCH_EMAIL", EMAIL)
    monkeypatch.setenv("WORKBENCH_PASSWORD", PASSWORD)
    runtime = start_in_background()
    try:
        for process in (runtime.pid, runtime.parts["api"].pid, runtime.parts["worker"].pid):
            known = psutil.Process(process).environ()
            assert "WORKBENCH_DATA_DIR" in known
            assert not {"WORKBENCH_EMAIL", "WORKBENCH_PASSWORD"} & known.keys()
    finally:
        stop_running(settings_for())
