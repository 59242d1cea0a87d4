"""Files that cannot be opened: each has its own error, that names what is wrong, and a hint."""

from __future__ import annotations

import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.files import write
from workbench.errors import (
    FileColumnNames,
    FileEmpty,
    FileEncodingUnknown,
    FileFormatMismatch,
    FileFormatUnknown,
    FileRagged,
    FileUnreadable,
    FileWithoutRows,
    IngestError,
    InvalidParameter,
    UploadTooLarge,
)
from workers.frames.ingest import IngestOptions, expand, ingest


def refused(path, kind: type[IngestError], name: str | None = None) -> IngestError:
    with pytest.raises(kind) as raised:
        ingest(path, name or path.name)
    assert type(raised.value) is kind
    assert (name or path.name) in raised.value.message
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet", "a.xlsx", "a.json", "a.jsonl", "a.arrow"])
def test_no_bytes(tmp_path, name):
    refused(write(tmp_path, name, ""), FileEmpty)


@pytest.mark.parametrize("content", [" ", "\n\n\r\n", "\ufeff", "\ufeff\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_nothing_but_blanks(tmp_path, name, content):
    refused(write(tmp_path, name, content), FileEmpty)


@pytest.mark.parametrize("text", ["a,b", "a,b\n", "a,b\n\n  \n", "\n\na,b\n"])
def test_a_header_alone(tmp_path, text):
    error = refused(write(tmp_path, "a.csv", text), FileWithoutRows)

    assert error.details["columns"] == ["a", "b"]


def test_a_workbook_with_a_header_alone(tmp_path):
    refused(workbook(tmp_path, [["a", "b"]]), FileWithoutRows)


def test_an_empty_workbook(tmp_path):
    with pytest.raises(FileEmpty, match=r"'book\.xlsx'"):
        ingest(workbook(tmp_path, []), "book.xlsx")


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_table_without_rows(tmp_path, name):
    refused(table_file(tmp_path / name, pa.table({"a": pa.array([], pa.int64())})), FileWithoutRows)


def test_a_list_without_records(tmp_path):
    refused(write(tmp_path, "a.json", "[]"), FileWithoutRows)


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("a,b\n1,2\n3,4,5\n6,7\n", 3, 3),
        ("a,b\n1,2\n3\n6,7\n", 3, 1),
        ('a,b\n"x\ny",2\n\n3,4,5\n', 5, 3),
        ("a,b\r\n1,2\r\n3,4,\r\n", 3, 3),
        ('"a\nb",c\n1,2\n3\n', 4, 1),
        ("name\nAda\nLovelace, Ada\n", 3, 2),
    ],
)
def test_ragged_lines_are_named(tmp_path, text, line, found):
    error = refused(write(tmp_path, "a.csv", text), FileRagged)

    assert error.details["line"] == line
    assert error.details["found"] == found
    assert f"Line {line} " in error.message
    assert "quotes" in error.hint


def test_a_ragged_line_far_into_a_large_file(tmp_path):
    lines = ["a,b"] + ["1,2"] * 2_000_000 + ["1,2,3", "1,2"]
    error = refused(write(tmp_path, "a.csv", "\n".join(lines)), FileRagged)

    assert error.details["line"] == 2_000_002


def test_a_ragged_line_in_another_encoding(tmp_path):
    error = refused(write(tmp_path, "a.csv", "ä,b\n1,2\nü,4,5\n", "utf-16"), FileRagged)

    assert error.details["line"] == 3


@pytest.mark.parametrize("text", ['a,b\n1,"x\n2,y\n3,z\n', 'a,b\n1,2\n2,"', 'a,b\n"1,2\n'])
def test_a_quote_that_is_never_closed(tmp_path, text):
    error = refused(write(tmp_path, "a.csv", text), FileUnreadable)

    assert error.details["line"] == text[: text.index('"')].count("\n") + 1


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.xls", "csv", "a.parquet.gz", "a.gz", ".csv"])
def test_endings_that_say_nothing(tmp_path, name):
    error = refused(write(tmp_path, "upload", "a,b\n1,2\n"), FileFormatUnknown, name)

    assert error.status == 415
    assert ".parquet" in error.hint
    assert ".csv" in error.details["known"]


def content_of(kind: str, folder) -> bytes:
    match kind:
        case "zip":
            with zipfile.ZipFile(folder / "x", "w") as archive:
                archive.writestr("a.txt", "hello")
            return (folder / "x").read_bytes()
        case "excel":
            return workbook(folder, [["a"], [1]]).read_bytes()
        case "parquet" | "arrow":
            return table_file(folder / f"x.{kind}", pa.table({"a": [1]})).read_bytes()
    return {
        "pdf": b"%PDF-1.7\n%\xe2\xe3",
        "png": b"\x89PNG\r\n\x1a\n\x00\x00",
        "html": b"\n<!DOCTYPE html>\n<html><body>404</body></html>",
        "json": b'[{"a": 1}]',
        "lines": b'{"a": 1}\n{"a": 2}\n',
        "text": b"a,b\n1,2\n",
        "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100,
        "sqlite": b"SQLite format 3\x00" + b"\x00" * 100,
        "gzip": b"\x1f\x8b\x08\x00",
    }[kind]


@pytest.mark.parametrize(
    ("name", "kind", "named"),
    [
        ("a.csv", "zip", "a ZIP archive"),
        ("a.csv", "excel", "an Excel workbook"),
        ("a.csv", "parquet", "a Parquet file"),
        ("a.csv", "pdf", "a PDF document"),
        ("a.csv", "png", "a PNG image"),
        ("a.csv", "html", "an HTML page"),
        ("a.csv", "json", "JSON"),
        ("a.csv", "lines", "JSON"),
        ("a.csv", "xls", "Office document"),
        ("a.csv", "sqlite", "SQLite"),
        ("a.tsv", "gzip", "gzip"),
        ("a.csv.gz", "text", "something else"),
        ("a.parquet", "text", "something else"),
        ("a.parquet", "arrow", "an Arrow file"),
        ("a.arrow", "parquet", "a Parquet file"),
        ("a.feather", "text", "something else"),
        ("a.xlsx", "text", "something else"),
        ("a.xlsx", "zip", "a ZIP archive"),
        ("a.xlsx", "xls", "Office document"),
        ("a.json", "text", "something else"),
        ("a.jsonl", "parquet", "a Parquet file"),
    ],
)
def test_content_that_is_not_what_the_ending_says(tmp_path, name, kind, named):
    error = refused(write(tmp_path, name, content_of(kind, tmp_path)), FileFormatMismatch)

    assert named in error.message


def test_an_archive_with_two_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    error = refused(tmp_path / "a.csv.zip", FileFormatMismatch)

    assert error.details["members"] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    "content",
    [
        "привет,мир\nда,нет\nкошка,собака\n".encode("cp1251"),  # noqa: RUF001
        "名前,年齢\n太郎,5\n花子,7\n".encode("shift_jis"),
        b"a,b\n1,\x00\x01\x02\x03\xff\n",
        b"a,b\n\x81\x8d,2\n",
        "a,b\nMüller,é – ö\n".encode() * 100 + b"M\xfcller,2\n",
        b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8",
    ],
)
def test_bytes_that_are_text_in_no_encoding(tmp_path, content):
    refused(write(tmp_path, "a.csv", content), FileEncodingUnknown)


def test_a_wrong_encoding_that_the_user_gave(tmp_path):
    path = write(tmp_path, "a.csv", "a,b\n1,é\n", "cp1252")

    with pytest.raises(FileEncodingUnknown, match="byte 6"):
        ingest(path, "a.csv", options=IngestOptions(encoding="utf-8"))


@pytest.mark.parametrize(
    ("header", "empty", "twice"),
    [
        ("a,,c", [2], {}),
        (",b,c", [1], {}),
        ("a,b,a", [], {"a": [1, 3]}),
        ("a, a ,c", [], {"a": [1, 2]}),
        ("a,b,", [3], {}),
    ],
)
def test_names_that_are_missing_or_there_twice(tmp_path, header, empty, twice):
    error = refused(write(tmp_path, "a.csv", f"{header}\n1,2,3\n"), FileColumnNames)

    assert error.details["empty"] == empty
    assert error.details["duplicates"] == twice
    for place in [*empty, *[place for places in twice.values() for place in places]]:
        assert str(place) in error.message


def test_a_nameless_first_column_may_be_the_index_of_a_frame(tmp_path):
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")

    assert "index=False" in refused(tmp_path / "a.csv", FileColumnNames).hint


def test_double_names_in_other_formats(tmp_path):
    refused(workbook(tmp_path, [["a", "a"], [1, 2]]), FileColumnNames)
    doubled = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    refused(table_file(tmp_path / "a.parquet", doubled), FileColumnNames)
    refused(table_file(tmp_path / "a.arrow", doubled), FileColumnNames)
    refused(write(tmp_path, "a.jsonl", '{"": 1}\n'), FileColumnNames)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_table_without_columns(tmp_path, name):
    refused(table_file(tmp_path / name, pa.table({})), FileColumnNames)


def test_records_without_fields(tmp_path):
    refused(write(tmp_path, "a.jsonl", "{}\n{}\n"), FileColumnNames)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.xlsx", "a.csv.zip"])
def test_files_that_were_cut_off(tmp_path, name):
    if name.endswith("xlsx"):
        whole = workbook(tmp_path, [["a"], *[[number] for number in range(500)]]).read_bytes()
    elif name.endswith("zip"):
        with zipfile.ZipFile(tmp_path / "x", "w") as archive:
            archive.writestr("a.csv", "a\n1\n")
        whole = (tmp_path / "x").read_bytes()
    else:
        whole = table_file(tmp_path / f"x{name}", pa.table({"a": list(range(5_000))})).read_bytes()

    refused(write(tmp_path, name, whole[: len(whole) // 2]), FileUnreadable)


def test_parquet_with_damaged_pages(tmp_path):
    whole = bytearray(table_file(tmp_path / "a.parquet", pa.table({"a": list(range(50_000))})).read_bytes())
    whole[2_000:6_000] = b"\xff" * 4_000
    refused(write(tmp_path, "a.parquet", bytes(whole)), FileUnreadable)


def test_gzip_that_was_cut_off(tmp_path):
    whole = pa.compress(b"a,b\n" + b"1,2\n" * 100_000, codec="gzip", asbytes=True)
    refused(write(tmp_path, "a.csv.gz", whole[: len(whole) // 2]), FileUnreadable)


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"a": 1}\n{"a": \n', 2), ('{"a": 1}\n\n[1]\n', 3), ('{"a": 1}\n{"a": 2} x\n', 2)],
)
def test_lines_that_are_not_json_objects(tmp_path, text, line):
    assert refused(write(tmp_path, "a.jsonl", text), FileUnreadable).details["line"] == line


@pytest.mark.parametrize("text", ['[{"a": 1}', "[1, 2]", '{"a": [1, 2]', '[{"a": 1}, 5]'])
def test_json_that_is_no_list_of_records(tmp_path, text):
    refused(write(tmp_path, "a.json", text), FileUnreadable)


def test_a_file_that_grows_too_large_when_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(expand, "LARGEST_EXPANDED", 1_000)
    path = write(tmp_path, "a.csv.gz", pa.compress(b"a\n" + b"1\n" * 10_000, codec="gzip", asbytes=True))

    with pytest.raises(UploadTooLarge):
        ingest(path, path.name)


def test_a_sheet_that_is_not_there(tmp_path):
    with pytest.raises(InvalidParameter, match="no sheet 'Sales'"):
        ingest(workbook(tmp_path, [["a"], [1]]), "book.xlsx", options=IngestOptions(sheet="Sales"))


def workbook(folder, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / "book.xlsx"
    book.save(path)
    book.close()
    return path


def table_file(path, table):
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "nested too deeply"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.jsonl", '{"a": "\\ud83d"}\n', "half of a surrogate pair"),
        ("a.jsonl", '{"\\uD83D": 1}\n', "half of a surrogate pair"),
    ],
)
def test_json_that_python_can_read_and_a_table_cannot_hold(tmp_path, name, text, reason):
    assert reason in refused(write(tmp_path, name, text), FileUnreadable).message


def test_a_whole_surrogate_pair_is_a_character(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"a": "\\ud83d\\ude00"}\n')
    assert ingest(path, "a.jsonl").frame["a"].tolist() == ["\N{GRINNING FACE}"]
