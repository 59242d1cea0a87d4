"""Options of reading as keywords: pandas' names, and a clear word about what is not understood."""

import json

import numpy as np
import pandas as pd
import pytest

from workbench import IngestOptions
from workbench.errors import FileMissing, InvalidParameter, NotFound
from workbench.read_keywords import read_options


@pytest.mark.parametrize(
    ("keywords", "options"),
    [
        ({}, {}),
        ({"sep": "\t", "decimal": ",", "thousands": ".", "encoding": "cp1250"},
         {"delimiter": "\t", "decimal": ",", "thousands": ".", "encoding": "cp1250"}),
        ({"header": None, "skiprows": 2}, {"header": False, "skip_rows": 2}),
        ({"header": 0, "names": ["a", "b"]}, {"names": ("a", "b")}),
        ({"header": "infer"}, {}),
        ({"header": False}, {"header": False}),
        ({"dtype": {"a": int, "b": "string", "c": np.dtype("float64"), "d": pd.Int64Dtype()}},
         {"dtypes": {"a": "int64", "b": "str", "c": "float64", "d": "Int64"}}),
        ({"dtype": {"t": "datetime64[ns]", "f": np.float64}},
         {"dtypes": {"t": "datetime64[us]", "f": "float64"}}),
        ({"dtype": str}, {"dtype": "str"}),
        ({"na_values": "-", "dayfirst": True, "sheet_name": 1},
         {"na_values": ("-",), "day_first": True, "sheet": 1}),
        ({"na_values": ["-", "?"]}, {"na_values": ("-", "?")}),
    ],
)  # fmt: skip
def test_keywords_are_those_of_pandas(keywords, options):
    assert read_options(None, keywords) == IngestOptions(**options)


def test_keywords_come_before_options():
    both = read_options(IngestOptions(delimiter=";", decimal=","), {"sep": "|"})
    assert both == IngestOptions(delimiter="|", decimal=",")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"sepp": ";"}, r"'sepp' is not an option of reading\. Did you mean 'sep'"),
        ({"usecols": [1]}, "'usecols' is not an option of reading"),
        ({"sep": ";", "delimiter": ";"}, "'delimiter' is said twice"),
        ({"sep": "::"}, "The option delimiter does not fit"),
        ({"dtype": {"a": "int8"}}, r"The option dtypes\.a does not fit"),
        ({"header": 3}, r"skiprows=3"),
        ({"header": [0, 1]}, r"header=\[0, 1\] is not understood"),
        ({"names": ["a"]}, "header or data"),
        ({"decimal": ",", "thousands": ","}, "so is the decimal mark"),
        ({"sep": ",", "thousands": ","}, "so is the delimiter"),
        ({"names": "people.csv", "header": 0}, r"session\.add"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_sent(fake_api, session, csv_file, keywords, message):
    before = len(fake_api.requests)
    with pytest.raises(InvalidParameter, match=message) as caught:
        session.add(csv_file, **keywords)
    assert caught.value.hint
    assert len(fake_api.requests) == before


def test_options_of_another_type_are_refused(session, csv_file):
    with pytest.raises(InvalidParameter, match="not IngestOptions"):
        session.add(csv_file, options={"sep": ";"})


def test_open_tells_options_from_datasets(wb, csv_file, fake_api):
    session = wb.open(people=csv_file, others=csv_file, sep=",", header=None)
    assert session.datasets.names() == ["people", "others"]
    said = {"delimiter": ",", "header": False}
    assert [json.loads(options) for options in fake_api.options] == [said, said]
    wb.open(csv_file)
    assert len(fake_api.options) == 2  # nothing is sent where nothing was said
    with pytest.raises(InvalidParameter, match=r"given as dtpye=….*pandas' names"):
        wb.open(csv_file, dtpye={"age": "str"})
    with pytest.raises(FileMissing):
        wb.open(csv_file, other="no such.csv")


def test_a_frame_takes_no_options(wb):
    with pytest.raises(InvalidParameter, match="A frame has its types already: dtype cannot"):
        wb.open(pd.DataFrame({"a": [1]}), dtype=str)


def test_a_node_that_was_not_read_has_no_report(session):
    node = session.chat("one").result().node
    with pytest.raises(NotFound, match="was not read from a file"):
        _ = node.ingest_report
