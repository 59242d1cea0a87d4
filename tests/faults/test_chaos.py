"""Nothing is lost, nothing done twice while parts are killed; ``benchmarks/chaos.py`` does it for longer."""

from __future__ import annotations

import pytest

from benchmarks.chaos import run


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_done_twice() -> None:
    report = run(seconds=45, sessions=4, seed=7, lease_seconds=5)

    assert report.submitted > 0
    assert sum(report.disruptions.values()) > 3
    assert (report.succeeded, report.failed) == (report.submitted, 0)
    assert (report.lost, report.duplicated, report.wrong) == (0, 0, 0)
