"""What a word's vector comes from; and of words that have none, what is said, and close spellings."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from wordvectors.vectors.files import END_OF_SENTENCE

_CANDIDATES = 5000
_DIFFERENCE_IN_LENGTH = 2

NO_SUBWORDS = "this model has no subwords to make a vector from"
NOTHING_LEARNT = "none of its n-grams was learnt"


class Origin(StrEnum):
    """What an answer about a word rests on."""

    VOCABULARY = "vocabulary"
    NGRAMS = "n-grams"


class LookedUp(NamedTuple):
    """A word as the model is asked for it, and what its vector comes from."""

    form: str
    origin: Origin


class UnknownWordError(KeyError):
    """A word that has no vector; the message names another form of it that has one, or close spellings.

    Attributes
    ----------
    word : str
    why : str
        Why its n-grams give no vector either.
    suggestions : tuple of str
        Words of the vocabulary that are spelled alike, the closest first.
    form : str or None
        The same word as the vocabulary writes it: in lower case, or in another normal form of Unicode.
    """

    def __init__(self, word: str, why: str, suggestions: tuple[str, ...], form: str | None = None) -> None:
        self.word, self.why, self.suggestions, self.form = word, why, suggestions, form
        hint = f" Did you mean {', '.join(suggestions)}?" if suggestions else ""
        self.message = (
            f"{word!r} is not in the vocabulary of this model; {form!r} is."
            if form
            else f"{word!r} is not in the vocabulary, and {why}.{hint}"
        )
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


def close_spellings(word: str, vocabulary: Iterable[str], most: int) -> tuple[str, ...]:
    """Return words of a vocabulary that are spelled like a word, the closest first.

    Looked at are the most frequent words of about its length that share its first or its last letter, 5,000 at most,
    so that the answer is quick in a vocabulary of any size.
    """
    lowered = word.lower()
    candidates: dict[str, str] = {}
    for known in vocabulary:
        if len(candidates) == _CANDIDATES:
            break
        if abs(len(known) - len(word)) <= _DIFFERENCE_IN_LENGTH and known != END_OF_SENTENCE:
            low = known.lower()
            if low[:1] == lowered[:1] or low[-1:] == lowered[-1:]:
                candidates.setdefault(low, known)
    return tuple(candidates[close] for close in get_close_matches(lowered, candidates, n=most, cutoff=0.7))
