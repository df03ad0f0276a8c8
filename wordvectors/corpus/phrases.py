"""Phrases: pairs of words that stand together oftener than chance has it become one word, `new_york`.

Which pairs do is decided by gensim's `Phrases` from the counts of words and pairs in all sentences, and so does
not depend on the order of the sentences, as long as there are at most `MOST_COUNTED` words and pairs (beyond
that gensim drops rare ones on the way). Joining is then a function of the sentence alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wordvectors.corpus.recipe import PhraseSettings

MOST_COUNTED = 40_000_000
DELIMITER = "_"


def learn_phrases(sentences: Iterable[str], settings: PhraseSettings, language: str) -> Callable[[str], str]:
    """Return the function that joins the phrases of a sentence, learned from all sentences.

    Small English words (of, the, in ...) may stand inside of a phrase and do not count for it.
    """
    from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases

    learned: Any = Phrases(
        (sentence.split(" ") for sentence in sentences),
        min_count=settings.min_count,
        threshold=settings.threshold,
        max_vocab_size=MOST_COUNTED,
        delimiter=DELIMITER,
        connector_words=ENGLISH_CONNECTOR_WORDS if language == "en" else frozenset(),
    ).freeze()
    return lambda sentence: " ".join(learned[sentence.split(" ")])
