"""What the user says of a file: types for all columns, thousands, and what does not apply to a format."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.files import column, read, write
from workbench.errors import InvalidParameter, ValueUnreadable
from workers.frames.ingest import IngestOptions, ingest


def test_one_type_for_all_columns(tmp_path):
    path = write(tmp_path, "all.csv", "zip,n,d\n501,1,2024-01-01\n10001,,x\n")
    found = read(path, dtype="str", dtypes={"n": "int64"})

    assert [str(dtype) for dtype in found.frame.dtypes] == ["str", "Int64", "str"]
    assert column(found, "zip")["why"] == "the type was given"


def test_marks_between_thousands_are_left_out_where_they_are_said(tmp_path):
    text = '"people";sum;code;nulls\n1.234;-1.234.567,25;1.5;1.000\n12;0,5;2.5;NA\n1.000;1;x;\n'
    found = read(write(tmp_path, "german.csv", text), thousands=".")

    assert found.frame["people"].tolist() == [1234, 12, 1000]
    assert found.frame["sum"].tolist() == [-1234567.25, 0.5, 1.0]
    assert found.frame["code"].tolist() == ["1.5", "2.5", "x"]
    assert found.frame["nulls"].astype("object").tolist() == [1000, pd.NA, pd.NA]
    assert "with '.' between thousands" in column(found, "people")["why"]
    assert found.report["decimal"] == ","


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1,234", "5"], "int64"),
        (["12,34,567", "1"], "int64"),
        ([" 1,234 ", "5"], "int64"),
        (["1,234.50", ".5"], "float64"),
        (["1,23", "5"], "str"),  # a mark that stands elsewhere
        (["1,234", "x"], "str"),
        (["0,123", "1"], "str"),  # a leading zero
        (["1,234,567,890,123,456,789", "1"], "str"),  # more digits than a number holds
        (["12", "5"], "int64"),
    ],
)
def test_which_marks_are_those_of_thousands(tmp_path, values, dtype):
    text = "".join(f'"{value}"\n' for value in ["n", *values])
    found = read(write(tmp_path, "marks.csv", text), thousands=",")

    assert str(found.frame["n"].dtype) == dtype


def test_thousands_of_columns_whose_type_is_given(tmp_path):
    path = write(tmp_path, "given.csv", "n;f;t\n 1.234;1.234,5;1.234\n2;;x\n")
    found = read(path, thousands=".", dtypes={"n": "int64", "f": "float64", "t": "str"})

    assert found.frame["n"].tolist() == [1234, 2]
    assert found.frame["f"].tolist()[0] == 1234.5
    assert found.frame["t"].tolist() == ["1.234", "x"]
    with pytest.raises(ValueUnreadable):
        ingest(path, path.name, options=IngestOptions(thousands=".", dtypes={"t": "int64"}))


@pytest.mark.parametrize(
    ("name", "content", "options", "idle"),
    [
        ("a.csv", b"a\n1\n", {"sheet": "one"}, "'sheet'"),
        ("a.jsonl", b'{"a": 1}\n', {"dtypes": {"a": "str"}, "encoding": "utf-8"}, "'dtypes'"),
        ("a.json", b'[{"a": 1}]', {"delimiter": ";", "header": False}, "'delimiter', 'header'"),
    ],
)
def test_an_option_that_does_not_apply_is_refused(tmp_path, name, content, options, idle):
    path = write(tmp_path, name, content)
    with pytest.raises(InvalidParameter, match=f"to which {idle} do") as caught:
        ingest(path, name, options=IngestOptions(**options))
    assert caught.value.hint.startswith("It takes ")


def test_files_with_types_of_their_own_take_no_options(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InvalidParameter, match="to which 'dtype' does not apply"):
        ingest(tmp_path / "a.parquet", "a.parquet", options=IngestOptions(dtype="str"))
