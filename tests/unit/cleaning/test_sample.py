"""The sample corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from wordvectors.cleaning.origin import recipe_of
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sample import write_sample_corpus
from wordvectors.gensim_data import gensim_data


def test_the_sample_is_normalised_sentences_and_the_same_each_time(tmp_path: Path):
    counts = write_sample_corpus(tmp_path / "sample.txt")
    content = (tmp_path / "sample.txt").read_bytes()
    lines = content.decode().splitlines()
    assert (counts.sentences, counts.tokens) == (len(lines), sum(len(line.split()) for line in lines))
    assert (counts.sentences, counts.tokens, len(content)) == (22_807, 458_058, 2_789_105)
    assert min(len(line.split()) for line in lines) == 3
    text = content.decode()
    assert text == text.lower()
    assert "anarchism is a political philosophy" in text
    assert {file.name for file in tmp_path.iterdir()} == {"sample.txt", "sample.recipe.json"}
    assert recipe_of(tmp_path / "sample.txt") == CleaningRecipe()


def test_a_file_that_gensim_does_not_bring_is_named():
    with pytest.raises(FileNotFoundError, match=r"absent\.txt comes with gensim"):
        gensim_data("absent.txt")
