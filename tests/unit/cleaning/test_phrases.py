"""Phrases are gensim's, however the counting is dealt out."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS
from gensim.models.phrases import Phrases as Gensim
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.cleaning import phrases
from wordvectors.cleaning.phrases import CONNECTORS, count_pairs, learn_phrases, phrases_among
from wordvectors.cleaning.recipe import PhraseSettings

SENTENCES = st.lists(
    st.lists(st.sampled_from(["new", "york", "state", "of", "the", "dog", "in", "a"]), min_size=1, max_size=9)
    .map(" ".join),
    min_size=1, max_size=60,
)  # fmt: skip
SETTINGS = st.builds(PhraseSettings, min_count=st.integers(1, 4), threshold=st.floats(0.05, 5))


def gensims(sentences: list[str], settings: PhraseSettings, language: str) -> list[str]:
    """Return the sentences as gensim joins them."""
    learned = Gensim(
        [sentence.split(" ") for sentence in sentences],
        min_count=settings.min_count, threshold=settings.threshold, delimiter="_",
        connector_words=ENGLISH_CONNECTOR_WORDS if language == "en" else frozenset(),
    ).freeze()  # fmt: skip
    return [" ".join(learned[sentence.split(" ")]) for sentence in sentences]


@given(SENTENCES, SETTINGS, st.sampled_from(["en", "de"]))
def test_they_are_gensims(sentences, settings, language):
    found = learn_phrases(sentences, settings, language)

    assert [found.join(sentence) for sentence in sentences] == gensims(sentences, settings, language)


@given(SENTENCES, SETTINGS, st.integers(1, 10))
def test_counts_of_parts_add_up(sentences, settings, at_once):
    half = len(sentences) // 2
    counts: Counter[str] = Counter()
    for part in (sentences[half:], sentences[:half]):
        for some in count_pairs(part, "en", at_once=at_once):
            counts.update(some)
    frequent = {known: count for known, count in counts.items() if count > settings.min_count}

    assert phrases_among(frequent, len(counts), settings, "en") == learn_phrases(sentences, settings, "en")


def test_the_connectors_are_gensims():
    assert CONNECTORS["en"] == ENGLISH_CONNECTOR_WORDS


def test_a_phrase_may_hold_connectors():
    sentences = ["the dog is in new york", "the king of spain is here"] * 20 + [
        "new is here",
        "york is there",
    ] * 2
    found = learn_phrases(sentences, PhraseSettings(min_count=5, threshold=0.3), "en")

    assert found.join("the king of spain was in new york") == "the king_of_spain was in new_york"


LONG = "\U00010400" * 300
DISTINCT = {
    "short words": lambda n: f"new york word{n}" if n % 2 else f"rare{n} thing{n}",
    "long words": lambda n: f"new york {LONG}{n} {LONG}x{n}",
}


@pytest.mark.parametrize("kind", DISTINCT)
def test_counts_take_bounded_memory_however_many_and_long_the_words_are(monkeypatch, kind):
    """Rare ones are dropped on the way, and the frequent pair is found all the same."""
    monkeypatch.setattr(phrases, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(phrases, "_CHARACTERS_AT_ONCE", 1 << 14)
    sentences = map(DISTINCT[kind], range(6_000))
    tracemalloc.start()
    try:
        found = learn_phrases(sentences, PhraseSettings(min_count=1, threshold=1e-6), "en")
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found.joined == {"new_york"}
    assert used < 2 << 20


@pytest.mark.parametrize("sentence", ["", "of the", "dog"])
def test_what_has_no_phrase_stays(sentence):
    assert learn_phrases(["new york"] * 9, PhraseSettings(threshold=0.1), "en").join(sentence) == sentence
