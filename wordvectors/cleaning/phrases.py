"""Phrases: pairs of words that stand together oftener than chance has it become one word, `new_york`.

They are those of gensim's `Phrases` (4.4), which the tests compare with: the same counts, the same score (Mikolov et
al. 2013, "Distributed representations of words and phrases", equation 6), the same joining. Counting is a function
of its own here, so that counts of parts of a corpus, which workers made, can be added up. What is found does not
depend on the order of the sentences, as long as the counts take at most `MOST_BYTES` on one machine (beyond that rare
ones are dropped on the way, as gensim does); on Spark there is no such bound.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wordvectors.cleaning.recipe import PhraseSettings

MOST_BYTES = 4 << 30
"""Of the counts of words and pairs: some twenty million."""
_ENTRY_BYTES = 150
"""Of a dictionary's entry beside its key, just after the dictionary has grown."""
_CHARACTERS_AT_ONCE = 4 << 20
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
    counts: dict[str, int] = {}
    held, least = 0, 1
    for some in count_pairs(sentences, language):
        for known, count in some.items():
            before = counts.get(known, 0)
            if not before:
                held += _bytes_of(known)
            counts[known] = before + count
        while held > MOST_BYTES:
            for rare in [known for known, count in counts.items() if count <= least]:
                held -= _bytes_of(rare)
                del counts[rare]
            least += 1
    return phrases_among(counts, len(counts), settings, language)


def _bytes_of(known: str) -> int:
    return sys.getsizeof(known) + _ENTRY_BYTES


def count_pairs(
    sentences: Iterable[str], language: str, *, at_once: int = 1_000_000
) -> Iterator[Counter[str]]:
    """Yield counts of words and joined pairs that add up to those of all sentences.

    Each is of some `at_once` words and pairs; of fewer where they are long.
    """
    connectors = CONNECTORS.get(language, frozenset())
    counts: Counter[str] = Counter()
    characters = 0
    for sentence in sentences:
        characters += len(sentence)
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
        if len(counts) >= at_once or characters >= _CHARACTERS_AT_ONCE:
            yield counts
            counts, characters = Counter(), 0
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
