"""What a report says, as plain values: worked out from a run's row, its log, its corpus and its model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.log import read_progress
from wordvectors.corpus.count import CorpusCount
from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.scores import MEAN_RHO, RHO_MEASURE
from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.lifecycle.ranking import in_order
from wordvectors.lifecycle.run import NgramScore, Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.report.clusters import Cluster, clusters
from wordvectors.pages.report.word_map import WORDS, tsne
from wordvectors.pages.report.words import Neighbours, Probe, frequent_rows, neighbours, probe, unit_length
from wordvectors.pages.report.wrong_pairs import WrongPairs, most_wrong
from wordvectors.vectors.word_vectors import WordVectors

MOST_CURVE_POINTS = 400
FOUND_WORDS = 5_000
"""That can be searched for. The neighbours of so many take a megabyte at most, and some seconds of one processor."""


@dataclass(frozen=True)
class CurvePoint:
    """A moment of the training: seconds since its first progress line, learning rate and words/s so far."""

    seconds: float
    alpha: float
    words_per_second: float


@dataclass(frozen=True)
class OtherScore:
    """What another run scored on a set, and what that rests on."""

    value: float
    basis: Basis | None


@dataclass(frozen=True)
class Score:
    """One evaluation set: its score and what that rests on; and the scores of the runs beside it.

    Attributes
    ----------
    measure : str
        What the score is: Spearman's rho or, of analogies, accuracy.
    basis : Basis or None
        What the score rests on; None for a set that could not be read.
    best, previous : OtherScore or None
        None where there is no such run, or it has no score.
    with_ngrams : NgramScore or None
        Of a model with subwords, on word pairs.
    """

    name: str
    measure: str
    value: float | None
    basis: Basis | None
    best: OtherScore | None
    previous: OtherScore | None
    with_ngrams: NgramScore | None = None


@dataclass(frozen=True)
class FoundWord:
    """A word that can be searched for, and its nearest neighbours."""

    word: str
    neighbours: Neighbours


@dataclass(frozen=True)
class MapWord(FoundWord):
    """A word on the map: its place within the square from -1 to 1, and which of the clusters it belongs to."""

    x: float
    y: float
    cluster: int


@dataclass(frozen=True)
class Contents:
    """All that is on the page.

    Attributes
    ----------
    run : Run
    best, previous : Run or None
        The corpus's best other run, and of its last one before this.
    kept_words : int
        How many of the model's words, the most frequent ones, neighbours and pairs were looked for in.
    words : tuple of MapWord
        The most frequent, in order.
    further : tuple of FoundWord
        Those that follow them: they can be searched for, and are not on the map.
    clusters : tuple of Cluster
        None where there are too few words.
    corpus : CorpusCount or None
        None if the corpus is no longer what was trained on.
    """

    run: Run
    best: Run | None
    previous: Run | None
    scores: tuple[Score, ...]
    curve: tuple[CurvePoint, ...]
    kept_words: int
    words: tuple[MapWord, ...]
    further: tuple[FoundWord, ...]
    clusters: tuple[Cluster, ...]
    probes: tuple[Probe, ...]
    wrong: WrongPairs
    corpus: CorpusCount | None


def report_contents(
    *,
    run: Run,
    others: Iterable[Run],
    log: Iterable[tuple[float, str]],
    corpus: CorpusCount | None,
    words: Sequence[str],
    matrix: NDArray[np.float32],
    pair_set: WordPairSet,
) -> Contents:
    """Work out a report.

    Parameters
    ----------
    run
        Its evaluation is recorded.
    others
        The corpus's runs that have a score, the best first; the run itself may be among them.
    log
        The training's log: (seconds since 1970, line).
    words, matrix
        The model's most frequent words, in order, and their vectors, (words, dim), float32.
    pair_set
        The pairs on which model and people are compared one by one.
    """
    best, previous = beside(run, others)
    index = WordVectors(list(words), unit_length(matrix))
    found_rows = frequent_rows(words, FOUND_WORDS)
    wanted = run.plan.evaluation.probe_words if run.plan else ()
    near = neighbours(index, found_rows)
    rows = found_rows[:WORDS]
    mapped = [words[row] for row in rows]
    points, (named, of_word) = tsne(index.vectors[rows]), clusters(mapped, index.vectors[rows])
    return Contents(
        run=run,
        best=best,
        previous=previous,
        scores=scores(run, best, previous),
        curve=training_curve(log),
        kept_words=len(words),
        words=tuple(
            MapWord(word, own, float(x), float(y), int(cluster))
            for word, own, (x, y), cluster in zip(mapped, near[:WORDS], points, of_word, strict=True)
        ),
        further=tuple(
            FoundWord(words[row], own) for row, own in zip(found_rows[WORDS:], near[WORDS:], strict=True)
        ),
        clusters=named,
        probes=tuple(probe(index, np.linalg.norm(matrix, axis=1), wanted)),
        wrong=most_wrong(pair_set, words, index.vectors),
        corpus=corpus,
    )


def beside(run: Run, others: Iterable[Run]) -> tuple[Run | None, Run | None]:
    """Return the best of a corpus's other runs, and the last one before this; completed ones only.

    The best is by mean_rho, of those for which that rests on enough to rank them; where it does for none, as in a
    language other than English, by the score of the own text.
    """
    completed = [
        other for other in others if other.run_id != run.run_id and other.status is RunStatus.COMPLETED
    ]
    earlier = [other for other in completed if other.created_at < run.created_at]
    best = next(filter(None, (_best(run, completed, by) for by in (MEAN_RHO, OWN_TEXT))), None)
    return best, max(earlier, key=lambda other: other.created_at, default=None)


def _best(run: Run, others: Iterable[Run], by: str) -> Run | None:
    comparable = (other for other in others if other.text_compared(by) == run.text_compared(by))
    return next((other for other in in_order(comparable, by) if not other.doubt(by)), None)


def _score_of(run: Run | None, by: str) -> OtherScore | None:
    value = run.score(by) if run else None
    return None if run is None or value is None else OtherScore(value, run.basis(by))


def scores(run: Run, best: Run | None, previous: Run | None) -> tuple[Score, ...]:
    """Return the scores of a run set by set, and then their mean; none if the evaluation was off."""
    sets = run.evaluation.sets
    if not sets:
        return ()
    rows = [(name, entry.measure) for name, entry in sets.items()]
    rows.append((MEAN_RHO, RHO_MEASURE))
    return tuple(
        Score(
            name,
            kind,
            run.score(name),
            run.basis(name),
            _score_of(best, name),
            _score_of(previous, name),
            sets[name].with_ngrams if name in sets else None,
        )
        for name, kind in rows
    )


def training_curve(log: Iterable[tuple[float, str]]) -> tuple[CurvePoint, ...]:
    """Return the progress lines of a log, at most about `MOST_CURVE_POINTS` of them, evenly."""
    points: list[CurvePoint] = []
    began: float | None = None
    for moment, line in log:
        progress = read_progress(line)
        if progress is None:
            continue
        began = moment if began is None else began
        points.append(CurvePoint(max(moment - began, 0.0), progress.alpha, progress.words_per_second))
    step = -(-len(points) // MOST_CURVE_POINTS) or 1
    return tuple(point for number, point in enumerate(points) if number % step == 0 or point is points[-1])
