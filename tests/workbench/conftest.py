"""Fixtures for tests of the client: a stand-in for the API, and a workbench that talks to it."""

import pytest

from tests.support.fake_api import TOKEN, FakeApi, Moment, served
from tests.support.fake_auth import FakeAuth
from workbench.client import Workbench


@pytest.fixture
def fake_api():
    return FakeApi()


@pytest.fixture
def fake_url(fake_api):
    with served(fake_api) as url:
        yield url


@pytest.fixture
def fake_auth(fake_api, nobody):
    """The API's users sign in at this stand-in for a Supabase project."""
    fake_api.auth = FakeAuth()
    return fake_api.auth


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """Nobody is signed in; gives the folder of settings, which is not there yet."""
    for name in ("WORKBENCH_EMAIL", "WORKBENCH_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "settings"))
    monkeypatch.chdir(home)
    return home / "settings" / "workbench"


@pytest.fixture
def moment():
    return Moment


@pytest.fixture
def wb(fake_api):
    with Workbench("http://workbench.test", TOKEN, http=fake_api.transport(), progress="none") as made:
        yield made


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("email,age\na@x.org,31\n,27\nc@x.org,40\n")
    return path


@pytest.fixture
def session(wb, csv_file):
    return wb.open(csv_file)
