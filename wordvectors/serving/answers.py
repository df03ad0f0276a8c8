"""Answers of one model to the API's questions."""

from __future__ import annotations

from collections.abc import Iterable

from wordvectors.serving.contract import (
    AnalogyAnswer,
    AnalogyQuestion,
    Known,
    Neighbour,
    Neighbours,
    NeighboursAnswer,
    NeighboursQuestion,
    Similarity,
    SimilarityAnswer,
    SimilarityQuestion,
    Unknown,
    Vector,
    VectorsAnswer,
    VectorsQuestion,
)
from wordvectors.vectors.unknown_words import UnknownWordError
from wordvectors.vectors.word_vectors import WordVectors


def neighbours(name: str, vectors: WordVectors, question: NeighboursQuestion) -> NeighboursAnswer:
    """Return each word's neighbours, all found in one pass over the vectors."""
    known, unknown = _look_up(vectors, question.words)
    near = vectors.most_similar_each([one.form for one in known.values()], topn=question.topn)
    answers = [
        Neighbours(**dict(one), neighbours=_named(each))
        for one, each in zip(known.values(), near, strict=True)
    ]
    return NeighboursAnswer(model=name, unknown=unknown, answers=answers)


def analogy(name: str, vectors: WordVectors, question: AnalogyQuestion) -> AnalogyAnswer:
    """Return the words nearest to the sum of some words, others taken away."""
    known, unknown = _look_up(vectors, [*question.positive, *question.negative])
    found = []
    if not unknown:
        positive = [known[word].form for word in question.positive]
        negative = [known[word].form for word in question.negative]
        found = vectors.most_similar(positive, negative, topn=question.topn)
    return AnalogyAnswer(model=name, unknown=unknown, words=list(known.values()), neighbours=_named(found))


def similarity(name: str, vectors: WordVectors, question: SimilarityQuestion) -> SimilarityAnswer:
    """Return the cosine of each pair."""
    known, unknown = _look_up(vectors, (word for pair in question.pairs for word in pair))
    answers = [
        Similarity(
            words=[known[first], known[second]],
            cosine=vectors.similarity(known[first].form, known[second].form),
        )
        for first, second in question.pairs
        if first in known and second in known
    ]
    return SimilarityAnswer(model=name, unknown=unknown, answers=answers)


def vectors_of(name: str, vectors: WordVectors, question: VectorsQuestion) -> VectorsAnswer:
    """Return each word's vector."""
    known, unknown = _look_up(vectors, question.words)
    answers = [Vector(**dict(one), vector=vectors[one.form].tolist()) for one in known.values()]
    return VectorsAnswer(model=name, unknown=unknown, answers=answers)


def _look_up(vectors: WordVectors, words: Iterable[str]) -> tuple[dict[str, Known], list[Unknown]]:
    """Return words as the model has them, each once, and those that it has not."""
    known: dict[str, Known] = {}
    unknown: list[Unknown] = []
    for word in dict.fromkeys(words):
        try:
            form, origin = vectors.look_up(word)
            known[word] = Known(word=word, form=form, origin=origin)
        except UnknownWordError as fault:
            suggestions = list(fault.suggestions)
            unknown.append(Unknown(word=word, why=fault.why, detail=str(fault), suggestions=suggestions))
    return known, unknown


def _named(found: list[tuple[str, float]]) -> list[Neighbour]:
    return [Neighbour(word=word, cosine=cosine) for word, cosine in found]
