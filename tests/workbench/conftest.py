"""Fixtures for tests of the client: a stand-in for the API, and a workbench that talks to it."""

import pytest

from tests.support.fake_api import TOKEN, FakeApi, Moment, served
from workbench.client import Workbench


@pytest.fixture
def fake_api():
    return FakeApi()


@pytest.fixture
def fake_url(fake_api):
    with served(fake_api) as url:
        yield url


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
