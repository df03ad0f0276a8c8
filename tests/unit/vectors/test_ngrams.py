"""Vectors of words that are not in the vocabulary: gensim's numbers, for words of any script."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models.fasttext import FastTextKeyedVectors, ft_ngram_hashes, load_facebook_vectors
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.engine.subwords import with_ngrams
from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.files import END_OF_SENTENCE
from wordvectors.vectors.ngrams import Ngrams, ngram_buckets
from wordvectors.vectors.unknown_words import Origin, UnknownWordError
from wordvectors.vectors.word_vectors import WordVectors

any_word = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> tuple[WordVectors, FastTextKeyedVectors]:
    """A model that fastText itself wrote, in our reading and in gensim's."""
    path = gensim_data("crime-and-punishment.bin")
    folder: Path = tmp_path_factory.mktemp("model")
    WordVectors.build(path, folder / "kept")
    return WordVectors.open(folder / "kept"), load_facebook_vectors(str(path))


@settings(deadline=None)
@given(st.lists(any_word, min_size=1, max_size=5), st.integers(0, 7), st.integers(0, 9), st.integers(1, 999))
def test_a_words_buckets_are_gensims_and_the_engines(words: list[str], least: int, most: int, buckets: int):
    counts, found = ngram_buckets(words, least, most, buckets)

    theirs = [list(ft_ngram_hashes(word, least, most, buckets)) for word in words]
    assert counts.tolist() == [len(each) for each in theirs]
    assert found.tolist() == [bucket for each in theirs for bucket in each]
    if least and found.size:
        trained = with_ngrams(words, np.ones(len(words)), least, most, buckets)
        bucket_of = dict(zip(trained.bucket_rows.tolist(), trained.buckets.tolist(), strict=True))
        rows = (trained.rows[a:b].tolist() for a, b in zip(trained.starts, trained.starts[1:], strict=False))
        assert [bucket_of[row] for each in rows for row in each[1:]] == found.tolist()


@settings(deadline=None)
@given(any_word)
def test_a_word_of_any_script_has_gensims_vector_and_neighbours(model, word: str):
    ours, gensims = model
    theirs = gensims[word]
    if not theirs.any():
        with pytest.raises(UnknownWordError, match="none of its n-grams was learnt"):
            ours[word]
        return
    np.testing.assert_allclose(ours[word], theirs, rtol=1e-5, atol=1e-6)
    found, expected = ours.most_similar(word, topn=3), gensims.most_similar(word, topn=4)
    expected = [one for one in expected if one[0] != END_OF_SENTENCE][:3]
    assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)
    assert ours.origin(word) is (Origin.VOCABULARY if word in gensims.key_to_index else Origin.NGRAMS)


def test_the_vocabulary_has_gensims_vectors_and_typos_mix_with_it(model):
    ours, gensims = model
    np.testing.assert_allclose(ours.vectors, gensims.vectors, atol=1e-6)
    known, typo = gensims.index_to_key[7], "преступлениями"
    assert typo not in ours
    assert ours.similarity(known, typo) == pytest.approx(gensims.similarity(known, typo), abs=1e-5)
    found = ours.most_similar([known, typo], [gensims.index_to_key[3]], topn=5)
    theirs = gensims.most_similar([known, typo], [gensims.index_to_key[3]], topn=6)
    assert [word for word, _ in found] == [word for word, _ in theirs if word != END_OF_SENTENCE][:5]
    assert ours.doesnt_match([known, typo, "преступление"]) == gensims.doesnt_match(
        [known, typo, "преступление"]
    )


def test_what_was_never_learnt_is_no_answer_of_zeros():
    rows = np.zeros((10, 2), np.float32)
    vectors = WordVectors(["paris", "tea"], np.eye(2, dtype=np.float32), ngrams=Ngrams(rows, 3, 6, len(rows)))
    for word in ("pariss", "", "half\ud800"):
        with pytest.raises(UnknownWordError, match="none of its n-grams was learnt"):
            vectors.most_similar(word)
    assert vectors.form_of("pariss") is None
    assert vectors.unknown("pariss").suggestions == ("paris",)


def test_a_typed_word_is_asked_for_as_its_corpus_was_written():
    ngrams = Ngrams(np.ones((10, 2), np.float32), 3, 6, 10)
    cleaned = WordVectors(["paris"], np.ones((1, 2), np.float32), ngrams=ngrams)
    assert cleaned.look_up("Paris") == ("paris", Origin.VOCABULARY)
    assert cleaned.look_up("Pariss") == ("pariss", Origin.NGRAMS)
    as_it_was = WordVectors(["Paris"], np.ones((1, 2), np.float32), ngrams=ngrams)
    assert as_it_was.look_up("Pariss") == ("Pariss", Origin.NGRAMS)
