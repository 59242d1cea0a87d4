"""The whole stack: broker, API and worker processes as a user runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.bad_input import UPLOAD_LIMIT
from tests.support.caller import Caller
from tests.support.nycflights import nycflights
from tests.support.stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """A stack that all tests share; a test that harms one takes one of its own."""
    with running_stack(WORKBENCH_MAX_UPLOAD_BYTES=str(UPLOAD_LIMIT)) as stack:
        yield stack


@pytest.fixture
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    with stack.http() as client:
        yield client


@pytest.fixture(scope="session")
def flights_csv(tmp_path_factory) -> bytes:
    """The first thousand flights, as a file that somebody might have."""
    return nycflights().head(1_000).to_csv(index=False).encode()


@pytest.fixture
def caller(http: httpx.Client) -> Caller:
    return Caller(http)


@pytest.fixture(scope="session")
def new_caller() -> Callable[[httpx.Client], Caller]:
    return Caller
