"""What the texts of a CSV become: types, nulls and dates, the traps of real files one test each."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.files import column, read, write

# Types


def test_each_kind_of_column_gets_its_dtype(tmp_path):
    text = "n,m,f,t,b,c,d,s\n1,,1.5,x,true,True,2024-01-31,2024-01-31T10:00:00Z\n-2,3,,,false,,,\n"
    found = read(write(tmp_path, "kinds.csv", text))

    assert {name: str(dtype) for name, dtype in found.frame.dtypes.items()} == {
        "n": "int64",
        "m": "Int64",
        "f": "float64",
        "t": "str",
        "b": "bool",
        "c": "boolean",
        "d": "datetime64[us]",
        "s": "datetime64[us, UTC]",
    }
    assert found.frame["t"].tolist()[0] == "x"
    assert found.frame["t"].isna().tolist() == [False, True]
    assert column(found, "m")["nulls"] == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["00501", "10001"], "leading zeros"),
        (["1", "-007"], "leading zeros"),
        (["00.5", "1.5"], "leading zeros"),
        (["0x10", "12"], "values are text"),
        (["1234567890123456789", "5"], "more than 18 digits"),
        (["123456789012345678901234", "5"], "more digits"),
        (["12345678901234567", "1.5"], "more digits"),
        (["+49123456", "+49654321"], "plus sign"),
        (["12E3", "45E1"], "power of ten"),
        (["1.5", "1e999"], "larger"),
        (["yes", "no"], "values are text"),
        (["1,5", "2,5"], "values are text"),
        (["12:30", "08:15"], "values are text"),
        (["", ""], "no value"),
    ],
)
def test_what_a_guess_would_damage_stays_text(tmp_path, values, reason):
    lines = "".join(f'1,"{value}"\n' for value in values)
    found = read(write(tmp_path, "text.csv", f"id,value\n{lines}"))

    assert str(found.frame["value"].dtype) == "str"
    assert found.frame["value"].dropna().tolist() == [value for value in values if value]
    assert reason in column(found, "value")["why"]


def test_a_late_letter_makes_a_column_of_zip_codes_text(tmp_path):
    values = [f"{number:05}" for number in range(10_000, 14_000)] + ["A1234"]
    found = read(write(tmp_path, "zip.csv", "zip\n" + "\n".join(values) + "\n"))

    assert found.frame["zip"].tolist() == values
    assert "'A1234'" in column(found, "zip")["why"]


def test_eighteen_digits_with_a_null_lose_none(tmp_path):
    found = read(write(tmp_path, "ids.csv", "id,x\n123456789012345678,1\n,2\n-999999999999999999,3\n"))

    assert str(found.frame["id"].dtype) == "Int64"
    assert found.frame["id"].dropna().tolist() == [123456789012345678, -999999999999999999]


def test_whole_numbers_that_turn_into_decimals_late_are_decimals(tmp_path):
    values = ["7"] * 3_000 + ["2.5", "1e3", "inf", "-0.1"]
    found = read(write(tmp_path, "late.csv", "x\n" + "\n".join(values)))

    assert str(found.frame["x"].dtype) == "float64"
    assert found.frame["x"].tolist()[-4:] == [2.5, 1000.0, float("inf"), -0.1]


def test_a_small_e_is_a_power_of_ten_as_r_writes_it(tmp_path):
    found = read(write(tmp_path, "r.csv", "x\n1012.3\n1e3\n1E5\n"))

    assert found.frame["x"].tolist() == [1012.3, 1000.0, 100_000.0]


def test_blanks_around_numbers_are_left_out_and_those_of_text_are_kept(tmp_path):
    found = read(
        write(tmp_path, "blanks.csv", "n,f,t,d\n 1, 2.5 , x ,2024-01-01 \n 2 ,NA , y,\n , 3,z,2024-01-02\n")
    )

    assert [str(dtype) for dtype in found.frame.dtypes] == ["Int64", "float64", "str", "datetime64[us]"]
    assert found.frame["t"].tolist() == [" x ", " y", "z"]


def test_true_and_false_in_their_usual_cases_are_booleans(tmp_path):
    found = read(write(tmp_path, "odd.csv", "a,b,c\ntRue, true,TRUE\nfalse,False,\nfalse,NA,False\n"))

    assert [str(dtype) for dtype in found.frame.dtypes] == ["str", "boolean", "boolean"]
    assert found.frame["b"].tolist() == [True, False, pd.NA]


# Nulls


def test_the_spellings_of_null_are_null_and_counted(tmp_path):
    found = read(write(tmp_path, "nulls.csv", "x,t\n1,NA\nNA,a b\nnull,None\n,c d\n#N/A,\nNaN,N/A\n"))

    assert str(found.frame["x"].dtype) == "Int64"
    assert column(found, "x")["null_spellings"] == {"": 1, "NA": 1, "null": 1, "#N/A": 1, "NaN": 1}
    assert found.frame["t"].dropna().tolist() == ["a b", "c d"]


def test_namibia_is_a_country(tmp_path):
    found = read(write(tmp_path, "countries.csv", "country,n\nDE,1\nNA,NA\n,3\nFR,4\n"))

    assert found.frame["country"].tolist()[:2] == ["DE", "NA"]
    assert column(found, "country")["kept_spellings"] == {"NA": 1}
    assert column(found, "country")["nulls"] == 1
    assert str(found.frame["n"].dtype) == "Int64"
    assert "'NA' among codes" in found.warnings[0]


def test_na_is_null_among_codes_of_another_length(tmp_path):
    found = read(write(tmp_path, "airports.csv", "dest,n\nJFK,1\nNA,2\nLGA,3\n"))

    assert found.frame["dest"].isna().tolist() == [False, True, False]
    assert found.warnings == []


def test_na_is_null_in_text(tmp_path):
    found = read(write(tmp_path, "names.csv", "name\nAda\nNA\nGrace\n"))

    assert found.frame["name"].isna().sum() == 1


def test_the_users_spellings_replace_the_known_ones(tmp_path):
    path = write(tmp_path, "own.csv", "country,n\nDE,-\nNA,5\nnull,7\n,8\n")
    found = read(path, na_values=("-", "NA"))

    assert found.frame["country"].tolist()[2] == "null"
    assert found.frame["country"].isna().tolist() == [False, True, False, True]
    assert found.frame["n"].isna().tolist() == [True, False, False, False]


# Dates


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2024-01-31", "0001-01-01"], "2024-01-31"),
        (["2024-01-31 10:00", "2024-01-31"], "2024-01-31T10:00"),
        (["2024-01-31T10:00:00.123456"], "2024-01-31T10:00:00.123456"),
        (["2024-01-31T10:00:00+02:00", "2024-01-31T10:00:00Z"], "2024-01-31T08:00Z"),
        (["2024-1-3", "2024-11-30"], "2024-01-03"),
        (["2024/01/31", "2024/2/1"], "2024-01-31"),
        (["03/04/2024", "31/01/2024"], "2024-04-03"),
        (["03/04/2024", "01/31/2024"], "2024-03-04"),
        (["3-4-2024", "31-1-2024"], "2024-04-03"),
        (["03.04.2024", "05.06.2024"], "2024-04-03"),
        (["04/04/2024", "05/05/2024"], "2024-04-04"),
        (["5 Jan 2024", "17 Feb 2023"], "2024-01-05"),
        (["05-JAN-2024", "17-may-2023"], "2024-01-05"),
        (["January 5, 2024", "May 17, 2023"], "2024-01-05"),
        (["01/15/2024 12:05:00 AM", "01/16/2024 12:00:00 PM"], "2024-01-15T00:05"),
        (["31/01/2024 9:05", "01/02/2024 23:59"], "2024-01-31T09:05"),
    ],
)
def test_dates_in_one_reading_are_times(tmp_path, values, first):
    lines = "".join(f'1,"{value}"\n' for value in values)
    found = read(write(tmp_path, "dates.csv", f"id,day\n{lines}0,\n"))

    assert isinstance(found.frame["day"].dtype, pd.DatetimeTZDtype) or found.frame["day"].dtype.kind == "M"
    assert found.frame["day"][0] == pd.Timestamp(first)
    assert pd.isna(found.frame["day"].iloc[-1])


def test_nanoseconds_are_kept(tmp_path):
    found = read(write(tmp_path, "ns.csv", "t\n2024-01-31T10:00:00.123456789\n2024-01-31\n"))

    assert found.frame["t"][0].nanosecond == 789


@pytest.mark.parametrize(
    "values",
    [
        ["31/01/2024", "01/31/2024"],
        ["2024-02-30", "2024-02-28"],
        ["30/02/2024", "28/02/2024"],
        ["31.12.24", "30.12.24"],
        ["2024-01-31T10:00", "2024-01-31T10:00Z"],
        ["2024-01-31T10:00Z", "2024-01-31T10:00"],
        ["01/15/2024 13:00 PM", "01/15/2024 01:00 AM"],
        ["2024-01-31", "tomorrow"],
    ],
)
def test_dates_that_are_none_stay_text(tmp_path, values):
    lines = "".join(f"1,{value}\n" for value in values)
    found = read(write(tmp_path, "dates.csv", f"id,day\n{lines}"))

    assert found.frame["day"].tolist() == values
    assert str(found.frame["day"].dtype) == "str"


def test_ambiguous_dates_stay_text_with_a_warning_and_can_be_decided(tmp_path):
    path = write(tmp_path, "dates.csv", "day\n03/04/2024\n05/06/2024\n")
    found = read(path)

    assert found.frame["day"].tolist() == ["03/04/2024", "05/06/2024"]
    assert "'03/04/2024'" in found.warnings[0]
    assert "day_first" in found.warnings[0]
    assert read(path, day_first=True).frame["day"][0] == pd.Timestamp("2024-04-03")
    assert read(path, day_first=False).frame["day"][0] == pd.Timestamp("2024-03-04")
