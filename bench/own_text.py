"""`python -m bench.own_text`: which measure from a text alone orders models as people's judgements do?

For each corpus some fifteen models are trained, good ones and deliberately bad ones. Each is scored on the gold sets of
its language, and by measures that need nothing but the text. In the end the orders are compared: Spearman's rho between
the models' order by a measure and their order by the gold sets, with a bootstrap interval over the models.

What was trained is kept in the results file as soon as it is known; a second call goes on where the first one ended.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bench.__main__ import FIGURES, terminal_or_file, write
from bench.options import count_option, results_option
from bench.own_text_measures import Model, agreement, bits_per_word
from bench.settings import Settings
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine import kernel_engine
from wordvectors.engine.encoding import encode
from wordvectors.evaluation.analogies import google_analogies, score_analogies
from wordvectors.evaluation.own_text import OwnText, own_text
from wordvectors.evaluation.sets import ANALOGIES
from wordvectors.evaluation.spearman import score, spearmans_rho
from wordvectors.evaluation.word_pairs import WordPairSet, read_word_pairs

RESULTS = FIGURES / "own_text.json"
BASE = Settings(vector_dim=50, epochs=6)
SHARES = 8
"""An eighth of the lines is held out. Of the rest a model has some eighths or all, and the first in any case."""
RESAMPLES = 2000
CHOICES = (2, 10, 100)
ASKED = slice(200, 1200)
"""The ranks of the words whose neighbours are compared."""


@dataclass(frozen=True)
class Made:
    """How a model is made: with which settings, of how many eighths of the text, and whether its words are shuffled."""

    settings: Settings = BASE
    eighths: int = SHARES
    shuffled: bool = False


MODELS = {
    "base": Made(),
    "1 epoch": Made(replace(BASE, epochs=1)),
    "12 epochs": Made(replace(BASE, epochs=12)),
    "an eighth of the text": Made(eighths=1),
    "5 dimensions": Made(replace(BASE, vector_dim=5)),
    "words shuffled": Made(shuffled=True),
    "learning_rate 0.005": Made(replace(BASE, learning_rate=0.005)),
    "150 dimensions": Made(replace(BASE, vector_dim=150)),
    "a quarter of the text": Made(eighths=2),
    "learning_rate 0.2": Made(replace(BASE, learning_rate=0.2)),
    "no subsampling": Made(replace(BASE, sampling_threshold=0.1)),
    "cbow": Made(replace(BASE, mode="cbow")),
    "window 1": Made(replace(BASE, window_size=1)),
    "window 10": Made(replace(BASE, window_size=10)),
    "min_count 20": Made(replace(BASE, min_count=20)),
}

Result = dict[str, Any]
"""`corpus`, `model`, `gold` and `measures`, both by name."""


def main(arguments: list[str] | None = None) -> int:
    """Train and measure what is missing, and show all; return the exit status."""
    options = _options(arguments)
    console = terminal_or_file()
    results = json.loads(options.results.read_text()) if options.results.is_file() else []
    known = {(result["corpus"], result["model"]) for result in results}
    for name, corpus in options.corpus:
        wanted = [model for model in MODELS if (name, model) not in known]
        if not wanted:
            continue
        sets = [read_word_pairs(path) for to, path in options.set if to == name]
        text = _Text(corpus, options.tokens)
        for model in wanted:
            results.append(
                {
                    "corpus": name,
                    "model": model,
                    **text.result(MODELS[model], sets, name in options.analogies),
                }
            )
            console.print(json.dumps(results[-1]), markup=False, highlight=False)
            write(options.results, json.dumps(results, indent=1) + "\n")
    for corpus in dict.fromkeys(result["corpus"] for result in results):
        console.print(models_table([result for result in results if result["corpus"] == corpus]))
    console.print(orders_table(results))
    return 0


class _Text:
    """A corpus, its held-out lines, and the windows of text that models are asked about."""

    def __init__(self, corpus: Path, most_tokens: int) -> None:
        lines = list(_lines(corpus, most_tokens))
        self.lines = [line for n, line in enumerate(lines) if n % SHARES]
        texts = {"held out": lines[::SHARES], "seen": self.lines[::SHARES]}
        self.questions = {
            name: {choices: own_text([_bytes(text)], choices=choices) for choices in CHOICES}
            for name, text in texts.items()
        }
        counts = Counter(itertools.chain.from_iterable(self.lines))
        self.asked = [word for word, _ in counts.most_common(ASKED.stop)][ASKED]

    def result(self, made: Made, sets: list[WordPairSet], analogies: bool) -> Result:
        """Make a model, and two more of the halves of its text; score and measure."""
        lines = [line for n, line in enumerate(self.lines) if n % SHARES < made.eighths]
        if made.shuffled:
            lines = _shuffled(lines)
        model = self._train(lines, made.settings)
        one, other = (self._train(lines[half::2], made.settings) for half in (0, 1))
        gold = {of.name: score(of, model).spearmans_rho or 0.0 for of in sets}
        if analogies:
            gold[ANALOGIES] = score_analogies(model.words, model.inputs, google_analogies()).accuracy or 0.0
        measures = {
            f"{name}, {text}": figure
            for text, questions in self.questions.items()
            for name, figure in _of_questions(model, questions, cbow=made.settings.cbow).items()
        }
        measures["neighbours, two halves"] = agreement(one, other, self.asked)
        return {"gold": _rounded(gold), "measures": _rounded(measures)}

    def _train(self, lines: list[list[str]], settings: Settings) -> Model:
        with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as folder:
            corpus = Path(folder, "corpus.txt")
            corpus.write_bytes(_bytes(lines))
            encoded = encode(corpus, settings.min_count, Path(folder), lambda tokens: None)
            given = Hyperparameters.read(settings.as_dict())
            trained = kernel_engine.train(encoded, given, lambda *figures: None, threads=1, seed=1)
        vocabulary = encoded.vocabulary
        return Model(vocabulary.words, trained.vectors, trained.output_rows, vocabulary.counts)


def _of_questions(model: Model, questions: dict[int, OwnText], *, cbow: bool) -> dict[str, float]:
    found = {
        f"cloze of {choices}": asked.score(model).accuracy or 0.0 for choices, asked in questions.items()
    }
    return found | {"bits": bits_per_word(model, questions[CHOICES[0]], cbow=cbow)}


def models_table(results: list[Result]) -> Table:
    """Return a corpus's models, best first by the gold sets, with all that is known of them."""
    table = Table(title=results[0]["corpus"])
    names = [("gold", name) for name in results[0]["gold"]] + [
        ("measures", name) for name in results[0]["measures"]
    ]
    for heading in ("", *(name for _, name in names)):
        table.add_column(heading, justify="right" if heading else "left")
    gold = gold_order(results)
    for place in np.argsort(-gold):
        result = results[place]
        table.add_row(result["model"], *(f"{result[kind][name]:.3f}" for kind, name in names))
    return table


def orders_table(results: list[Result]) -> Table:
    """Return, of each measure, how well its order of a corpus's models agrees with that of the gold sets."""
    table = Table(
        title="Spearman's rho between a measure's order of the models and the gold sets', with 95 % intervals"
    )
    corpora = list(dict.fromkeys(result["corpus"] for result in results))
    for heading in ("", *corpora, "mean"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    of = {corpus: [result for result in results if result["corpus"] == corpus] for corpus in corpora}
    for measure in results[0]["measures"]:
        found = [order_agreement(of[corpus], measure) for corpus in corpora]
        cells = [f"{rho:.2f} [{low:.2f}, {high:.2f}]" for rho, low, high in found]
        table.add_row(measure, *cells, f"{fmean(rho for rho, _, _ in found):.2f}")
    ceilings = [gold_agreement(of[corpus]) for corpus in corpora]
    table.add_row(
        "the gold sets, among each other", *(f"{rho:.2f}" for rho in ceilings), f"{fmean(ceilings):.2f}"
    )
    return table


def gold_order(results: list[Result]) -> NDArray[np.float64]:
    """Return each model's mean over the gold sets of its score in standard deviations from the models' mean."""
    scores = np.array([list(result["gold"].values()) for result in results])
    return ((scores - scores.mean(axis=0)) / scores.std(axis=0)).mean(axis=1)


def order_agreement(results: list[Result], measure: str) -> tuple[float, float, float]:
    """Return rho between a measure and the gold sets over a corpus's models, and its percentile bootstrap interval."""
    gold, by = gold_order(results), np.array([result["measures"][measure] for result in results])
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, len(by), len(by)) for _ in range(RESAMPLES)]
    rhos = [rho for rows in drawn if (rho := spearmans_rho(gold[rows], by[rows])) is not None]
    low, high = np.quantile(rhos, (0.025, 0.975))
    return spearmans_rho(gold, by) or 0.0, float(low), float(high)


def gold_agreement(results: list[Result]) -> float:
    """Return the mean rho between the models' orders by one gold set and by another: what can be hoped for."""
    scores = np.array([list(result["gold"].values()) for result in results]).T
    return fmean(spearmans_rho(one, other) or 0.0 for one, other in itertools.combinations(scores, 2))


def _lines(corpus: Path, most_tokens: int) -> Iterator[list[str]]:
    tokens = 0
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            words = line.split()
            tokens += len(words)
            if tokens > most_tokens:
                return
            yield words


def _shuffled(lines: list[list[str]]) -> list[list[str]]:
    words = [word for line in lines for word in line]
    np.random.default_rng(1).shuffle(words)
    rest = iter(words)
    return [list(itertools.islice(rest, len(line))) for line in lines]


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(float(figure), 5) for name, figure in figures.items()}


def _bytes(lines: list[list[str]]) -> bytes:
    return "".join(" ".join(line) + "\n" for line in lines).encode()


def _named(kind: Callable[[str], Path]) -> Callable[[str], tuple[str, Path]]:
    def read(given: str) -> tuple[str, Path]:
        name, _, path = given.partition("=")
        return name, kind(path)

    return read


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.own_text", description=__doc__)
    parser.add_argument("--corpus", type=_named(Path), action="append", default=[], metavar="NAME=FILE",
                        help="a text, one sentence a line; may be repeated")  # fmt: skip
    parser.add_argument("--set", type=_named(Path), action="append", default=[], metavar="NAME=FILE",
                        help="word pairs in the language of the corpus NAME; may be repeated")  # fmt: skip
    parser.add_argument("--analogies", nargs="*", default=[], metavar="NAME",
                        help="English corpora, on which the Google analogies are asked, too")  # fmt: skip
    parser.add_argument(
        "--tokens", type=count_option, default=1_500_000, help="of each corpus, from its beginning"
    )
    parser.add_argument("--results", type=results_option, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
