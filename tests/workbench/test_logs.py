"""Logs: one form for all, without what belongs to the user."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from workbench.logs import configure_logging
from workbench.settings import Settings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_events_of_both_kinds_are_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"))
    structlog.get_logger("ours").info("sent", tasks=2)
    logging.getLogger("theirs").warning("half of %s", "it")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["tasks"], ours["level"], ours["logger"]) == ("sent", 2, "info", "ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("half of it", "warning", "theirs")


def test_configuring_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"))
    configure_logging(Settings(log_format="console"))
    structlog.get_logger("ours").warning("sent")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_is_less_severe_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_level="warning"))
    structlog.get_logger("ours").info("not this")
    structlog.get_logger("ours").error("but this")
    written = capsys.readouterr().err
    assert "not this" not in written
    assert "but this" in written


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_values_of_variables(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format=form))  # type: ignore[arg-type]
    salary = "very" + "-private"
    try:
        int(salary[:0] or "x")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "very-private" not in written
