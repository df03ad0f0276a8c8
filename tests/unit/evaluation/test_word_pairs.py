"""Word-pair files, and the three sets of WordSim-353."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.blazingtext.eval_json import ALL, REL, SIM
from wordvectors.evaluation.word_pairs import WordPairsError, parse_word_pairs, read_word_pairs
from wordvectors.evaluation.wordsim353 import SPLIT, load_wordsim353


def test_wordsim353_has_the_published_sizes():
    sets = load_wordsim353()
    assert {name: len(pair_set.pairs) for name, pair_set in sets.items()} == {ALL: 353, REL: 252, SIM: 203}
    assert {name: pair_set.name for name, pair_set in sets.items()} == {ALL: ALL, REL: REL, SIM: SIM}
    unique = {name: {pair[:2] for pair in pair_set.pairs} for name, pair_set in sets.items()}
    assert len(unique[ALL]) == 352
    assert unique[REL] | unique[SIM] == unique[ALL]
    assert len(unique[REL] & unique[SIM]) == SPLIT.count("B") == 103
    assert len(sets[ALL].words) == 437


def test_wordsim353_holds_its_pairs_in_the_sets_that_agirre_gives():
    sets = load_wordsim353()
    assert ("tiger", "tiger", 10.0) in sets[SIM].pairs
    assert ("jerusalem", "israel", 8.46) in sets[REL].pairs  # lower-cased
    assert ("jerusalem", "israel", 8.46) not in sets[SIM].pairs
    assert ("king", "cabbage", 0.23) in sets[REL].pairs
    assert ("king", "cabbage", 0.23) in sets[SIM].pairs
    assert [pair for pair in sets[ALL].pairs if pair[:2] == ("money", "cash")][-1][2] == 9.08
    assert [pair for pair in sets[SIM].pairs if pair[:2] == ("money", "cash")] == [("money", "cash", 9.15)]


@pytest.mark.parametrize("separator", ["\t", ",", ";", " ", ", "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_usual_separators_headings_and_comments(tmp_path: Path, separator: str, end: str):
    file = tmp_path / "own.csv"
    lines = [
        "# ours",
        separator.join(["word1", "word2", "score"]),
        "",
        separator.join(["Früh", "Spät", "3.5"]),
    ]
    file.write_bytes(end.join([*lines, ""]).encode())
    pair_set = read_word_pairs(file)
    assert (pair_set.name, pair_set.pairs) == ("own.csv", (("früh", "spät", 3.5),))


def test_all_faulty_lines_are_named():
    with pytest.raises(WordPairsError) as fault:
        parse_word_pairs("own.txt", ["a b 1", "a b", "a b nan", "a b c d", "a b x"])
    for number in (2, 3, 4, 5):
        assert f"line {number}" in str(fault.value)
    assert "line 1" not in str(fault.value)


def test_many_faulty_lines_are_counted():
    with pytest.raises(WordPairsError, match="and 4 more"):
        parse_word_pairs("own.txt", ["a b 1"] + ["wrong"] * 9)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"word1,word2,score\n", b"\xff\xfe1\n"])
def test_a_file_without_pairs_is_refused_by_name(tmp_path: Path, content: bytes):
    file = tmp_path / "own.txt"
    file.write_bytes(content)
    with pytest.raises(WordPairsError, match=r"own\.txt"):
        read_word_pairs(file)


word = st.text("abcdefghij'-éß", min_size=1).filter(lambda text: text == text.lower())


@given(st.lists(st.tuples(word, word, st.floats(-100, 100)), min_size=1))
def test_pairs_written_by_tabs_are_read_again(pairs: list[tuple[str, str, float]]):
    lines = [f"{first}\t{second}\t{human!r}" for first, second, human in pairs]
    assert parse_word_pairs("set", lines).pairs == tuple(pairs)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_lines_are_read_or_refused(lines: list[str]):
    try:
        pairs = parse_word_pairs("set", lines).pairs
    except WordPairsError:
        return
    assert pairs


WIDE = ["w1,w2,POS,sd,similarity", "old,new,A,0.5,1.58", '"New York",nyc,N,0.1,9.5']


def test_the_score_is_the_column_with_a_usual_heading():
    assert parse_word_pairs("set", WIDE).pairs == (("old", "new", 1.58), ("new york", "nyc", 9.5))


@pytest.mark.parametrize("column", ["sd", "SD", "4"])
def test_the_score_is_the_column_that_is_named(column: str):
    assert [score for *_, score in parse_word_pairs("set", WIDE, column=column).pairs] == [0.5, 0.1]


def test_the_score_is_the_only_column_of_numbers():
    assert parse_word_pairs("set", ["old new A 1.58", "big small A 2"]).pairs[1] == ("big", "small", 2.0)


@pytest.mark.parametrize(
    ("lines", "column", "text"),
    [
        (["old,new,1,2", "big,small,3,4"], None, r"4 columns.*of numbers alone: 3, 4.*NAME:COLUMN"),
        (WIDE, "rating", "no column 'rating' for the score; its columns are POS, sd, similarity"),
        (WIDE, "1", "no column '1'"),
        (["old new 1"], "4", "its columns are numbered 3 to 3"),
        (["w1,w2,score", "old,new,1", "old,new,1,5", "x,y,z"], None, "line 3: .*; line 4: "),
    ],
)
def test_what_can_not_be_told_is_a_sentence(lines: list[str], column: str | None, text: str):
    with pytest.raises(WordPairsError, match=text):
        parse_word_pairs("own.csv", lines, column=column)


def test_a_decimal_comma_is_read_where_it_separates_nothing():
    assert parse_word_pairs("set", ["haus;gebäude;3,5", "haus;maus;0,5"]).pairs[0] == ("haus", "gebäude", 3.5)


@given(
    st.lists(st.tuples(word, word, st.floats(-100, 100)), min_size=1),
    st.sampled_from(["\t", ";", ",", " "]),
)
def test_the_separator_does_not_matter(pairs: list[tuple[str, str, float]], separator: str):
    lines = [separator.join([first, second, repr(human)]) for first, second, human in pairs]
    assert parse_word_pairs("set", ["a,b,score".replace(",", separator), *lines]).pairs == tuple(pairs)


@pytest.mark.parametrize(
    "lines",
    [
        [",word1,word2,score", "0,war,army,9", "1,king,queen,8"],
        ["id,word1,word2,score", "1,war,army,9", "2,king,queen,8"],
        ["id;a;b;s", "1;war;army;9", "2;king;queen;8"],
        ["score,word1,word2", "9,war,army", "8,king,queen"],
        ["word2,score,word1", "army,9,war", "queen,8,king"],
        ['"word1"\t"word2"\t"score"', '"war"\t"army"\t9', "king\tqueen\t8"],
        ['"war" "army"  9', "king queen 8"],
        ['"";"word1";"word2";"score"', '"1";"war";"army";"9,0"', '"2";"king";"queen";"8,0"'],
        ["Unnamed: 0.1,Unnamed: 0,word1,word2,score", "0,0,war,army,9", "1,1,king,queen,8"],
        ["idx,term_a,term_b,similarity", "0,war,army,9", "1,king,queen,8"],
        ["n\tterm\tother\trating", "0\twar\tarmy\t9", "1\tking\tqueen\t8"],
        ["word1,word2,score,2019", "war,army,9,1", "king,queen,8,2"],
        ["first;second;2019;score", "war;army;1;9", "king;queen;2;8"],
    ],
)
def test_a_set_is_read_as_its_heading_says(lines: list[str]):
    assert parse_word_pairs("set", lines).pairs == (("war", "army", 9.0), ("king", "queen", 8.0))


@pytest.mark.parametrize(
    "value",
    [
        "nan",
        "n/a",
        "1_0",
        "1e999",
        "-",
        "",
        "inf",
        "-inf",
        "0x1F",
        "\uff10",
        "\u22125",
        "\u00bd",
        "$5",
        "5%",
        "(5)",
        "high",
    ],
)
@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("line", [1, 2])
def test_a_line_without_a_number_is_named_and_is_no_heading(value: str, separator: str, line: int):
    lines = [
        separator.join(fields) for fields in (["war", "army", "9"], ["king", "queen", "8"], ["a", "b", "1"])
    ]
    lines[line - 1] = separator.join(["war", "army", value])
    with pytest.raises(WordPairsError, match=f"line {line}: "):
        parse_word_pairs("set", lines)


@pytest.mark.parametrize("separator", ["\t", ";", ",", " "])
@pytest.mark.parametrize("within", ["\t", ";", ",", " ", '""'])
def test_what_is_quoted_separates_nothing(separator: str, within: str):
    quoted = f'"a{within}b{within}c"'
    lines = [separator.join([quoted, "dog", "5"]), separator.join(['"cat" ', ' "mat"', "3"])]
    meant = quoted[1:-1].replace('""', '"')
    assert parse_word_pairs("set", lines).pairs == ((meant, "dog", 5.0), ("cat", "mat", 3.0))


@pytest.mark.parametrize("line", ['"say \\"hi\\"",dog,5', '"new,dog,5', '"a"b,dog,5'])
def test_a_quotation_mark_that_closes_no_field_is_named(line: str):
    with pytest.raises(WordPairsError, match="line 2: "):
        parse_word_pairs("set", ["cat,mat,3", line, "cow,mat,3"])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["pair_id,a,b,score", "ws-1,war,army,9", "ws-2,king,queen,8"], "3 columns of text.*word1 and word2"),
        (
            ['"word1" "word2" "score"', '"1" "war" "army" 9', '"2" "king" "queen" 8'],
            "this heading has 3 names, and the lines have 4",
        ),
        (
            ["word1,word2,score", "war,army,9,", "king,queen,8,"],
            "this heading has 3 names, and the lines have 4",
        ),
    ],
)
def test_columns_that_are_not_plain_are_not_guessed(lines: list[str], why: str):
    with pytest.raises(WordPairsError, match=why):
        parse_word_pairs("set", lines)


def test_a_heading_that_is_not_known_is_named_with_what_would_be():
    with pytest.raises(
        WordPairsError, match=r"line 1: 'wort anderes wert' \(a heading has one of the names word1"
    ):
        parse_word_pairs("set", ["wort;anderes;wert", "haus;maus;3,5"])
    asked_for = parse_word_pairs("set", ["a;b;wert;n", "haus;maus;3,5;1"], column="Wert")
    assert asked_for.pairs == (("haus", "maus", 3.5),)


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        (["0,war,9", "1,king,8"], "column 1, taken for the first word"),
        (["0.0\twar\tarmy\t9", "1.0\tking\tqueen\t8"], "column 1, taken for the first word"),
        (["\u0661;war;army;9", "\u0662;king;queen;8"], "column 1, taken for the first word"),
        (["war,0,army,9", "king,1,queen,8"], "column 2, taken for the second word"),
    ],
)
def test_a_column_of_numbers_alone_is_no_word(lines: list[str], column: str):
    with pytest.raises(WordPairsError, match=f"{column}, holds nothing but numbers"):
        parse_word_pairs("set", lines)


@pytest.mark.parametrize("separator", ["\t", ";", " "])
def test_a_comma_is_decimal_where_no_score_has_a_point(separator: str):
    lines = [separator.join(fields) for fields in (["war", "army", "1,5"], ["king", "queen", "3"])]
    assert [score for *_, score in parse_word_pairs("set", lines).pairs] == [1.5, 3.0]
    with pytest.raises(WordPairsError, match="line 1: 'war army 1,5'"):
        parse_word_pairs("set", [*lines, separator.join(["a", "b", "2.5"])])


def test_the_separator_is_not_told_by_one_line():
    with pytest.raises(WordPairsError, match=r"line 1: 'war army'$"):
        parse_word_pairs("set", ["war,army", "king,queen,8", "a,b,1"])
