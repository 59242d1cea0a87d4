"""What can be opened, and under which name; what cannot is said before anything is uploaded."""

import os
from pathlib import Path

import pytest

from workbench.errors import FileMissing, FileUnreadable, InvalidParameter
from workbench.sources import Source


@pytest.mark.parametrize(
    ("filename", "dataset"),
    [
        ("flights.csv", "flights"),
        ("größe ☃.csv", "größe ☃"),
        ("quo\"te's.csv", "quo\"te's"),
        ("two\nlines.csv", "two lines"),
        ("\u202egnp.csv", "gnp"),
        (" spaced .csv", "spaced"),
        ("x" * 250 + ".csv", "x" * 100),
        (os.fsdecode(b"caf\xe9.csv"), "caf\ufffd"),
        (".csv", "csv"),
        ("\t.csv", "data"),
    ],
)
def test_a_dataset_is_named_after_its_file_as_far_as_that_is_a_name(tmp_path, filename, dataset):
    (tmp_path / filename).write_bytes(b"a\n1\n")
    source = Source.of(tmp_path / filename)
    assert source.name == dataset
    with source.upload() as (file, uploaded):
        assert uploaded.encode()  # can be sent
        assert file.read() == b"a\n1\n"


def test_a_name_that_was_given_is_kept(tmp_path):
    (tmp_path / "a.csv").touch()
    assert Source.of(tmp_path / "a.csv", "mine\n").name == "mine\n"  # the API says what is wrong with it


def test_what_is_no_file_is_said_to_be_none(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for path, error in (
        (tmp_path / "pipe.csv", FileUnreadable),
        (tmp_path / "folder.csv", FileUnreadable),
        (tmp_path / "fodler.csv", FileMissing),
        (tmp_path / "no" / "such.csv", FileMissing),
        (tmp_path / ("x" * 5_000), FileUnreadable),
        ("\0", FileMissing),
        ("https://example.org/a.csv", InvalidParameter),
        (7, InvalidParameter),
    ):
        with pytest.raises(error) as caught:
            Source.of(path)
        assert caught.value.message.endswith(".")
        assert caught.value.hint
    with pytest.raises(FileMissing, match=r"folder\.csv"):
        Source.of(Path(tmp_path / "fodler.csv"))
