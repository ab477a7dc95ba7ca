"""CSV as found in the wild."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest

from datasette_lite.importers import table_load
from tests.py.importers.importing import Importing, Rows

CAFE = [("café", 1), ("naïve", 2)]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param("a,b\n1,x\n", [(1, "x")], id="comma"),
        pytest.param("a;b\n1;x\n", [(1, "x")], id="semicolon"),
        pytest.param("a\tb\n1\tx\n", [(1, "x")], id="tab"),
        pytest.param("a|b\n1|x\n", [(1, "x")], id="pipe"),
        pytest.param("a,b\r\n1,x\r\n", [(1, "x")], id="lines end as in Windows"),
        pytest.param("a,b\r1,x\r2,y\r", [(1, "x"), (2, "y")], id="lines end as in an old Mac"),
        pytest.param("a,b\n1,x", [(1, "x")], id="no end of the last line"),
        pytest.param("\n\na,b\n\n1,x\n\n", [(1, "x")], id="empty lines"),
        pytest.param("a\n1\n2\n", [(1,), (2,)], id="one column"),
        pytest.param(
            "x;y\n1,5;2,5\n1,25;3\n", [("1,5", "2,5"), ("1,25", "3")],
            id="decimal commas",
        ),
        pytest.param("1,5;2,5\n3,5;4,5\n", [("3,5", "4,5")], id="decimal commas and no names"),
        pytest.param(
            'a,b\n"1;2;3",x\n"4;5;6",y\n', [("1;2;3", "x"), ("4;5;6", "y")],
            id="others quoted",
        ),
        pytest.param(
            "id,tags\n1,a;b;c\n2,d;e;f\n", [(1, "a;b;c"), (2, "d;e;f")],
            id="lists in cells",
        ),
        pytest.param(
            "a\tb\nx, y, z\t1\nv, w, u\t2\n", [("x, y, z", 1), ("v, w, u", 2)],
            id="prose in tabs",
        ),
        pytest.param("a|b\nx, y\t;|1\n", [("x, y\t;", 1)], id="everything in pipes"),
        pytest.param("sep=;\na;b\n1;x\n", [(1, "x")], id="a line for Excel"),
        pytest.param("sep=_\r\na_b\r\n1_x\r\n", [(1, "x")], id="an odd delimiter for Excel"),
        pytest.param('a,b\n"x ""y"" z",1\n', [('x "y" z', 1)], id="doubled quotes"),
        pytest.param('a,b\n"x\ny\r\nz",1\n', [("x\ny\r\nz", 1)], id="line ends in quotes"),
        pytest.param(
            'a\tb\n"A" level\t1\n"B" side\t2\n', [('"A" level', 1), ('"B" side', 2)],
            id="quotes that are letters",
        ),
        pytest.param('a,b\n5" pipe,1\n', [('5" pipe', 1)], id="a quote within a cell"),
        pytest.param("a,b\nx\0y,1\n", [("x\0y", 1)], id="a zero byte"),
        pytest.param("a,b\nx\u2028y,1\n", [("x\u2028y", 1)], id="a line end that is none"),
    ],
)  # fmt: skip
def test_cells_come_apart_where_they_should(importing: Importing, content: str, rows: Rows) -> None:
    importing.load(content)
    assert importing.rows() == rows


@pytest.mark.parametrize(
    ("codec", "called"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_no_letter_is_lost(importing: Importing, codec: str, called: str) -> None:
    done = importing.load("name,n\ncafé,1\nnaïve,2\n".encode(codec))
    assert importing.rows() == CAFE
    assert importing.columns()[0] == ("name", "TEXT")
    assert any(fact.startswith(f"Text read as {called}") for fact in done.facts)


def test_a_mark_of_the_other_byte_order_is_read(importing: Importing) -> None:
    importing.load(b"\xfe\xff" + "name,n\ncafé,1\nnaïve,2\n".encode("utf-16-be"))
    assert importing.rows() == CAFE


def test_words_of_windows_survive(importing: Importing) -> None:
    importing.load("price\n€5 – “cheap”\n".encode("cp1252"))
    assert importing.rows() == [("€5 – “cheap”",)]


def test_bytes_that_windows_does_not_know_make_it_latin_1(importing: Importing) -> None:
    done = importing.load("a\ncaf\xe9\x81\n".encode("latin-1"))
    assert importing.rows() == [("café\x81",)]
    assert "Text read as Latin-1, because it is not UTF-8" in done.facts


def test_a_late_byte_decides_the_encoding(importing: Importing) -> None:
    filler = "".join(f"{n},plain\n" for n in range(60_000))
    importing.load(("n,name\n" + filler).encode() + "0,café\n".encode("cp1252"))
    assert importing.rows()[-1] == (0, "café")


def test_stray_bytes_leave_the_rest_utf_8(importing: Importing) -> None:
    content = b"name,n\n" + "café,1\n".encode() * 3 + b"na\xefve \x81,2\n"
    done = importing.load(content)
    fact = "Text read as UTF-8, but for 2 bytes read as Windows-1252"
    assert fact in done.facts
    assert importing.rows()[2:] == [("café", 1), ("naïve \x81", 2)]
    importing.load(content, "again.csv", "csv", **done.detected)
    assert importing.rows("again") == importing.rows()


def test_letters_that_look_like_utf_8_do_not_make_it_so(importing: Importing) -> None:
    importing.load("a\nÃ© is é, café, naïve\n".encode("cp1252"))
    assert importing.rows() == [("Ã© is é, café, naïve",)]


def test_a_letter_that_was_cut_at_the_end_is_a_stray_byte(importing: Importing) -> None:
    importing.load("a\ncafé, naïve, ü".encode()[:-1])
    assert importing.rows() == [("café, naïve, Ã",)]


def test_other_encodings_can_be_named(importing: Importing) -> None:
    importing.load("имя,n\nИван,1\n".encode("cp1251"), encoding="windows-1251")
    assert importing.columns()[0][0] == "имя"
    assert importing.rows() == [("Иван", 1)]


def test_a_wrong_encoding_is_refused(importing: Importing) -> None:
    assert importing.refusal("a\ncafé\n".encode("cp1252"), encoding="utf-8").code == "bad-encoding"
    error = importing.refusal("a\n", encoding="klingon")
    assert (error.code, "klingon" in error.message) == ("bad-option", True)
    assert importing.refusal("a\n", encoding="hex").code == "bad-option"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("a,a,A\n1,2,3\n", ["a", "a_2", "A_3"]),
        ("a,a_2,a\n1,2,3\n", ["a", "a_2", "a_3"]),
        ("é,É\nx,y\n", ["é", "É"]),
        (",b,\nx,y,z\n", ["untitled_1", "b", "untitled_3"]),
        ("a,,\nx,,\n", ["a"]),
        (" ,b\nx,y\n", ["untitled_1", "b"]),
        ('"a ""b""",[c],d\ne\n', ['a "b"', "[c]", "d"]),
        ('"line\nend",b\nx,y\n', ["line\nend", "b"]),
        ("a\0b,c\nx,y\n", ["ab", "c"]),
        ("select,from,a'b\nx,y,z\n", ["select", "from", "a'b"]),
        ("1,2\n3,4\n", ["untitled_1", "untitled_2"]),
        ("country,2019,2020\nx,1,2\n", ["country", "2019", "2020"]),
        ("2019,2020\n", ["2019", "2020"]),
    ],
)
def test_every_column_has_a_name_of_its_own(
    importing: Importing, content: str, names: list[str]
) -> None:
    importing.load(content)
    assert [name for name, _ in importing.columns()] == names


def test_a_header_alone_makes_an_empty_table(importing: Importing) -> None:
    done = importing.load("a,b\n")
    assert importing.columns() == [("a", "TEXT"), ("b", "TEXT")]
    assert done.rows == 0
    assert "Only names of columns, no rows" in done.facts


@pytest.mark.parametrize("content", ["\n\n", " \n", "\ufeff\n", ",,,\n,,\n"])
def test_nothing_to_name_columns_by(importing: Importing, content: str) -> None:
    assert importing.refusal(content).code in ("no-rows", "data-empty")


def test_the_line_of_the_header_can_be_told(importing: Importing) -> None:
    content = "Survey of 2024\n\na,b\n1,2\n"
    done = importing.load(content, header="3")
    assert importing.rows() == [(1, 2)]
    assert done.detected["header"] == "3"


BANK = (
    '"Data Source","World Development Indicators",\n\n"Last Updated","2024-05-30",\n\n'
    '"Country","Code","2022","2023",\n"Aruba","ABW","1.5","",\n"Chad","TCD","","2.5",\n'
)


@pytest.mark.parametrize(
    ("content", "header", "names", "first"),
    [
        pytest.param(
            BANK, 5, ["Country", "Code", "2022", "2023"], ("Aruba", "ABW", 1.5, None),
            id="World Bank",
        ),
        pytest.param(
            "Title\n\na,b\n1,2\n3,4\n", 3, ["a", "b"], (1, 2),
            id="parted by an empty line",
        ),
        pytest.param(
            "Title;;\n;;\na;b;c\n1;2;3\n", 3, ["a", "b", "c"], (1, 2, 3),
            id="as Excel does",
        ),
        pytest.param(
            "Title\nof 2024\na;b;c\n1;2;3\n4;5;6\n", 3, ["a", "b", "c"], (1, 2, 3),
            id="directly above",
        ),
        pytest.param("a\nb c\nd\n", 1, ["a"], ("b c",), id="one column"),
        pytest.param(
            "id,,,\n1,2,3,4\n5,6,7,8\n",
            1, ["id", "untitled_2", "untitled_3", "untitled_4"], (1, 2, 3, 4),
            id="hardly any names",
        ),
        pytest.param("id\n1,x\n2,y\n", 1, ["id", "untitled_2"], (1, "x"), id="too few names"),
    ],
)  # fmt: skip
def test_lines_above_the_header_are_left_out(
    importing: Importing, content: str, header: int, names: list[str], first: tuple[object, ...]
) -> None:
    done = importing.load(content)
    assert [name for name, _ in importing.columns()] == names
    assert importing.rows()[0] == first
    assert done.detected["header"] == str(header)
    said = any(fact.startswith("Left out above the names of columns") for fact in done.facts)
    assert said == (header > 1)


def test_prose_is_one_column(importing: Importing) -> None:
    importing.load("quote\nHello, world\nGoodbye\nOne, two, three\nBe, or not\n")
    assert importing.rows()[0] == ("Hello, world",)
    assert len(importing.columns()) == 1


def test_there_may_be_no_header(importing: Importing) -> None:
    done = importing.load("x,1\ny,2\n", header="0")
    assert importing.rows() == [("x", 1), ("y", 2)]
    assert "No line with names of columns" in done.facts


def test_numbers_may_be_a_header_if_told(importing: Importing) -> None:
    importing.load("1,2\n3,4\n", header="1")
    assert importing.columns() == [("1", "INTEGER"), ("2", "INTEGER")]


def test_ragged_rows_lose_nothing(importing: Importing) -> None:
    done = importing.load("a,b\n1\n2,3,4\n5,6\n7,8,,9\n")
    assert [name for name, _ in importing.columns()] == ["a", "b", "untitled_3", "untitled_4"]
    assert importing.rows() == [
        (1, None, None, None),
        (2, 3, 4, None),
        (5, 6, None, None),
        (7, 8, None, 9),
    ]
    assert any("1 row with too few cells, the first on line 2" in fact for fact in done.facts)
    assert any("2 rows with more cells than names" in fact for fact in done.facts)


def test_a_delimiter_at_the_end_of_rows_is_no_column(importing: Importing) -> None:
    importing.load("a,b\n1,2,\n3,4,\n")
    assert importing.rows() == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("cells", "declared", "stored"),
    [
        pytest.param(["1", "22", "-3"], "INTEGER", [1, 22, -3], id="integers"),
        pytest.param(["0", "+5", " 7 "], "INTEGER", [0, 5, 7], id="written loosely"),
        pytest.param(["1", "2.5"], "REAL", [1.0, 2.5], id="fractions"),
        pytest.param(["1.", ".5", "1e3", "-2E-2"], "REAL", [1.0, 0.5, 1000.0, -0.02], id="floats"),
        pytest.param(["1.10", "x"], "TEXT", ["1.10", "x"], id="text keeps its zeros"),
        pytest.param(["1", "", "3"], "INTEGER", [1, None, 3], id="empty cells among numbers"),
        pytest.param(["1.5", "", "3"], "REAL", [1.5, None, 3.0], id="and among fractions"),
        pytest.param(["x", ""], "TEXT", ["x", ""], id="empty cells among text"),
        pytest.param(["1", " "], "TEXT", ["1", " "], id="a space is text"),
        pytest.param(["007", "012"], "TEXT", ["007", "012"], id="leading zeros"),
        pytest.param(["1", "02"], "TEXT", ["1", "02"], id="one leading zero"),
        pytest.param(["01.5", "2.5"], "TEXT", ["01.5", "2.5"], id="leading zeros of versions"),
        pytest.param(["0.5", "0"], "REAL", [0.5, 0.0], id="a zero that leads nowhere"),
        pytest.param(["+44207946000"], "TEXT", ["+44207946000"], id="telephone numbers"),
        pytest.param(["9223372036854775807"], "INTEGER", [2**63 - 1], id="the largest integer"),
        pytest.param(["9223372036854775808"], "TEXT", ["9223372036854775808"], id="larger ones"),
        pytest.param(
            ["12345678901234567890123"], "TEXT", ["12345678901234567890123"],
            id="and long",
        ),
        pytest.param(
            ["1234567890123456789", "1.5"], "TEXT", ["1234567890123456789", "1.5"],
            id="too long for a float",
        ),
        pytest.param(["1_000", "2"], "TEXT", ["1_000", "2"], id="Python's digits"),
        pytest.param(["١٢", "3"], "TEXT", ["١٢", "3"], id="other digits"),
        pytest.param(["1,5", "2"], "TEXT", ["1,5", "2"], id="decimal commas"),
        pytest.param(["nan", "1.5"], "REAL", ["nan", 1.5], id="nan stays what it is"),
        pytest.param(["true", "false"], "TEXT", ["true", "false"], id="truth"),
        pytest.param(["2024-01-02"], "TEXT", ["2024-01-02"], id="dates"),
        pytest.param(["0x10"], "TEXT", ["0x10"], id="hexadecimal"),
        pytest.param(["-"], "TEXT", ["-"], id="a dash"),
    ],
)  # fmt: skip
def test_types_fit_every_value(
    importing: Importing, cells: list[str], declared: str, stored: list[object]
) -> None:
    rows = "".join(f'"{cell}",x\n' for cell in cells)
    importing.load("n,other\n" + rows)
    assert importing.columns()[0] == ("n", declared)
    found = [row[0] for row in importing.rows()]
    assert found == stored
    assert list(map(type, found)) == list(map(type, stored))


def test_a_column_without_values_is_text(importing: Importing) -> None:
    importing.load("a,b\n1,\n2,\n")
    assert importing.columns() == [("a", "INTEGER"), ("b", "TEXT")]


def test_empty_cells_can_be_null(importing: Importing) -> None:
    importing.load("a,b\n1,x\n,\n", empty="null")
    assert importing.rows() == [(1, "x"), (None, None)]


@pytest.fixture
def _small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_load, "SAMPLE_ROWS", 1000)


@pytest.mark.usefixtures("_small_sample")
@pytest.mark.parametrize(
    ("early", "late", "declared", "first", "last"),
    [
        ("1", "2.5", "REAL", 1.0, 2.5),
        ("1.50", "x", "TEXT", "1.50", "x"),
        ("1", "007", "TEXT", "1", "007"),
        ("", "5", "INTEGER", None, 5),
        ("1", "1234567890123456789", "INTEGER", 1, 1234567890123456789),
        ("1.5", "1234567890123456789", "TEXT", "1.5", "1234567890123456789"),
        ("1", "", "INTEGER", 1, None),
    ],
)
def test_a_late_value_changes_the_type_and_loses_nothing(
    importing: Importing, early: str, late: str, declared: str, first: object, last: object
) -> None:
    done = importing.load("a,b\n" + f"{early},x\n" * 5000 + f"{late},y\n" + f"{early},z\n" * 10)
    assert importing.columns()[0] == ("a", declared)
    rows = importing.rows()
    assert done.rows == len(rows) == 5011
    assert (rows[0], rows[5000]) == ((first, "x"), (last, "y"))
    assert type(rows[0][0]) is type(first)


@pytest.mark.usefixtures("_small_sample")
def test_a_late_column_is_added(importing: Importing) -> None:
    importing.load("a,b\n" + "1,x\n" * 3000 + "2,y,007\n" + "3,z,8\n")
    assert importing.columns()[2] == ("untitled_3", "TEXT")
    assert importing.rows()[-3:] == [(1, "x", None), (2, "y", "007"), (3, "z", "8")]


def test_a_cell_of_a_megabyte(importing: Importing) -> None:
    cell = "x,\n" * 700_000
    importing.load(f'a,b\n"{cell}",1\nshort,2\n')
    assert importing.rows() == [(cell, 1), ("short", 2)]


def test_cells_by_hand(importing: Importing) -> None:
    importing.load("a,b;c\n1,2;'x;y'\n", delimiter="semicolon", quote="'")
    assert importing.rows() == [("1,2", "x;y")]
    importing.load('a b\n"x y\n', "data2.csv", delimiter="space", quote="none")
    assert importing.rows("data2") == [('"x', "y")]


def test_tsv_is_parted_by_tabs_even_if_commas_fit(importing: Importing) -> None:
    importing.load("a,b\tc,d\n1,2\t3,4\n", "x.tsv", "tsv")
    assert importing.rows("x") == [("1,2", "3,4")]


def test_a_csv_called_tsv_is_read_all_the_same(importing: Importing) -> None:
    importing.load("a,b\n1,2\n", "x.tsv", "tsv")
    assert importing.rows("x") == [(1, 2)]


def test_what_was_detected_could_have_been_told(importing: Importing) -> None:
    content = "a;b\ncafé;1\n".encode("cp1252")
    done = importing.load(content)
    assert done.detected == {"delimiter": ";", "encoding": "cp1252", "header": "1"}
    importing.load(content, "again.csv", "csv", **done.detected)
    assert importing.rows("again") == importing.rows()


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_quote_that_swallows_the_rest_is_told(importing: Importing, end: str) -> None:
    rows = [f'{n},"plain, as {n}"' for n in range(20_000)]
    content = "\n".join(["n,name", *rows, '20000,"5 inch pipe', "20001,x", "20002,y"])
    fact = "A quote without an end: 3 lines became its cell, and would be rows with quote=none"
    assert fact in importing.load(content + end).facts
    closed = importing.load(content + '"' + end, "closed.csv")
    assert not any("quote" in each for each in closed.facts)


def test_facts_are_for_people(importing: Importing) -> None:
    assert importing.load("a;b;b\n1;1.5;x\n").facts == [
        "3 columns: 1 integer, 1 real, 1 text",
        "Cells parted by semicolon",
        "Text read as UTF-8",
        "Columns that had no name, or that of another: b_2",
    ]


def test_more_columns_than_sqlite_has(importing: Importing) -> None:
    header = ",".join(f"c{n}" for n in range(2001))
    assert importing.refusal(header + "\n").code == "too-many-columns"
    importing.load(header.removesuffix(",c2000") + "\n" + "1," * 1999 + "1\n")
    assert len(importing.columns()) == 2000


def test_datasette_lite_agrees_on_a_plain_file(importing: Importing, tmp_path: Path) -> None:
    """The rows of sqlite-utils, which Datasette Lite used, for what every file should be."""
    import sqlite_utils
    from sqlite_utils.utils import Format, TypeTracker, rows_from_file

    content = 'id,name,score,note\n1,Cleo,1.5,\n2,"Pan,cakes",,"x\ny"\n3,é,2,-\n'.encode()
    tracker = TypeTracker()
    theirs = sqlite_utils.Database(memory=True)
    theirs["data"].insert_all(  # type: ignore[union-attr]
        tracker.wrap(rows_from_file(io.BytesIO(content), Format.CSV)[0]), alter=True
    )
    theirs["data"].transform(types=tracker.types)  # type: ignore[union-attr]
    importing.load(content)
    assert importing.rows() == theirs.execute("select * from data").fetchall()
    types = theirs.execute("select name, type from pragma_table_info('data')").fetchall()
    assert importing.columns() == types


def test_limits_of_the_csv_module_are_lifted(importing: Importing) -> None:
    csv.field_size_limit(10)
    importing.load("a\n" + "x" * 1000 + "\n")
    assert importing.rows() == [("x" * 1000,)]


def test_gzip_in_gzip(importing: Importing) -> None:
    done = importing.load(gzip.compress(gzip.compress(b"a\n1\n")), "https://h/x.csv.gz")
    assert importing.rows("x") == [(1,)]
    assert "Unpacked from gzip in gzip" in done.facts
