"""The neighbours of words, asked of a model on this machine or of another, and as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from wordvectors.vectors.unknown_words import LookedUp, Origin


class Verbs(Protocol):
    """What a model is asked by, on this machine or another."""

    def look_up(self, word: str) -> LookedUp: ...
    def similarity(self, first: str, second: str) -> float: ...
    def most_similar(
        self, positive: Sequence[str] = (), negative: Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]: ...
    def most_similar_each(self, words: Sequence[str], topn: int = 10) -> list[list[tuple[str, float]]]: ...


class Nearest(NamedTuple):
    """A word's neighbours with their cosine, and what its own vector comes from."""

    origin: Origin
    words: list[tuple[str, float]]


def nearest_of(vectors: Verbs, words: Iterable[str], topn: int) -> tuple[dict[str, Nearest], list[str]]:
    """Return the neighbours of each word that has a vector, and a sentence for each that has none."""
    from wordvectors.vectors.unknown_words import UnknownWordError

    asked, faults = {}, []
    for word in words:
        try:
            asked[word] = vectors.look_up(word)
        except UnknownWordError as unknown:
            faults.append(str(unknown))
    near = vectors.most_similar_each([one.form for one in asked.values()], topn=topn)
    found = {word: Nearest(one.origin, each) for (word, one), each in zip(asked.items(), near, strict=True)}
    return found, faults


def neighbour_lists(found: dict[str, Nearest]) -> dict[str, list[str]]:
    """Return each word's neighbours as they are shown."""
    from wordvectors.vectors.unknown_words import Origin

    return {
        word if near.origin is Origin.VOCABULARY else f"{word} (by {near.origin})": lines(near.words)
        for word, near in found.items()
    }


def as_data(found: dict[str, Nearest]) -> dict[str, dict[str, Any]]:
    """Return each word's neighbours as JSON has them."""
    return {word: {"origin": near.origin, "neighbours": named(near.words)} for word, near in found.items()}


def named(found: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return words and their cosines with the names that JSON has for them."""
    return [{"word": near, "cosine": cosine} for near, cosine in found]


def lines(found: list[tuple[str, float]]) -> list[str]:
    """Return words, each after its cosine."""
    return [f"{cosine:.3f} {near}" for near, cosine in found]
