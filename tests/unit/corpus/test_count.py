"""A corpus counted: exactly where it is small, by its beginning where it is large."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.corpus import count
from wordvectors.corpus.count import count_corpus


def counted(text: bytes, **options):
    return count_corpus(lambda start, length: text[start : start + length], len(text), **options)


@given(
    st.lists(st.sampled_from([b"a", b"bb", "é".encode(), b" ", b"\n", b"  "])).map(b"".join),
    st.integers(1, 9),
)
def test_counts_are_those_of_splitting_it_all_at_once(text, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count, "_READ_BYTES", block)
        found = counted(text, min_count=2)

    words = Counter(text.split())
    assert found.lines == len(text.splitlines())
    assert (found.tokens, found.distinct_words) == (words.total(), len(words))
    assert found.cut_words == sum(times < 2 for times in words.values())
    assert found.cut_tokens == found.cut_words


def test_of_a_large_corpus_the_beginning_is_counted_and_the_rest_reckoned():
    read = []

    def read_range(start: int, length: int) -> bytes:
        read.append(start + length)
        return (b"one two\n" * 10_000)[start : start + length]

    found = count_corpus(read_range, 80_000, min_count=1, counted_bytes=8_000)

    assert (found.lines, found.tokens) == (10_000, 20_000)
    assert (found.distinct_words, found.cut_words, found.is_exact) == (None, None, False)
    assert max(read) == 8_000
