"""The sample corpus, and how its sentences are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.corpus.gensim_data import gensim_data
from wordvectors.corpus.sample import CorpusFacts, sentences, write_sample_corpus


def test_the_sample_is_normalised_sentences_and_the_same_each_time(tmp_path: Path):
    facts = write_sample_corpus(tmp_path / "sample.txt")
    content = (tmp_path / "sample.txt").read_bytes()
    lines = content.decode().splitlines()
    assert facts == CorpusFacts(len(lines), sum(len(line.split()) for line in lines), len(content))
    assert facts == CorpusFacts(sentences=25_428, tokens=471_628, bytes=2_876_191)
    text = content.decode()
    assert text == text.lower()
    assert all(re.fullmatch(r"[^\W_]+(?:'[^\W_]+)*(?: [^\W_]+(?:'[^\W_]+)*)+", line) for line in lines)
    assert "anarchism is a political philosophy" in text
    assert list(tmp_path.iterdir()) == [tmp_path / "sample.txt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat. It didn\u2019t move!", ["the cat sat", "it didn't move"]),
        (
            'Is it (really) so? "Yes, it is." She left at once.',
            ["is it really so", "yes it is", "she left at once"],
        ),
        ("Dr. J. Smith met Mrs. Brown. They talked long.", ["dr j smith met mrs brown", "they talked long"]),
        ("It costs 3.5 euros today. In 1999 it was 2.", ["it costs 3 5 euros today", "in 1999 it was 2"]),
        (
            "A heading\nThe first line of it\n\nanother line of text",
            ["the first line of it", "another line of text"],
        ),
        ("Naïve façades in Århus. 'Quoted' words_here", ["naïve façades in århus", "quoted words here"]),
        ("Too short.", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]):
    assert [" ".join(words) for words in sentences(text)] == expected


@given(st.text())
def test_any_text_gives_words_without_white_space(text: str):
    for words in sentences(text):
        assert len(words) >= 3
        assert all(word.split() == [word] for word in words)


def test_a_file_that_gensim_does_not_bring_is_named():
    with pytest.raises(FileNotFoundError, match=r"absent\.txt comes with gensim"):
        gensim_data("absent.txt")
