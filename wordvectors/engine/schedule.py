"""In what pieces, in what order and at what learning rate a corpus is trained; threads take the pieces from here."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from wordvectors.engine.draws import PORTABLE
from wordvectors.engine.encoding import LONGEST_SENTENCE
from wordvectors.engine.plain import Words
from wordvectors.engine.watch import LAST_ALPHA

LONGEST_STRETCH = 32_768
"""Ids; several threads merge their copies after each stretch at the latest."""
FEWEST_STRETCHES = 500
STRETCH_OPERATIONS = 1e8 if PORTABLE else 1e9
"""So that a stretch takes about a tenth of a second at most, as a stop has to wait for it; to the end of its last
sentence it may take longer."""


def stretch_length(ids: int, epochs: int, operations: float) -> int:
    """Return how many ids are trained between two looks at the learning rate and the stop."""
    return max(
        1, min(LONGEST_STRETCH, ids * epochs // FEWEST_STRETCHES, int(STRETCH_OPERATIONS / operations))
    )


@dataclass(frozen=True)
class _Gate:
    """Stretches from this one on are not taken; the number tells one gate from the next."""

    number: int
    stretch: int


class Schedule:
    """The stretches of all epochs: which is next, where it lies in the corpus, and at what rate it is trained.

    One thread, which may be interrupted by a signal in any line, calls `hold_at`, `pause`, `is_quiet`, `resume` and
    `stop`, and takes no lock. All others call `take` and `finish`.

    Attributes
    ----------
    per_epoch, stretches : int
        Stretches of an epoch, and of all.
    taken, done : int
        Stretches that a thread has begun, and that are trained; where a training goes on, both begin there.
    """

    def __init__(self, ids: Words, epochs: int, operations: float, learning_rate: float) -> None:
        """Cut a corpus into stretches.

        Parameters
        ----------
        ids
            The corpus; -1 ends a sentence.
        operations
            About how many floating-point operations a token takes.
        """
        self._ids, self._learning_rate = ids, learning_rate
        self._length = stretch_length(len(ids), epochs, operations)
        self.longest = self._length + LONGEST_SENTENCE
        self.per_epoch = -(-len(ids) // self._length)
        self.stretches = self.per_epoch * epochs
        self.taken = self.done = 0
        self._stopped = False
        self._until = self.stretches
        self._gate = _Gate(0, self._until)
        self._quiet = -1
        self._taking = threading.Lock()

    @property
    def fraction(self) -> float:
        """The share of all epochs that is trained."""
        return self.done / self.stretches

    @property
    def epochs_over(self) -> int:
        """The epochs beyond whose last stretch the training has gone; one that has just ended is not among them."""
        return max(self.done - 1, 0) // self.per_epoch

    def go_on_from(self, done: int) -> None:
        """Count the first stretches as trained, before any is taken."""
        self.taken = self.done = done

    def rate(self, stretch: float) -> float:
        """Return the learning rate at a stretch, counted over all epochs."""
        return self._learning_rate * max(1 - stretch / self.stretches, LAST_ALPHA)

    def bounds(self, stretch: int) -> tuple[int, int]:
        """Return where a stretch begins and ends in the ids: at the ends of sentences."""
        place = stretch % self.per_epoch
        return self._sentence_end(place * self._length), self._sentence_end((place + 1) * self._length)

    def _sentence_end(self, at: int) -> int:
        last = min(at + LONGEST_SENTENCE, len(self._ids))
        while 0 < at < last and self._ids[at - 1] >= 0:
            at += 1
        return min(at, last)

    def take(self) -> int | None:
        """Return the number of the next stretch, -1 if it is to wait, or None when there is no more to do."""
        with self._taking:
            gate = self._gate
            if self._stopped or self.taken == self.stretches:
                return None
            if self.taken < gate.stretch:
                self.taken += 1
                return self.taken - 1
            if self.done == self.taken:
                self._quiet = gate.number
            return -1

    def finish(self) -> None:
        """Count a stretch as trained."""
        with self._taking:
            self.done += 1

    def hold_at(self, stretch: int) -> None:
        """Let this stretch and those after it wait."""
        self._until = stretch
        self.resume()

    def pause(self) -> None:
        """Let all that are not begun wait."""
        self._gate = _Gate(self._gate.number + 1, 0)

    @property
    def is_quiet(self) -> bool:
        """Whether all that is not to wait is done: no thread is at work on a stretch."""
        return self._quiet == self._gate.number

    def resume(self) -> None:
        """End a pause."""
        self._gate = _Gate(self._gate.number + 1, self._until)

    def stop(self) -> None:
        """Let no more stretch be begun, ever."""
        self._stopped = True
