"""Phrases: pairs of words that stand together oftener than chance has it become one word, `new_york`.

They are those of gensim's `Phrases` (4.4), which the tests compare with: the same counts, the same score (Mikolov et
al. 2013, "Distributed representations of words and phrases", equation 6), the same joining. Counting is a function
of its own here, so that counts of parts of a corpus, which workers made, can be added up. What is found does not
depend on the order of the sentences, as long as there are at most `MOST_COUNTED` words and pairs on one machine
(beyond that rare ones are dropped on the way, as gensim does); on Spark there is no such bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wordvectors.cleaning.recipe import PhraseSettings

MOST_COUNTED = 40_000_000
DELIMITER = "_"
"""In no word of a clean sentence."""
CONNECTORS = {
    "en": frozenset(
        {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "without"}
    )
}
"""By language: words that may stand inside of a phrase and do not count for it, as gensim has them for English."""


@dataclass(frozen=True)
class Phrases:
    """Phrases that were found, with the words that may stand inside of one. Can be pickled."""

    joined: frozenset[str]
    connectors: frozenset[str]

    def join(self, sentence: str) -> str:
        """Return a sentence with its phrases joined, from left to right; none overlaps another."""
        words: list[str] = []
        begun: list[str] = []  # a word and the connectors behind it
        for word in sentence.split(" "):
            if word in self.connectors:
                (begun or words).append(word)
                continue
            if begun and (phrase := DELIMITER.join((*begun, word))) in self.joined:
                words.append(phrase)
                begun = []
                continue
            words += begun
            begun = [word]
        return " ".join(words + begun)


def learn_phrases(sentences: Iterable[str], settings: PhraseSettings, language: str) -> Phrases:
    """Return the phrases of all sentences: tokens that are separated by single blanks."""
    counts: Counter[str] = Counter()
    least = 1
    for some in count_pairs(sentences, language):
        counts.update(some)
        if len(counts) > MOST_COUNTED:
            counts = Counter({known: count for known, count in counts.items() if count > least})
            least += 1
    return phrases_among(counts, len(counts), settings, language)


def count_pairs(
    sentences: Iterable[str], language: str, *, at_once: int = 1_000_000
) -> Iterator[Counter[str]]:
    """Yield counts of words and joined pairs that add up to those of all sentences; some `at_once` at a time."""
    connectors = CONNECTORS.get(language, frozenset())
    counts: Counter[str] = Counter()
    for sentence in sentences:
        begun: list[str] = []
        for word in sentence.split(" "):
            if word in connectors:
                if begun:
                    begun.append(word)
                continue
            counts[word] += 1
            if begun:
                counts[DELIMITER.join((*begun, word))] += 1
            begun = [word]  # a word ends one pair and begins the next
        if len(counts) >= at_once:
            yield counts
            counts = Counter()
    yield counts


def phrases_among(
    counts: Mapping[str, int], distinct: int, settings: PhraseSettings, language: str
) -> Phrases:
    """Return the pairs whose score is above the threshold.

    Parameters
    ----------
    counts
        Of words and joined pairs; those that occur less than `min_count` times may be missing.
    distinct
        How many words and pairs there are, with the rare ones.
    """
    found = set()
    for pair, count in counts.items():
        first, *rest = pair.split(DELIMITER)
        if rest and count > settings.min_count:
            score = (count - settings.min_count) / (counts[first] * counts[rest[-1]]) * distinct
            if score > settings.threshold:
                found.add(pair)
    return Phrases(frozenset(found), CONNECTORS.get(language, frozenset()))
