"""JSON and JSON Lines, flat and nested, in all shapes; and text that is compressed."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from tests.support.files import dtypes, read, write
from workbench.errors import FileColumnNames, FileFormatMismatch, FileUnreadable, UploadTooLarge
from workers.frames.ingest import ingest


def test_json_lines_keep_their_types(tmp_path):
    lines = (
        '{"n": 1, "f": 1, "t": "00501", "b": true, "d": "2024-01-31", "big": 9007199254740993}\n'
        '\n{"f": 2.5, "t": "", "b": null, "d": null, "late": "x", "big": 1}\n'
        '{"n": null, "f": NaN, "t": "NA"}\n'
    )
    found = read(write(tmp_path, "a.jsonl", lines))

    assert dtypes(found) == {
        "n": "Int64",
        "f": "float64",
        "t": "str",
        "b": "boolean",
        "d": "datetime64[us]",
        "big": "Int64",
        "late": "str",
    }
    assert found.frame["t"].tolist() == ["00501", "", "NA"]
    assert found.frame["big"][0] == 9007199254740993
    assert found.frame["late"].isna().tolist() == [True, False, True]


def test_what_does_not_fit_a_column_becomes_json_text_with_a_warning(tmp_path):
    lines = (
        '{"o": {"x": [1, "é"]}, "m": 1, "h": 12345678901234567890123, "p": 9007199254740993}\n'
        '{"o": null, "m": "x", "h": 1, "p": 0.5}\n{"o": [1], "m": true}\n{"m": 1.0}\n'
    )
    found = read(write(tmp_path, "a.ndjson", lines))

    assert found.frame["o"].dropna().tolist() == ["[1]"]
    assert found.frame["o.x"].dropna().tolist() == ['[1, "é"]']
    assert found.frame["m"].tolist() == ["1", "x", "true", "1.0"]
    assert found.frame["h"].dropna().tolist() == ["12345678901234567890123", "1"]
    assert found.frame["p"].dropna().tolist() == ["9007199254740993", "0.5"]
    assert len(found.warnings) == 5


def test_types_that_change_far_into_the_file(tmp_path):
    lines = ['{"a": 1, "b": 1, "c": 1.5}'] * 30_000 + ['{"a": 2.5, "b": "x", "c": "y"}']
    found = read(write(tmp_path, "a.jsonl", "\n".join(lines)))

    assert dtypes(found) == {"a": "float64", "b": "str", "c": "str"}
    assert found.frame["b"].tolist()[-2:] == ["1", "x"]
    assert found.frame["c"].tolist()[-2:] == ["1.5", "y"]


@pytest.mark.parametrize(
    "text", ['[\n  {"a": 1, "b": "x"},\n  {"a": 2}\n]', '{"a": 1, "b": "x"}\n{"a": 2}\n']
)
def test_a_list_of_records_or_lines_in_a_json_file(tmp_path, text):
    found = read(write(tmp_path, "a.json", text))

    assert found.frame["a"].tolist() == [1, 2]
    assert found.frame["b"].isna().tolist() == [False, True]


def test_json_in_utf_8_with_a_mark(tmp_path):
    found = read(write(tmp_path, "a.jsonl", '{"é": "ü"}\n', "utf-8-sig"))

    assert found.frame.to_dict("list") == {"é": ["ü"]}


NESTED = [
    {"id": 1, "who": {"name": "Ada", "home": {"zip": "00501", "big": 9007199254740993}}, "tags": ["a", 1]},
    {"id": 2, "who": None, "tags": []},
    {"id": 3, "who": {"name": None, "home": {}, "born": "1815-12-10"}},
]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_nested_objects_become_columns_named_with_dots(tmp_path, name):
    text = json.dumps(NESTED) if name == "a.json" else "\n".join(map(json.dumps, NESTED))
    found = read(write(tmp_path, name, text))

    assert dtypes(found) == {
        "id": "int64",
        "who.name": "str",
        "who.home.zip": "str",
        "who.home.big": "Int64",
        "tags": "str",
        "who.home": "str",
        "who.born": "datetime64[us]",
    }
    assert found.frame["who.home.big"][0] == 9007199254740993
    assert found.frame["tags"].tolist()[:2] == ['["a", 1]', "[]"]
    assert found.frame["who.home"].tolist()[2] == "{}"


def test_objects_inside_of_very_many_others_stay_what_they_are(tmp_path):
    deep = {"leaf": 1}
    for _ in range(40):
        deep = {"a": deep}
    found = read(write(tmp_path, "a.jsonl", json.dumps(deep)))

    (name,) = found.frame.columns
    assert name == ".".join("a" * 11)
    assert json.loads(found.frame[name][0])["a"]


@pytest.mark.parametrize("lines", [['{"a.b": 1, "a": {"b": 2}}'], ['{"a.b": 1}', '{"a": {"b": 2}}']])
def test_two_keys_that_would_become_one_column(tmp_path, lines):
    with pytest.raises(FileColumnNames, match=r"'a\.b'"):
        ingest(write(tmp_path, "a.jsonl", "\n".join(lines)), "a.jsonl")


FRAME = pd.DataFrame({"n": [1, 2], "t": ["x", None]})


@pytest.mark.parametrize(
    "text",
    [
        '{"n": [1, 2], "t": ["x", null]}',
        '{"data": [{"n": 1, "t": "x"}, {"n": 2, "t": null}]}',
        '{\n  "items": [\n    {"n": 1, "t": "x"},\n    {"n": 2}\n  ]\n}',
        FRAME.to_json(),
        FRAME.to_json(orient="split"),
        FRAME.to_json(orient="records"),
        FRAME.to_json(orient="records", lines=True),
        FRAME.to_json(indent=2),
    ],
)
def test_records_and_columns_in_a_json_file(tmp_path, text):
    found = read(write(tmp_path, "a.json", text))

    pd.testing.assert_frame_equal(found.frame, FRAME)
    assert found.warnings == []


def test_what_stands_beside_the_records_is_named(tmp_path):
    found = read(write(tmp_path, "a.json", '{"page": 1, "next": {"u": 1}, "items": [{"n": 1}]}'))

    assert found.frame.to_dict("list") == {"n": [1]}
    assert "'page', 'next'" in found.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [{"n": 1}], "b": [{"n": 2}, {"n": 3}]}',
        '{"a": 1, "b": [1, 2]}',
        '{"a": [1, 2], "b": [3]}',
        '{\n"a": {"x": 1},\n"b": {"x": 2}\n}',
    ],
)
def test_an_object_that_may_be_several_things_is_one_record(tmp_path, text):
    assert len(read(write(tmp_path, "a.json", text)).frame) == 1


def test_a_json_file_that_is_cut_off(tmp_path):
    with pytest.raises(FileUnreadable, match="not JSON"):
        ingest(write(tmp_path, "a.json", '{\n  "a": [1,\n'), "a.json")


TEXTS = {
    "csv": "n,t\n1,x\n2,\n",
    "tsv": "n\tt\n1\tx\n2\t\n",
    "json": FRAME.to_json(orient="records"),
    "jsonl": FRAME.to_json(orient="records", lines=True),
}


def packed(name: str, content: bytes, ending: str) -> bytes:
    match ending:
        case "gz":
            return gzip.compress(content)
        case "bz2":
            return bz2.compress(content)
        case "zst":
            return pa.Codec("zstd").compress(content, asbytes=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("ending", ["gz", "bz2", "zst", "zip"])
def test_compressed_text(tmp_path, kind, ending):
    name = f"a.{kind}.{ending}"
    found = read(write(tmp_path, name, packed(f"a.{kind}", TEXTS[kind].encode(), ending)))

    pd.testing.assert_frame_equal(found.frame, FRAME)
    assert found.format == kind


def test_options_for_a_compressed_file(tmp_path):
    content = '{"t": "ü"}'.encode("cp1252")
    found = read(write(tmp_path, "a.jsonl.gz", gzip.compress(content)), encoding="cp1252")

    assert found.frame["t"].tolist() == ["ü"]


@pytest.mark.parametrize("ending", ["gz", "zst", "zip"])
def test_a_file_that_grows_past_the_limit_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr("workers.frames.ingest.expand.LARGEST_EXPANDED", 1_000)
    path = write(tmp_path, f"a.jsonl.{ending}", packed("a.jsonl", b'{"n": 1}\n' * 10_000, ending))

    with pytest.raises(UploadTooLarge):
        ingest(path, path.name)


def test_an_archive_of_several_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.json.zip", "w") as archive:
        archive.writestr("a.json", "[]")
        archive.writestr("b.json", "[]")

    with pytest.raises(FileFormatMismatch, match="2 files"):
        ingest(tmp_path / "a.json.zip", "a.json.zip")
