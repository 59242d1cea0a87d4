"""Tables and lineage: pure functions, bounded and escaped."""

from workbench.notebook.lineage import Version, line_text, lineage_html, lineage_text
from workbench.notebook.table import table_html, table_text

COLUMNS = [{"name": "email", "dtype": "str"}, {"name": "age", "dtype": "Int64"}]


def test_a_table_as_text_aligns_numbers_right_and_counts_what_is_left_out():
    assert table_text(COLUMNS, [["a@x.org", 31], [None, 7]], total=5000) == (
        "email      age\nstr      Int64\na@x.org     31\nnull         7\n… and 4,998 more rows"
    )


def test_a_table_as_html_has_at_most_ten_rows_and_twenty_columns():
    columns = [{"name": f"c{i}", "dtype": "int64"} for i in range(30)]
    html = table_html(columns, [list(range(30))] * 50, total=50)
    assert html.count("<tr>") == 11
    assert html.count("<th ") == 20
    assert "… and 40 more rows and 10 more columns" in html


def test_a_wide_table_as_text_says_how_many_columns_do_not_fit():
    columns = [{"name": "x" * 30, "dtype": "int64"} for _ in range(10)]
    assert table_text(columns, [[1] * 10], width=70).endswith("… and 8 more columns")


def test_one_row_more_is_said_in_the_singular():
    assert table_text(COLUMNS, [["a", 1]], total=2).endswith("… and 1 more row")


def test_cells_are_escaped_and_cut():
    html = table_html([{"name": "<b>", "dtype": "str"}], [["<script>" + "x" * 500]])
    assert "<script" not in html
    assert "&lt;b&gt;" in html
    assert len(html) < 1000


def test_a_table_without_columns():
    assert table_html([], [], total=3)
    assert "3 more rows" in table_text([], [], total=3)


A = Version("a", (), "people.csv", "people", 100, 2)
B = Version("b", ("a",), "Drop rows where email is null", None, 90, 2)
C = Version("c", ("b", "a"), "Join <people>", None, 90, 4)


def test_the_line_goes_from_the_source_to_the_head():
    assert line_text([A, B, C], "b") == "people (100 rows) → Drop rows where email is null (90 rows)"


def test_a_long_line_is_shortened_in_the_middle():
    versions = [A] + [Version(str(i), (str(i - 1) if i else "a",), f"step {i}", None, 1, 1) for i in range(9)]
    assert line_text(versions, "8") == (
        "people (100 rows) → … → step 6 (1 row) → step 7 (1 row) → step 8 (1 row)"
    )


def test_the_lineage_shows_parents_sizes_and_the_head():
    lines = lineage_text([A, B, C], "b").splitlines()
    assert lines[2].startswith("*   1  0 ")
    assert lines[2].endswith("90 × 2")
    assert lines[3].startswith("    2  1, 0 ")
    html = lineage_html([A, B, C], "b")
    assert "Join &lt;people&gt;" in html
    assert html.count("font-weight:bold") == 1


def test_the_lineage_is_bounded():
    versions = [Version(str(i), (), "n", None, 1, 1) for i in range(120)]
    assert lineage_html(versions, None).count("<tr") == 51
    assert "70 earlier nodes" in lineage_text(versions, None)
