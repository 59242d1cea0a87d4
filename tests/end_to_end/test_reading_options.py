"""How a file is read, said in the notebook; and the report of it, read there."""

import pandas as pd
import pytest

from workbench import IngestOptions, Workbench
from workbench.errors import InvalidParameter, UnknownColumn, ValueUnreadable

SALES = "region;zip;people;day\nnorth;501;1.234;03/04/2024\nsouth;10001;-;05/06/2024\n"


@pytest.fixture
def wb(stack):
    with Workbench(data_dir=stack.data_dir, progress="none") as made:
        yield made


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(SALES.encode("utf-16"))
    return path


def test_what_is_said_of_a_file_decides(wb, sales, tmp_path, monkeypatch):
    session = wb.open(sales, thousands=".", dtype={"zip": "str"}, na_values="-", dayfirst=True)
    frame = session.df
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "region": "str",
        "zip": "str",
        "people": "Int64",
        "day": "datetime64[us]",
    }
    assert frame["people"].iloc[0] == 1234
    assert frame["day"].iloc[0] == pd.Timestamp(2024, 4, 3)
    monkeypatch.chdir(tmp_path)  # the code reads the file by its name
    scope = {}
    exec(session.code(), scope)
    pd.testing.assert_frame_equal(scope["df"], frame)


def test_the_report_says_what_was_decided(wb, sales):
    session = wb.open(sales)
    session.add(sales, "again", options=IngestOptions(dtype="str"))
    report = session.sources["sales"].ingest_report
    assert report.names() == ["region", "zip", "people", "day"]
    assert report["zip"]["dtype"] == "int64"
    assert "may have the day or the month first" in report["day"]["why"]
    assert "day_first" in report.warnings[0]
    text = repr(report)
    assert text.startswith("sales.csv: csv · 2 rows × 4 columns · utf-16")
    assert "separated by semicolon" in text
    assert "501, 10001" in text
    assert "note: Column 'day'" in text
    html = report._repr_html_()
    assert html.count("<tr>") == 5
    assert "⚠ Column" in html
    assert "<script" not in html
    again = session.sources["again"].ingest_report
    assert {column["why"] for column in again} == {"the type was given"}
    assert "⚠" not in again._repr_html_()


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"dtype": {"people": "int64"}}, ValueUnreadable, "Column 'people' cannot be read as int64"),
        ({"dtype": {"zap": "str"}}, UnknownColumn, "Did you mean 'zip'"),
        ({"sheet_name": 0}, InvalidParameter, "'sheet' does not apply"),
        ({"encoding": "klingon"}, InvalidParameter, "klingon"),
    ],
)
def test_what_the_file_does_not_allow_is_said_and_leaves_no_session(wb, sales, keywords, error, message):
    before = wb.sessions.names()
    with pytest.raises(error, match=message):
        wb.open(sales, name="refused", **keywords)
    assert wb.sessions.names() == before
