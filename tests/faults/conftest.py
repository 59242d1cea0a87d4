"""A stack whose parts can be made to fail at named points."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.failing import QUICK, Faults, Work
from tests.support.stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    return Faults(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def stack(faults: Faults) -> Iterator[RunningStack]:
    """A stack that is to fail, and to go on."""
    with running_stack(WORKBENCH_FAULTS=str(faults.folder), **QUICK) as stack:
        yield stack


@pytest.fixture
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    with stack.http() as client:
        yield client


@pytest.fixture
def work(stack: RunningStack, http: httpx.Client, faults: Faults) -> Iterator[Work]:
    yield Work(stack, http)
    assert faults.left() == []
