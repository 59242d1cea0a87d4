"""One stack for all that is tried on it; what one test does to it must not show in another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stack import RunningStack, running_stack
from workbench import Workbench


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    # The sweep must not be what helps: it sends again what a worker that died did not come to.
    with running_stack(WORKBENCH_RESEND_SECONDS="600", WORKBENCH_WORKERS="1") as stack:
        yield stack


@pytest.fixture(scope="session")
def wb(stack: RunningStack) -> Iterator[Workbench]:
    with Workbench(stack.url, token=stack.token, progress="none") as workbench:
        yield workbench
