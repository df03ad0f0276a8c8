"""A corpus counted: exactly where it is small, by its beginning where it is large."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.corpus import count
from wordvectors.corpus.count import count_corpus, words_of
from wordvectors.corpus.word_table import WordTable


def counted(text: bytes, **options):
    return count_corpus(lambda start, length: text[start : start + length], len(text), **options)


@given(
    st.lists(st.sampled_from([b"a", b"bb", "é".encode(), b" ", b"\n", b"  "])).map(b"".join),
    st.integers(1, 9),
)
def test_counts_are_those_of_splitting_it_all_at_once(text, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count, "_READ_BYTES", block)
        found = counted(text)

    words = Counter(text.split())
    assert found.lines == len(text.splitlines())
    assert (found.tokens, found.is_exact) == (words.total(), True)
    assert [at.min_count for at in found.vocabulary] == [1, 2, 5, 10, 20, 50, 100]
    for at in found.vocabulary:
        kept = [times for times in words.values() if times >= at.min_count]
        assert at.words == len(kept)
        assert at.cut_share * words.total() == pytest.approx(words.total() - sum(kept))


def test_of_a_large_corpus_the_beginning_is_counted_and_the_rest_reckoned():
    read = []

    def read_range(start: int, length: int) -> bytes:
        read.append(start + length)
        return (b"one two\n" * 10_000)[start : start + length]

    found = count_corpus(read_range, 80_000, counted_bytes=8_000)

    assert (found.lines, found.tokens) == (10_000, 20_000)
    assert (found.counted_bytes, found.bytes, found.is_exact) == (8_000, 80_000, False)
    assert [(at.min_count, at.words) for at in found.vocabulary][-2:] == [(50, 2), (100, 2)]
    assert max(read) == 8_000


@pytest.mark.parametrize(
    "blank",
    sorted(
        {chr(code) for code in range(0x3001) if not chr(code).strip()} | set("\0\ufeff\u200b\u180e\u2800")
    ),
    ids=ascii,
)
def test_what_separates_words_is_what_the_trainer_takes_for_a_blank(blank):
    text = f"one{blank}two{blank}three\n".encode()
    table = WordTable()
    table.count(np.frombuffer(text, np.uint8), 0, len(text), np.empty(len(text), np.int32))

    assert words_of(text) == table.spelled.split(b"\n")[: table.size]
