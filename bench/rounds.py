"""What is trained in which order, and about how long that takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from bench.contenders import OURS, Contender
from bench.settings import Settings
from bench.worker import FASTTEXT
from wordvectors.blazingtext.hyperparameters import Mode

FIRST_ROUND_ONLY = frozenset({FASTTEXT})
"""It takes as long as all others together, and its speed varies no more than theirs."""

SECONDS_AROUND = 8.0
"""Of one training: to start, count words, write vectors and score them; a second more per million words."""

EXPECTED = {
    "wordvectors": {
        "batch_skipgram": 5.0, "skipgram": 1.7, "cbow": 3.4, "skipgram+subwords": 1.1, "cbow+subwords": 1.7,
    },
    "gensim": {"skipgram": 0.3, "cbow": 0.9, "skipgram+subwords": 0.2, "cbow+subwords": 0.32},
    FASTTEXT: {"skipgram": 0.11, "cbow": 0.4, "skipgram+subwords": 0.05, "cbow+subwords": 0.13},
}  # fmt: skip
"""Million words a second of one thread, about; for the estimate alone."""


@dataclass(frozen=True)
class Training:
    """One training, and the modes whose figures it gives."""

    contender: Contender
    modes: tuple[str, ...]
    settings: Settings
    threads: int
    round: int

    def seconds(self, words: int) -> float:
        """Return about how long it takes."""
        of_contender = EXPECTED.get(self.contender.name.split()[0], EXPECTED[FASTTEXT])
        mode = self.modes[0] if self.modes[0] in of_contender else Mode.SKIPGRAM
        speed = 1e6 * of_contender[mode] * (1 if self.threads == 1 else 1.8)
        return SECONDS_AROUND + words / 1e6 + words * self.settings.epochs / speed


def trainings(
    contenders: Sequence[Contender], modes: dict[str, Settings], thread_counts: Sequence[int], rounds: int
) -> Iterator[Training]:
    """Yield all trainings: round after round, and in each all contenders in turn, mode after mode.

    To all but ours batch_skipgram is skipgram: their training in one mode gives the figures of both.
    """
    for number, threads, mode in product(range(rounds), thread_counts, modes):
        for contender in contenders:
            if number and contender.name in FIRST_ROUND_ONLY:
                continue
            served = _served(mode, modes) if contender.name != OURS else (mode,)
            if served:
                yield Training(contender, served, modes[mode], threads, number)


def _served(mode: str, modes: Collection[str]) -> tuple[str, ...]:
    """Return for which modes another program trains at this one's turn."""
    if mode == "batch_skipgram":
        return () if "skipgram" in modes else (mode,)
    return (
        tuple(one for one in ("skipgram", "batch_skipgram") if one in modes)
        if mode == "skipgram"
        else (mode,)
    )
