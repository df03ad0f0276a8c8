"""The Google analogies: "a is to b as c is to d", answered by vectors (Mikolov et al. 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordvectors.evaluation.sets import ANALOGIES_FILE
from wordvectors.gensim_data import gensim_data

MOST_FREQUENT = 30_000
"""Analogies are asked and answered among so many most frequent words, as word2vec's own script does."""
QUESTIONS_AT_ONCE = 256

RIGHT, WRONG, NOT_ASKED = 1, 0, -1

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class AnalogyScore:
    """How well vectors answer questions.

    Attributes
    ----------
    accuracy : float or None
        Share of right answers among the questions asked; None if no question could be asked.
    not_found : int
        Questions that were not asked, for a word outside the vocabulary.
    total_questions : int
    """

    accuracy: float | None
    not_found: int
    total_questions: int

    @property
    def coverage(self) -> float:
        """Share of the questions that were asked, 0 to 1."""
        return (self.total_questions - self.not_found) / self.total_questions if self.total_questions else 0.0


def google_analogies() -> list[Question]:
    """Return the 19,544 questions that gensim brings along, lower-cased; their sections are passed over."""
    lines = gensim_data(ANALOGIES_FILE).read_text(encoding="utf-8").lower().splitlines()
    questions = [tuple(line.split()) for line in lines if not line.startswith(":")]
    return [(a, b, c, d) for a, b, c, d in questions]


def score_analogies(
    words: Sequence[str], matrix: NDArray[np.float32], questions: Sequence[Question]
) -> AnalogyScore:
    """Return the share of questions that are answered rightly; see `answer_analogies`."""
    return score_of_answers(answer_analogies(words, matrix, questions))


def score_of_answers(answers: NDArray[np.int8]) -> AnalogyScore:
    """Return the share of right answers among those that were given."""
    asked = answers[answers != NOT_ASKED]
    accuracy = float((asked == RIGHT).mean()) if asked.size else None
    return AnalogyScore(accuracy, len(answers) - asked.size, len(answers))


def answer_analogies(
    words: Sequence[str], matrix: NDArray[np.float32], questions: Sequence[Question]
) -> NDArray[np.int8]:
    """Answer "a is to b as c is to d" by the word nearest to b - a + c (3CosAdd), given words left out.

    Parameters
    ----------
    words, matrix
        In descending frequency, and their vectors (words, dim); all but the first `MOST_FREQUENT` are left out.
        Of words that differ in case alone the most frequent one counts.
    questions
        Lower-cased.

    Returns
    -------
    array (questions,)
        `RIGHT`, `WRONG`, or `NOT_ASKED` where one of the four words is unknown.
    """
    place: dict[str, int] = {}
    for number, word in enumerate(words[:MOST_FREQUENT]):
        place.setdefault(word.lower(), number)
    answers = np.full(len(questions), NOT_ASKED, np.int8)
    numbers = [number for number, four in enumerate(questions) if all(word in place for word in four)]
    if not numbers:
        return answers
    asked = np.array([[place[word] for word in questions[number]] for number in numbers])
    norms = np.linalg.norm(matrix[:MOST_FREQUENT], axis=1, keepdims=True)
    unit = matrix[:MOST_FREQUENT] / np.maximum(norms, 1e-12)
    for start in range(0, len(asked), QUESTIONS_AT_ONCE):
        a, b, c, d = asked[start : start + QUESTIONS_AT_ONCE].T
        cosines = (unit[b] - unit[a] + unit[c]) @ unit.T
        rows = np.arange(len(a))
        for given in (a, b, c):
            cosines[rows, given] = -np.inf
        answers[numbers[start : start + QUESTIONS_AT_ONCE]] = cosines.argmax(axis=1) == d
    return answers
