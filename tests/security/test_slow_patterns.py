"""A regular expression that never comes to an end is ended, and says so; the work goes on after it."""

from __future__ import annotations

import signal
import threading

import pandas as pd
import pytest

from workbench.errors import PatternTooSlow
from workbench.transformations import Extract, Plan
from workers.apply import apply, patterns
from workers.engine import run

# Each looks for what is not there in every one of the ways to split its repeats.
SLOW = {
    "nested-repeats": ("(?:a+)+$", "a" * 60 + "!"),
    "alternatives-that-overlap": ("(?:a|aa)+$", "a" * 80 + "!"),
    "repeats-in-a-row": (r"^(?:.*?,){20}P", ",".join(map(str, range(200)))),
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_SECONDS", 0.2)


@pytest.mark.parametrize(("pattern", "value"), SLOW.values(), ids=SLOW.keys())
def test_a_slow_pattern_is_ended(pattern: str, value: str) -> None:
    frame = pd.DataFrame({"notes": [value, None]})
    step = Extract(column="notes", pattern=pattern, into="found")

    with pytest.raises(PatternTooSlow) as raised:
        run(Plan(steps=(step,)), frame)

    assert raised.value.code == "pattern_too_slow"
    assert pattern in raised.value.message
    assert raised.value.details == {"column": "notes", "step": 1}
    assert raised.value.hint


def test_nothing_of_the_limit_is_left_behind() -> None:
    handler = signal.getsignal(signal.SIGVTALRM)
    frame = pd.DataFrame({"notes": ["a1", "b"]})

    found = apply(Extract(column="notes", pattern="[0-9]", into="digit"), frame)

    assert found["digit"].to_list()[0] == "1"
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) is handler


def test_beside_the_main_thread_a_pattern_is_looked_for_without_a_limit() -> None:
    made: list[pd.DataFrame] = []
    step = Extract(column="notes", pattern="[0-9]", into="digit")
    thread = threading.Thread(target=lambda: made.append(apply(step, pd.DataFrame({"notes": ["a1"]}))))

    thread.start()
    thread.join()

    assert made[0]["digit"].to_list() == ["1"]
