"""Encoding gives the numbers of the words in text order, however the file is cut and many threads read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordvectors.corpus import ranges
from wordvectors.engine import encoding, memory
from wordvectors.engine.encoding import EncodedCorpus, encode
from wordvectors.engine.errors import TrainingError

same_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
pieces = [
    b"a",
    b"bc",
    b"</s>",
    b" ",
    b"\n",
    b"\t",
    b"\r\n",
    b"\0",
    b"\v",
    b"\f",
    b"\x1c",
    b"\xc2\xa0",
    b"\xff",
]
any_bytes = st.lists(st.sampled_from([*pieces, "é".encode(), b"somewhat longer", b"exactly8"])).map(b"".join)


def read(folder: Path, content: bytes, min_count: int = 1, threads: int = 1) -> EncodedCorpus:
    path = folder / "my.txt"
    path.write_bytes(content)
    return encode(path, min_count, folder, lambda tokens: None, threads=threads)


def expected_sentences(content: bytes, min_count: int) -> tuple[Counter[str], list[list[str]]]:
    """Return the kept words with their counts, and the sentences, by Python's own means."""
    lines = [line.split() for line in content.replace(b"\0", b" ").split(b"\n")]
    cut = [line[start : start + 1000] for line in lines for start in range(0, len(line), 1000)]
    decoded = [
        [token.decode("utf-8", "replace") for token in sentence if token != b"</s>"] for sentence in cut
    ]
    counts = Counter(word for sentence in decoded for word in sentence)
    kept = Counter({word: count for word, count in counts.items() if count >= min_count})
    sentences = [[word for word in sentence if word in kept] for sentence in decoded]
    return kept, [sentence for sentence in sentences if sentence]


def decoded_sentences(encoded: EncodedCorpus) -> list[list[str]]:
    return [[encoded.vocabulary.words[word] for word in ids] for ids in encoded.sentences()]


@same_file
@given(any_bytes, st.integers(0, 3), st.integers(1, 20), st.integers(1, 3), st.integers(1, 5))
def test_any_text_in_any_ranges_is_what_python_makes_of_it(
    tmp_path: Path, content: bytes, min_count: int, range_bytes: int, threads: int, chunk: int
):
    counts, sentences = expected_sentences(content, min_count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "RANGE_BYTES", range_bytes)
        patch.setattr(encoding, "IDS_PER_CHUNK", chunk)
        if len(counts) < 2:
            with pytest.raises(TrainingError):
                read(tmp_path, content, min_count, threads)
            return
        encoded = read(tmp_path, content, min_count, threads)
        assert decoded_sentences(encoded) == sentences
    assert encoded.vocabulary.words == [word for word, _ in counts.most_common()]  # ties as they first occur
    assert encoded.vocabulary.counts.tolist() == [count for _, count in counts.most_common()]
    everything = expected_sentences(content, 0)[0]
    assert encoded.vocabulary.tokens == everything.total()


def random_text(words: int, seed: int = 0) -> bytes:
    """Return lines of words whose frequencies are Zipf's, and which are long and short."""
    rng = np.random.default_rng(seed)
    names = [f"{'long' * (word % 5)}{word}" for word in range(5000)]
    drawn = [names[word % 5000] for word in rng.zipf(1.2, words)]
    return "\n".join(" ".join(drawn[start : start + 30]) for start in range(0, words, 30)).encode()


def test_threads_and_tables_that_grow_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = random_text(200_000)
    whole = read(tmp_path, content, min_count=2)
    counts, sentences = expected_sentences(content, 2)
    assert decoded_sentences(whole) == sentences
    assert whole.vocabulary.words == [word for word, _ in counts.most_common()]
    monkeypatch.setattr(ranges, "RANGE_BYTES", 50_001)
    for threads in (1, 4):
        cut = read(tmp_path, content, min_count=2, threads=threads)
        assert cut.vocabulary.words == whole.vocabulary.words
        np.testing.assert_array_equal(cut.ids, whole.ids)


def test_sentence_ends_are_marked_once_and_lines_of_dropped_words_leave_nothing(tmp_path: Path):
    encoded = read(tmp_path, b"\n\na b\n\nrare\na </s> b\n \nb a", min_count=2)
    assert encoded.ids.tolist() == [0, 1, -1, 0, 1, -1, 1, 0, -1]
    assert encoded.ids.dtype == np.int32


def test_a_long_line_is_cut_every_thousand_tokens_whatever_is_dropped(tmp_path: Path):
    line = [b"a", b"b"] * 1250
    line[10] = b"rare"
    encoded = read(tmp_path, b" ".join(line) + b"\na b\n", min_count=2)
    assert [len(ids) for ids in encoded.sentences()] == [999, 1000, 500, 2]


def test_a_line_of_a_hundred_megabytes_is_encoded(tmp_path: Path):
    repeats = 100_000_000 // 20
    encoded = read(tmp_path, b"interminable speech " * repeats, threads=2)
    assert encoded.vocabulary.counts.tolist() == [repeats, repeats]
    assert len(encoded.ids) == 2 * repeats * 1001 // 1000
    assert (np.flatnonzero(encoded.ids == -1) % 1001 == 1000).all()


@pytest.mark.parametrize("before", [b"", b"some words\n"])
def test_bytes_without_white_space_are_no_text(tmp_path: Path, before: bytes):
    with pytest.raises(TrainingError, match=r"my\.txt holds more than 1 MiB without white space"):
        read(tmp_path, before + b"x" * (2 << 20))


def test_a_word_of_almost_a_mebibyte_is_a_word(tmp_path: Path):
    encoded = read(tmp_path, b"a " + b"x" * (1 << 20) + b" a")
    assert [len(word) for word in encoded.vocabulary.words] == [1, 1 << 20]


def test_scratch_files_have_no_name(tmp_path: Path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "my.txt").write_bytes(b"a b\n" * 9)
    seen: list[list[Path]] = []
    encoded = encode(
        tmp_path / "my.txt",
        1,
        tmp_path / "scratch",
        lambda n: seen.append(list((tmp_path / "scratch").iterdir())),
    )
    assert seen == [[]]
    assert list((tmp_path / "scratch").iterdir()) == []
    assert len(encoded.ids) == 27


def test_progress_is_reported_every_ten_million_tokens_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(encoding, "TOKENS_PER_REPORT", 100)
    monkeypatch.setattr(ranges, "RANGE_BYTES", 64)
    (tmp_path / "my.txt").write_bytes(b"a b c d e\n" * 50)
    reports: list[int] = []
    encode(tmp_path / "my.txt", 1, tmp_path, reports.append)
    assert reports == [100, 200, 250]


def test_too_many_distinct_words_drop_the_rarest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoding, "MOST_DISTINCT_WORDS", 3)
    assert read(tmp_path, b"a a a b b b c c d e f\n").vocabulary.words == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("available", "content"),
    [
        (1 << 20, b"".join(b"w%d\n" % number for number in range(40_000))),  # while they are counted
        (10_000, b"a b c\n" * 200 + b"".join(b"w%d " % number for number in range(200))),  # once they are
        (
            50_000,
            b"caf\xe9 " * 9 + b"".join(b"w%d " % number for number in range(300)),
        ),  # as they are no UTF-8
    ],
)
def test_more_distinct_words_than_memory_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available: int, content: bytes
):
    read(tmp_path, content)
    monkeypatch.setattr(memory, "available_memory", lambda: available)
    with pytest.raises(
        TrainingError, match=r"^the corpus has [\d,]+ distinct words or more, .* are available\."
    ):
        read(tmp_path, content)
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    read(tmp_path, content)


def test_words_dropped_on_the_way_leave_the_others_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoding, "MOST_DISTINCT_WORDS", 3)
    monkeypatch.setattr(ranges, "RANGE_BYTES", 12)
    encoded = read(tmp_path, b"x a b a b a\ny a b z a b\nv w b a b a\na a x x x x\n")
    assert decoded_sentences(encoded) == [
        ["a", "b", "a", "b", "a"],
        ["a", "b", "a", "b"],
        ["b", "a", "b", "a"],
        ["a", "a", "x", "x", "x", "x"],
    ]
    assert encoded.vocabulary.words == ["a", "b", "x"]
    assert encoded.vocabulary.counts.tolist() == [9, 6, 4]
