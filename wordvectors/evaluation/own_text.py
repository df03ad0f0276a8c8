"""A cloze test made of a run's own text: which of these words stood here?

Words are left out of a sample of the text. For each of them the model chooses between the word itself and words that
stand elsewhere in the text, by the cosine to the mean of the words around the gap. It needs no gold set and no language
in particular. That the words to choose from are drawn as the text has them gives a frequent word no advantage.

Cloze tests are Taylor's (1953, "Cloze procedure", Journalism Quarterly 30); to measure a model by how it tells what was
seen from noise is the idea of noise-contrastive estimation (Gutmann & Hyvärinen 2010), from which negative sampling
comes. `docs/evaluation.md` shows how well this orders models, and `bench/own_text.py` how that was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from wordvectors.corpus.count import words_of
from wordvectors.evaluation.analogies import NOT_ASKED, RIGHT, WRONG, AnalogyScore, score_of_answers

SAMPLES, SAMPLE_BYTES = 16, 256 * 1024
"""Of the text, evenly spread: 4 MiB are some 700,000 words, of which the questions are drawn."""
LEAST_COUNT = 5
"""A word is asked for if the sample has it so often."""
THRESHOLD = 1e-4
"""Frequent words are thinned out as in word2vec (Mikolov et al. 2013), so that most of what is asked has a meaning."""
REACH = 5
"""So many words on each side of a gap are shown, whatever a model's own window is."""
QUESTIONS = 10_000
"""Of a share of a half, the 95 % interval is 0.02 wide."""
CHOICES = 2
"""With more of them the score orders models less as gold sets do."""
QUESTIONS_AT_ONCE = 1024
_BLANK = b" \t\n\r\x0b\x0c\0"
_NONE = -1
_SEED = 1


@dataclass(frozen=True)
class OwnText:
    """Questions about a text; the same text has the same questions.

    Attributes
    ----------
    words : tuple of str
        All words of the questions, as the text spells them.
    right : array (questions,), int32
        Each question's word, as its place among `words`.
    wrong : array (questions, choices - 1), int32
        What stands beside it to choose from: words of other places in the text.
    near : array (questions, 2 * REACH), int32
        The words around the gap; -1 where there is none.
    """

    words: tuple[str, ...]
    right: NDArray[np.int32]
    wrong: NDArray[np.int32]
    near: NDArray[np.int32]

    def score(self, vectors: Mapping[str, NDArray[np.float32]]) -> AnalogyScore:
        """Return the share of questions that a model answers rightly; see `answers`. By chance it is 1 / choices."""
        return score_of_answers(self.answers(vectors))

    def answers(self, vectors: Mapping[str, NDArray[np.float32]]) -> NDArray[np.int8]:
        """Ask a model.

        Parameters
        ----------
        vectors
            Vectors by word, of some of `words` or more.

        Returns
        -------
        array (questions,)
            `RIGHT`, `WRONG`, or `NOT_ASKED` where the model lacks a choice, or all words around the gap.
        """
        known = [place for place, word in enumerate(self.words) if word in vectors]
        row_of = np.full(len(self.words) + 1, _NONE)  # the last one is that of _NONE
        row_of[known] = np.arange(len(known))
        choices, near = row_of[np.column_stack((self.right, self.wrong))], row_of[self.near]
        answers = np.full(len(self.right), NOT_ASKED, np.int8)
        asked = np.flatnonzero((choices != _NONE).all(axis=1) & (near != _NONE).any(axis=1))
        if not len(asked):
            return answers
        units = np.stack([vectors[self.words[place]] for place in known])
        units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        for some in np.array_split(asked, -(-len(asked) // QUESTIONS_AT_ONCE)):
            shown = (near[some] != _NONE)[..., None]
            middle = (units[near[some]] * shown).sum(axis=1)  # a sum does: only its direction counts
            cosines = np.einsum("qd,qcd->qc", middle, units[choices[some]])
            answers[some] = np.where((cosines[:, :1] > cosines[:, 1:]).all(axis=1), RIGHT, WRONG)
        return answers


def sampled(read_range: Callable[[int, int], bytes], size: int) -> list[bytes]:
    """Return parts of a text, of whole words; a text that is no larger than all of them is read whole.

    Parameters
    ----------
    read_range
        Returns `length` bytes from `start`: `read_range(start, length)`.
    size
        The text in bytes.
    """
    if size <= SAMPLES * SAMPLE_BYTES:
        return [read_range(0, size)] if size else []
    starts = [number * (size - SAMPLE_BYTES) // (SAMPLES - 1) for number in range(SAMPLES)]
    parts = []
    for start in starts:
        part = read_range(start, SAMPLE_BYTES)
        first = 0 if start == 0 else _first_blank(part)
        last = len(part) if start + len(part) == size else len(part) - _first_blank(part[::-1])
        parts.append(part[first:last])
    return parts


def own_text(parts: Iterable[bytes], *, questions: int = QUESTIONS, choices: int = CHOICES) -> OwnText:
    """Return questions about a text, one sentence a line.

    Parameters
    ----------
    parts
        The text, or what `sampled` returned of it.
    questions
        How many there are at most.
    """
    lines = [words_of(line) for part in parts for line in part.split(b"\n")]
    place_of: dict[bytes, int] = {}
    ids = np.array(
        [place_of.setdefault(word, len(place_of)) for word in chain.from_iterable(lines)], np.int32
    )
    line_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    rng = np.random.default_rng(_SEED)
    counts = np.bincount(ids, minlength=len(place_of))
    share = THRESHOLD * len(ids) / np.maximum(counts, 1)
    kept = (counts[ids] >= LEAST_COUNT) & (rng.random(len(ids)) < (np.sqrt(share) + share)[ids])
    ids, line_of = ids[kept], line_of[kept]

    gaps = rng.permutation(len(ids))[:questions]
    around = gaps[:, None] + np.array([*range(-REACH, 0), *range(1, REACH + 1)])
    inside = np.clip(around, 0, max(len(ids) - 1, 0))
    is_near = (around == inside) & (line_of[inside] == line_of[gaps, None]) & (ids[inside] != ids[gaps, None])
    wrong = ids[rng.integers(0, max(len(ids), 1), (len(gaps), choices - 1))] if len(ids) else gaps[:, None]
    can_be_asked = is_near.any(axis=1) & (wrong != ids[gaps, None]).all(axis=1)
    right, wrong = ids[gaps][can_be_asked], wrong[can_be_asked]
    near = np.where(is_near, ids[inside], _NONE)[can_be_asked]

    used = np.unique(np.concatenate((right, wrong.ravel(), near[near != _NONE])))
    renamed = np.full(len(place_of) + 1, _NONE, np.int32)
    renamed[used] = np.arange(len(used), dtype=np.int32)
    spelled = list(place_of)
    words = tuple(spelled[place].decode("utf-8", errors="replace") for place in used)
    return OwnText(words, renamed[right], renamed[wrong], renamed[near])


def _first_blank(part: Sequence[int]) -> int:
    return next((place for place, byte in enumerate(part) if byte in _BLANK), len(part))
