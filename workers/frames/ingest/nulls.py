"""Which texts mean null, and when "NA" is Namibia.

An empty field is always null. The spellings that pandas knows (``NULL_WORDS``) are null too, with one
exception: where the other values of a text column are short codes in capitals, "NA" is a code among them.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NULL_WORDS", "looks_like_codes", "null_words_of"]

NULL_WORDS = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip

_CODE = r"^[A-Z0-9]{2,5}$"


def null_words_of(column: pa.ChunkedArray, words: tuple[str, ...]) -> tuple[dict[str, int], pa.ChunkedArray]:
    """Find the spellings of null in a column of text.

    Args:
        column: Text; empty fields are null already.
        words: The spellings.

    Returns:
        How often each of them occurs, without those that do not; and the column with nulls in their place.

    Example:
        >>> null_words_of(pa.chunked_array([["a", "NA", "NA"]]), NULL_WORDS)[0]
        {'NA': 2}
    """
    found = pc.is_in(column, value_set=pa.array(words, column.type))
    if not pc.any(found).as_py():
        return {}, column
    counted = {
        item["values"].as_py(): item["counts"].as_py() for item in pc.value_counts(column.filter(found))
    }
    return counted, pc.if_else(found, pa.scalar(None, column.type), column)


def looks_like_codes(column: pa.ChunkedArray) -> bool:
    """Whether "NA" may be a code of a text column, given its other values.

    It may where they all are capitals and digits, two to five of them, at least one letter in some; unless
    they all have one length other than two, so that "NA" cannot be one of them.

    Example:
        >>> looks_like_codes(pa.chunked_array([["DE", "FR", "US"]]))
        True
        >>> looks_like_codes(pa.chunked_array([["JFK", "LGA"]]))
        False
    """
    values = column.drop_null()
    head = values.slice(0, 1_000)
    if len(values) == 0 or not pc.all(pc.match_substring_regex(head, _CODE)).as_py():
        return False
    lengths = pc.min_max(pc.binary_length(values)).as_py()
    if lengths["min"] == lengths["max"] != len("NA"):
        return False
    return bool(
        pc.all(pc.match_substring_regex(values, _CODE)).as_py()
        and pc.any(pc.match_substring_regex(values, "[A-Z]")).as_py()
    )
