"""What a report says, as plain values: worked out from a run's row, its log, its corpus and its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordvectors.blazingtext.rules import read_progress
from wordvectors.corpus.count import CorpusCount
from wordvectors.evaluation.scores import MEAN_RHO, found, measure, score_of
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.pages.report.word_map import WORDS, tsne
from wordvectors.pages.report.words import Neighbours, Probe, frequent_rows, neighbours, probe, unit_length
from wordvectors.pages.report.wrong_pairs import WrongPairs, most_wrong
from wordvectors.runs.run import RunStatus
from wordvectors.vectors.word_vectors import WordVectors

MOST_CURVE_POINTS = 400

Run = Mapping[str, Any]


@dataclass(frozen=True)
class CurvePoint:
    """A moment of the training: seconds since its first progress line, learning rate and words/s so far."""

    seconds: float
    alpha: float
    words_per_second: float


@dataclass(frozen=True)
class Score:
    """One evaluation set: its score and what that rests on; and the scores of the runs beside it.

    Attributes
    ----------
    measure : str
        What the score is: Spearman's rho or, of analogies, accuracy.
    found, total : int or None
        Pairs or questions. None for the mean over BlazingText's sets, and for a set that could not be read.
    best, previous : float or None
        None where there is no such run, or it has no score.
    """

    name: str
    measure: str
    value: float | None
    found: int | None
    total: int | None
    best: float | None
    previous: float | None


@dataclass(frozen=True)
class MapWord:
    """A word on the map: its place within the square from -1 to 1, and its nearest neighbours."""

    word: str
    x: float
    y: float
    neighbours: Neighbours


@dataclass(frozen=True)
class Contents:
    """All that is on the page.

    Attributes
    ----------
    run : mapping
        The run's row.
    best, previous : mapping or None
        The rows of the corpus's best other run, and of its last one before this.
    kept_words : int
        How many of the model's words, the most frequent ones, neighbours and pairs were looked for in.
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
        The run's row, its evaluation recorded.
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
    rows = frequent_rows(words, WORDS)
    wanted = ((run.get("plan") or {}).get("evaluation") or {}).get("probe_words") or ()
    points = tsne(index.vectors[rows])
    mapped = zip(rows, points, neighbours(index, rows), strict=True)
    return Contents(
        run=run,
        best=best,
        previous=previous,
        scores=scores(run, best, previous),
        curve=training_curve(log),
        kept_words=len(words),
        words=tuple(MapWord(words[row], float(x), float(y), near) for row, (x, y), near in mapped),
        probes=tuple(probe(index, wanted)),
        wrong=most_wrong(pair_set, words, index.vectors),
        corpus=corpus,
    )


def beside(run: Run, others: Iterable[Run]) -> tuple[Run | None, Run | None]:
    """Return the best of a corpus's other runs, and the last one before this; completed ones only."""
    completed = [
        other
        for other in others
        if other["run_id"] != run["run_id"] and other["status"] == RunStatus.COMPLETED
    ]
    earlier = [other for other in completed if other["created_at"] < run["created_at"]]
    best = max(completed, key=lambda other: other["mean_rho"], default=None)
    return best, max(earlier, key=lambda other: other["created_at"], default=None)


def scores(run: Run, best: Run | None, previous: Run | None) -> tuple[Score, ...]:
    """Return the scores of a run set by set, and then their mean; none if the evaluation was off."""
    sets = (run.get("evaluation") or {}).get("sets") or {}
    if not sets:
        return ()
    rows = [(name, measure(entry), found(entry) or (None, None)) for name, entry in sorted(sets.items())]
    rows.append((MEAN_RHO, measure({}), (None, None)))
    values = [[score_of(other or {}, name) for other in (run, best, previous)] for name, _, _ in rows]
    return tuple(
        Score(name, kind, own, known, total, highest, last)
        for (name, kind, (known, total)), (own, highest, last) in zip(rows, values, strict=True)
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
