"""Excel, Parquet, Arrow: formats that bring types of their own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from tests.support.files import column, dtypes, read
from workbench.errors import FileColumnNames, FileUnreadable
from workbench.samples import sample_path
from workers.frames.ingest import ingest

# Excel


def workbook(folder, rows, *, name="book.xlsx", sheets=("Data",), edit=lambda sheet: None):
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for other in sheets[1:]:
        book.create_sheet(other).append([other])
    edit(book.active)
    book.save(folder / name)
    book.close()
    return folder / name


def test_the_types_of_cells(tmp_path):
    rows = [
        ["n", "m", "f", "t", "b", "c", "d", "s", "zip"],
        [1, 5, 1.5, "x", True, False, dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5), "00501"],
        [2, None, 2, None, False, None, None, dt.datetime(2024, 1, 3), "10001"],
    ]
    found = read(workbook(tmp_path, rows))

    assert dtypes(found) == {
        "n": "int64",
        "m": "Int64",
        "f": "float64",
        "t": "str",
        "b": "bool",
        "c": "boolean",
        "d": "datetime64[us]",
        "s": "datetime64[us]",
        "zip": "str",
    }
    assert found.frame["zip"].tolist() == ["00501", "10001"]
    assert found.frame["s"][0] == pd.Timestamp(2024, 1, 2, 3, 4, 5)


def test_empty_rows_and_columns_around_the_table_are_left_out(tmp_path):
    rows = [[], [], [None, None, "a", None, "b"], [None, None, 1, None, "x"], [], [None, None, 2, None, None]]
    found = read(workbook(tmp_path, [*rows, [], []]))

    assert list(found.frame.columns) == ["a", "b"]
    assert found.frame["a"].tolist() == [1, pd.NA, 2]
    assert found.frame["b"].isna().tolist() == [False, True, True]


def test_mixed_cells_become_text_with_a_warning(tmp_path):
    rows = [["m"], [1], ["A7"], [2.5], [True], [dt.datetime(2024, 1, 2)], [None], [dt.time(8, 30)]]
    found = read(workbook(tmp_path, rows))

    assert found.frame["m"].dropna().tolist() == ["1", "A7", "2.5", "True", "2024-01-02 00:00:00", "08:30:00"]
    assert "Column 'm' holds" in found.warnings[0]


def test_words_for_null_among_numbers_and_errors_of_formulas(tmp_path):
    rows = [["n", "t", "e"], [1, "a b", 1], ["NA", "NA", "#DIV/0!"], ["n/a", "c d", 3]]
    found = read(workbook(tmp_path, rows))

    assert dtypes(found) == {"n": "Int64", "t": "str", "e": "Int64"}
    assert found.frame.isna().sum().to_dict() == {"n": 2, "t": 1, "e": 1}


def test_namibia_is_a_country_in_a_workbook(tmp_path):
    found = read(workbook(tmp_path, [["country", "n"], ["DE", 1], ["NA", "NA"], [None, 3]]))

    assert found.frame["country"].tolist()[:2] == ["DE", "NA"]
    assert found.frame.isna().sum().to_dict() == {"country": 1, "n": 1}


def test_the_first_sheet_is_read_and_the_others_are_named(tmp_path):
    path = workbook(tmp_path, [["a"], [1]], sheets=("Data", "Notes", "Old"))
    found = read(path)

    assert found.report["sheet"] == "Data"
    assert "'Notes', 'Old'" in found.warnings[0]
    with pytest.raises(Exception, match="header and no rows"):
        read(path, sheet="Notes")


def test_another_sheet_by_name_and_position(tmp_path):
    path = workbook(tmp_path, [["a"], [1]], sheets=("Data", "More"), edit=lambda sheet: None)
    book = openpyxl.load_workbook(path)
    book["More"].append([7])
    book.save(path)
    book.close()

    assert read(path, sheet="More").frame["More"].tolist() == [7]
    assert read(path, sheet=1).frame["More"].tolist() == [7]


def test_names_that_are_numbers_and_sheets_without_header(tmp_path):
    path = workbook(tmp_path, [[2013, "b "], [1, "x"], [2, "y"]])

    assert list(read(path).frame.columns) == ["2013", "b"]
    assert read(path, header=False).frame["column_1"].tolist() == [2013, 1, 2]


def test_rows_before_the_header_and_types_of_a_workbook(tmp_path):
    path = workbook(tmp_path, [["Report"], [], ["zip", "n"], [501, 1], [10001, 2]])
    found = read(path, skip_rows=1, names=("a", "b"))

    assert found.frame["a"].tolist() == [501, 10001]
    found = read(path, skip_rows=1, dtypes={"zip": "str", "n": "float64"})

    assert found.frame.to_dict("list") == {"zip": ["501", "10001"], "n": [1.0, 2.0]}


# Parquet, Arrow, Feather


def table() -> pa.Table:
    return pa.table(
        {
            "i": pa.array([1, None, 2**62 + 1], pa.int64()),
            "small": pa.array([1, None, 3], pa.uint8()),
            "whole": pa.array([1, 2, 3], pa.int16()),
            "b": [True, None, False],
            "f": pa.array([1.5, None, 2.5], pa.float32()),
            "t": ["a", None, ""],
            "d": [dt.date(2024, 1, 1), None, dt.date(1, 1, 1)],
            "ms": pa.array([0, None, 1], pa.timestamp("ms", "Europe/Berlin")),
            "cat": pa.array(["u", None, "u"]).dictionary_encode(),
            "dec": [Decimal("1.50"), None, Decimal("2.25")],
            "none": pa.nulls(3),
        }
    )


def save(path, what: pa.Table) -> None:
    if path.suffix == ".parquet":
        pq.write_table(what, path)
    elif path.suffix == ".feather":
        feather.write_feather(what, path)
    elif path.suffix == ".arrows":
        with pa.ipc.new_stream(path, what.schema) as writer:
            writer.write_table(what)
    else:
        with pa.ipc.new_file(path, what.schema) as writer:
            writer.write_table(what)


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow", "a.arrows"])
def test_the_types_of_the_file_are_kept(tmp_path, name):
    save(tmp_path / name, table())
    found = read(tmp_path / name)

    assert dtypes(found) == {
        "i": "Int64",
        "small": "UInt8",
        "whole": "int16",
        "b": "boolean",
        "f": "float32",
        "t": "str",
        "d": "datetime64[us]",
        "ms": "datetime64[ms, Europe/Berlin]",
        "cat": "category",
        "dec": "object",
        "none": "str",
    }
    assert found.frame["i"][2] == 2**62 + 1
    assert found.frame["d"][2] == pd.Timestamp("0001-01-01")
    assert found.frame["dec"][0] == Decimal("1.50")
    assert found.warnings == []
    assert column(found, "i")["nulls"] == 1


def test_the_sample_is_read_by_the_plainest_line():
    found = read(sample_path("flights"))

    assert found.code == "import pandas as pd\n\ndf = pd.read_parquet('flights.parquet')"
    assert str(found.frame["dep_time"].dtype) == "Int64"


@pytest.mark.parametrize("index", [pd.Index(["x", "y"], name="key"), pd.Index([5, 7]), pd.Index([1, 1])])
def test_an_index_becomes_a_column(tmp_path, index):
    frame = pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": [True, None]}, index=index)
    frame.to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")

    assert list(found.frame.columns) == [index.name or "index", "a", "b"]
    assert found.frame.iloc[:, 0].tolist() == index.tolist()
    assert "index" in found.warnings[0]


def test_row_numbers_that_do_not_begin_at_zero_are_dropped(tmp_path):
    pd.DataFrame({"a": [1, 2, 3]}).iloc[1:].to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")

    assert found.frame.to_dict("list") == {"a": [2, 3]}
    assert "row numbers" in found.warnings[0]


def test_an_index_with_the_name_of_a_column(tmp_path):
    save(tmp_path / "a.feather", pa.table({"a": [1]}))
    frame = pd.DataFrame({"a": [1], "b": [2]}).set_index("a", drop=False)
    stored = pa.Table.from_pandas(frame.rename_axis("index"))
    facts = stored.schema.metadata[b"pandas"].replace(b'"name": "index"', b'"name": "a"')
    save(tmp_path / "a.feather", stored.replace_schema_metadata({b"pandas": facts}))

    with pytest.raises(FileColumnNames, match="index"):
        ingest(tmp_path / "a.feather", "a.feather")


def test_names_that_are_not_text(tmp_path):
    pd.DataFrame({0: [1], 1: [2]}).rename(columns=str).to_parquet(tmp_path / "a.parquet")
    assert list(read(tmp_path / "a.parquet").frame.columns) == ["0", "1"]

    stored = pa.Table.from_pandas(pd.DataFrame({0: [1], 1: [2]}))
    save(tmp_path / "b.feather", stored)
    assert list(read(tmp_path / "b.feather").frame.columns) == ["0", "1"]


@pytest.mark.parametrize("name", ["a.feather", "a.arrows"])
def test_categories_that_are_times_keep_their_zone(tmp_path, name):
    kind = pa.timestamp("us", "America/New_York")
    save(tmp_path / name, pa.table({"a": pa.array([0, None, 1], kind).dictionary_encode()}))
    found = read(tmp_path / name)

    assert str(found.frame["a"].cat.categories.dtype) == "datetime64[us, America/New_York]"


def test_nested_values_that_a_node_cannot_keep_become_json(tmp_path):
    columns = {
        "list": [["a"], None, []],
        "struct": [{"a": 1}, None, {"a": 2}],
        "deep": [{"a": [1]}, None, {"a": []}],
        "map": pa.array([[("k", Decimal("1.5"))], None, []], pa.map_(pa.string(), pa.decimal128(3, 1))),
    }
    save(tmp_path / "a.parquet", pa.table(columns))
    found = read(tmp_path / "a.parquet")

    assert dtypes(found) == {"list": "object", "struct": "object", "deep": "str", "map": "str"}
    assert found.frame["deep"].tolist()[::2] == ['{"a": [1]}', '{"a": []}']
    assert found.frame["map"].tolist()[::2] == ['[["k", "1.5"]]', "[]"]
    assert [warning.split("'")[1] for warning in found.warnings] == ["deep", "map"]


@pytest.mark.parametrize("name", ["a.parquet", "a.feather"])
def test_a_frame_whose_types_pandas_cannot_read_again(tmp_path, name):
    lists = pd.Series([["a"], None], dtype=pd.ArrowDtype(pa.list_(pa.string())))
    frame = pd.DataFrame({"a": lists, "n": pd.array([2**62 + 1, None], "Int64")})
    save(tmp_path / name, pa.Table.from_pandas(frame))
    found = read(tmp_path / name)

    assert dtypes(found) == {"a": "object", "n": "Int64"}
    assert found.frame["n"][0] == 2**62 + 1


def test_types_that_pandas_cannot_read_at_all(tmp_path):
    pd.DataFrame({"cut": pd.cut([1, 5], 2)}).to_feather(tmp_path / "a.feather")

    with pytest.raises(FileUnreadable, match="cannot be read"):
        ingest(tmp_path / "a.feather", "a.feather")
