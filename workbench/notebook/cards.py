"""The progress of a task and its result as text and as HTML: pure functions of a status."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from workbench.models import TaskState
from workbench.notebook.html import AMBER, BLUE, GREEN, RED, card, clip, code_block, counted, faint, one_line
from workbench.notebook.table import table_html, table_text
from workbench.status import Result, TaskStatus

__all__ = [
    "fits_card",
    "percent_line",
    "preview_html",
    "preview_text",
    "render_html",
    "render_text",
    "result_html",
    "result_text",
    "short_title",
]

# Bytes, after escaping: with its markup a card stays under 2 kB, but for the small table of an answer.
_TITLE, _SENTENCE, _ASSUMED, _WARNING, _CODE = 160, 280, 150, 130, 370
_CARD_COLUMNS = 6  # of an answer's table, to stand in its card
_NOT_TAKEN = frozenset({"uploading", "held"})  # stages before the API has the task
_SLOW_SECONDS = 2.0


def render_text(status: TaskStatus) -> str:
    """Say a status on one line; of an error, also what to do.

    Example:
        >>> render_text(TaskStatus("sort by age"))
        'sort by age: waiting'
    """
    title = short_title(status.title)
    if status.result is not None:
        return f"{title}: {result_line(status.result)}"
    if status.error is not None:
        return f"{title}: {_failed(status)}: {one_line(str(status.error))}"
    return f"{title}: {percent_line(status)}"


def render_html(status: TaskStatus) -> str:
    """Draw a status as a card of less than 2 kB, without scripts; an answer's small table comes on top."""
    title = faint(clip(one_line(status.title), _TITLE))
    if status.result is not None:
        table = preview_html(status.result.preview or {}) if fits_card(status.result) else ""
        return card(title + _result_body(status.result) + table, GREEN)
    if status.error is not None:
        colour = AMBER if status.state is TaskState.REVOKED else RED
        return card(title + _error_body(status), colour)
    bar = (
        f'<progress value="{status.progress}" max="100" style="width:220px;vertical-align:middle"></progress>'
    )
    line = faint(clip(percent_line(status), _SENTENCE))
    return card(f"{title}<div>{bar}</div>{line}", AMBER if status.reconnecting else BLUE)


def percent_line(status: TaskStatus) -> str:
    """Say how far a task is, without its title.

    Example:
        >>> percent_line(TaskStatus("x", TaskState.PROGRESS, 50, "Writing", seconds=3.2))
        '50 % · Writing · 3 s'
    """
    if status.reconnecting:
        return "reconnecting to the workbench …"
    if status.state is TaskState.PENDING:
        parts = [status.message if status.stage in _NOT_TAKEN else "waiting"]
    else:
        parts = [f"{status.progress} %", one_line(status.message) or "running"]
    if status.seconds >= _SLOW_SECONDS and not _stable():
        parts.append(f"{status.seconds:.0f} s")
    return " · ".join(parts)


def result_line(result: Result) -> str:
    """Say a result on one line: the sentence, the rows, the columns."""
    parts = [one_line(result.sentence), *_effects(result), *_assumed(result)]
    return " · ".join([*parts, *(f"note: {one_line(text)}" for text in result.warnings)])


def result_text(result: Result) -> str:
    """Write a result as lines: the sentence, its effect, warnings, a preview, the code."""
    lines = [result.sentence, "  " + " · ".join(_effects(result))]
    lines += [f"  {text}" for text in _assumed(result)]
    lines += [f"  note: {text}" for text in result.warnings]
    if result.preview is not None:
        lines += ["", preview_text(result.preview)]
    if result.code:
        lines += ["", *(f"  {line}" for line in result.code.splitlines())]
    return "\n".join(line for line in lines if line != "  ")


def result_html(result: Result) -> str:
    """Draw a result as a card; a dry run shows its preview."""
    table = "" if result.preview is None else preview_html(result.preview)
    return card(_result_body(result) + table, BLUE if result.dry_run else GREEN)


def fits_card(result: Result) -> bool:
    """Whether the card of its task shows the table of a result: that of an answer that is not wide."""
    if not result.asks or result.dry_run or result.preview is None:
        return False
    return len(result.preview["columns"]) <= _CARD_COLUMNS


def preview_html(preview: Mapping[str, Any]) -> str:
    """Draw the first rows of what would come out."""
    return table_html(preview["columns"], preview["rows"], total=preview.get("total"))


def preview_text(preview: Mapping[str, Any]) -> str:
    """Write the first rows of what would come out."""
    return table_text(preview["columns"], preview["rows"], total=preview.get("total"))


def _result_body(result: Result) -> str:
    effects = " · ".join(_effects(result))
    more = len(result.warnings) - 2
    warnings = [f"⚠ {clip(one_line(text), _WARNING)}" for text in result.warnings[:2]]
    warnings += [f"⚠ {more} more"] if more > 0 else []
    return "".join(
        [
            f"<div><b>{clip(one_line(result.sentence), _SENTENCE)}</b></div>",
            faint(clip(effects, _SENTENCE)) if effects else "",
            *(faint(clip(text, _ASSUMED)) for text in _assumed(result)),
            *(f'<div style="color:{AMBER}">{text}</div>' for text in warnings),
            code_block(result.code, "pandas", _CODE),
        ]
    )


def _error_body(status: TaskStatus) -> str:
    error = status.error
    assert error is not None  # noqa: S101 - for the type checker; the caller has looked
    hint = faint(clip(one_line(error.hint), _SENTENCE)) if error.hint else ""
    return (
        f"<div><b>{_failed(status).capitalize()}</b>: {clip(one_line(error.message), _SENTENCE)}</div>{hint}"
    )


def _failed(status: TaskStatus) -> str:
    return "cancelled" if status.state is TaskState.REVOKED else "failed"


def _effects(result: Result) -> list[str]:
    """The effect in parts: rows, then columns; of an answer, that there is none."""
    if result.asks and not result.dry_run:
        return ["beside the line: the table stays as it is"] if result.node_id is not None else []
    parts = []
    before, after = result.rows_before, result.rows_after
    if before is not None and after is not None and before != after:
        parts.append(f"{before:,} → {after:,} rows")
    elif after is not None:
        parts.append(counted(after, "row"))
    for word, names in (
        ("changed", result.columns_changed),
        ("added", result.columns_added),
        ("removed", result.columns_removed),
    ):
        if names:
            parts.append(f"{word}: {_names(names)}")
    if result.dry_run:
        sampled = " on the first rows" if result.facts.get("sampled") else ""
        parts.append(f"nothing was changed (dry run{sampled})")
    return parts


def _assumed(result: Result) -> list[str]:
    """What was taken for granted, on one line; the rest of the explanation is there to be asked for."""
    assumed = () if result.explanation is None else result.explanation.assumed
    return [f"assumed: {one_line('; '.join(assumed))}"] if assumed else []


def _names(names: tuple[str, ...], most: int = 5) -> str:
    shown = ", ".join(short_title(name, 40) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def short_title(text: str, limit: int = 80) -> str:
    r"""Write a text on one line, and cut it.

    Example:
        >>> short_title("sort by\nage"), short_title("sort by age", 8)
        ('sort by age', 'sort by…')
    """
    text = one_line(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _stable() -> bool:
    """Whether times are left out, so that executed notebooks come out the same."""
    return bool(os.environ.get("WORKBENCH_STABLE_OUTPUT"))
