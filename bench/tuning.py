"""`python -m bench.tuning`: what a search gains over the plan without changes, and Optuna's TPE over random draws.

The search is the product's: its suggestions, its space, its objective, its repeats. Only the cloud is left out: each
plan is trained here, by the project's own engine, on one thread. TPE begins with the same random draws as the random
search, so that the two differ by what TPE makes of them.

Each training is kept in the results file as soon as it is known, by its plan. A second call plays the searches again,
and trains what is missing.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from rich.table import Table

from bench.__main__ import FIGURES, terminal_or_file
from bench.options import count_option, file_option, results_option
from wordvectors.blazingtext.eval_json import eval_json, read_eval_json
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine import kernel_engine
from wordvectors.engine.encoding import EncodedCorpus, encode
from wordvectors.evaluation.scores import MEAN_RHO, pairs_entry
from wordvectors.evaluation.spearman import evaluate, lower_cased
from wordvectors.files import written_whole
from wordvectors.lifecycle.cost import Price, billed_cost, planned_cost
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.plan import TrainingPlan, resolve_plan
from wordvectors.lifecycle.run import Evaluation, Run, SetScore
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.order import TuningOrder
from wordvectors.tuning.search import Suggest, suggest
from wordvectors.tuning.space import default_space
from wordvectors.tuning.steps import advance, first_trials, seen
from wordvectors.tuning.tuning import Trial, TrialKind, Tuning, TuningStatus

RESULTS = FIGURES / "tuning.json"
SEARCHES: dict[str, Suggest] = {"TPE": suggest, "random": partial(suggest, by_estimate=0)}
SEEDS = 100
"""Seeds from one repetition to the next: a repetition's trainings have seeds of their own."""
OTHER_SECONDS = 77
"""Of a job in AWS beside its training, by the log of a published one; see `wordvectors.lifecycle.forecast`."""
PRICE = Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27")
Scored = dict[str, Any]
"""`scores`, an eval.json; and `seconds` of a processor."""


@dataclass
class Trainings:
    """What was trained, by plan; what is asked for and is not there is trained."""

    encoded: EncodedCorpus
    results: Path
    described: dict[str, Any]
    known: dict[str, Scored] = field(default_factory=dict)

    def run_of(self, plan: TrainingPlan) -> Run:
        """Return the run of a plan, as its row in the table would be."""
        key = json.dumps(plan.hyperparameters.model_dump(mode="json"), sort_keys=True)
        if key not in self.known:
            self.known[key] = self._train(plan)
            self._keep()
        scored = self.known[key]
        evaluation = read_eval_json(json.dumps(scored["scores"]))
        return Run(
            run_id=key,
            status=RunStatus.COMPLETED,
            plan=plan,
            mean_rho=evaluation.mean_rho,
            evaluation=Evaluation(
                sets={name: SetScore(**pairs_entry(score)) for name, score in evaluation.sets.items()}
            ),
            cost=billed_cost(
                planned_cost(PRICE, instances=1, max_runtime_seconds=3600),
                instances=1,
                billable_seconds=round(scored["seconds"] + OTHER_SECONDS),
                training_seconds=None,
            ),
        )

    def seconds_of(self, trials: Iterable[Trial]) -> list[float]:
        """Return the processor's seconds of each trial."""
        return [self.known[trial.run_id or ""]["seconds"] for trial in trials]

    def _train(self, plan: TrainingPlan) -> Scored:
        learnt, encoded = plan.hyperparameters, self.encoded
        before = time.process_time()
        trained = kernel_engine.train(encoded, learnt, lambda *_: None, threads=1, seed=learnt.seed or 1)
        seconds = time.process_time() - before
        scores = json.loads(eval_json(evaluate(lower_cased(encoded.vocabulary.words, trained.vectors))))
        return {"scores": scores, "seconds": round(seconds, 2)}

    def _keep(self) -> None:
        self.results.parent.mkdir(parents=True, exist_ok=True)
        trainings = [{"hyperparameters": json.loads(key), **scored} for key, scored in self.known.items()]
        with written_whole(self.results) as file:
            text = json.dumps({**self.described, "trainings": trainings}, separators=(",", ":"))
            file.write((text.replace('{"hyperparameters"', '\n{"hyperparameters"') + "\n").encode())


@dataclass(frozen=True)
class Outcome:
    """What one search came to: means of the repeats, of the trial that it found best and of the plan without changes.

    Attributes
    ----------
    seconds, cost : float
        Of the search's trials, without the repeats.
    """

    best: float
    default: float
    seconds: float
    cost: float


def searched(tuning: Tuning, suggested: Suggest, trainings: Trainings) -> Outcome:
    """Play a tuning to its end."""
    while tuning.status is not TuningStatus.JUDGING:
        tuning = advance(tuning, suggested, datetime.now(UTC))
        for trial in tuning.open_trials:
            run = trainings.run_of(tuning.plan_of(trial))
            tuning = tuning.with_trial(seen(trial, run, tuning.required_order))
    means = {
        number: fmean(trial.score or 0.0 for trial in tuning.judged_by(number)) for number in tuning.finalists
    }
    default = next(trial.number for trial in tuning.trials if trial.kind is TrialKind.DEFAULT)
    seconds = trainings.seconds_of(tuning.search_trials)
    cost = sum(trial.cost or 0.0 for trial in tuning.search_trials)
    return Outcome(means[tuning.finalists[0]], means[default], sum(seconds), cost)


def planned(repetition: int, options: argparse.Namespace) -> Tuning:
    """Return a tuning with its first trial; each repetition draws other plans, and trains with other seeds."""
    seed = repetition * SEEDS
    given = {"seed": seed, "threads": 1, "epochs": options.epochs}
    plan = resolve_plan({"engine": Engine.WORDVECTORS, "hyperparameters": given})
    space = default_space(plan, options.words)
    del space["epochs"]
    order = TuningOrder(
        corpus=options.corpus.name.partition(".")[0],
        trials=options.trials,
        finalists=1,
        repeats=options.repeats,
    )
    return first_trials(
        Tuning(
            tuning_id=f"tuning-bench-{repetition}",
            status=TuningStatus.SEARCHING,
            fingerprint=f"repetition {repetition}",
            created_at=datetime.now(UTC).isoformat(),
            order=order,
            space=space,
            plan=plan,
        )
    )


def outcome_table(outcomes: list[dict[str, Outcome]]) -> Table:
    """Return the scores, a repetition a line, and below their means and standard deviations."""
    table = Table(title=f"{MEAN_RHO}, each the mean of its repeats, over {len(outcomes)} repetitions")
    table.caption = "± is the standard deviation between the repetitions."
    columns: dict[str, Callable[[dict[str, Outcome]], float]] = {
        "plan without changes": lambda found: found["TPE"].default,
        "best of TPE": lambda found: found["TPE"].best,
        "best of random": lambda found: found["random"].best,
        "TPE's gain": lambda found: found["TPE"].best - found["TPE"].default,
        "random's gain": lambda found: found["random"].best - found["random"].default,
        "TPE − random": lambda found: found["TPE"].best - found["random"].best,
    }
    for heading in ("", *columns):
        table.add_column(heading, justify="right" if heading else "left")
    for number, found in enumerate(outcomes, start=1):
        table.add_row(str(number), *(f"{value(found):.4f}" for value in columns.values()))
    table.add_row(
        "mean", *(shown([value(one) for one in outcomes], 4) for value in columns.values()), style="bold"
    )
    return table


def effort_table(outcomes: list[dict[str, Outcome]], trials: int) -> Table:
    """Return what a search takes."""
    table = Table(title=f"What the {trials} trials of a search take, without the repeats")
    table.caption = (
        f"The cost is modelled: {PRICE.instance_type} at ${PRICE.per_hour:g} an hour for these seconds, and for "
        f"{OTHER_SECONDS} more of each job."
    )
    for heading in ("", "seconds of a processor", "$"):
        table.add_column(heading, justify="right" if heading else "left")
    for name in SEARCHES:
        own = [found[name] for found in outcomes]
        table.add_row(name, shown([one.seconds for one in own], 0), shown([one.cost for one in own], 3))
    return table


def shown(values: list[float], digits: int) -> str:
    """Return a mean with its standard deviation."""
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{fmean(values):.{digits}f}{spread}"


def first_words(corpus: Path, words: int, path: Path) -> None:
    """Write a text's first lines, as many as have so many words; the text may be an `.xz`."""
    with lzma.open(corpus) if corpus.suffix == ".xz" else corpus.open("rb") as lines, path.open("wb") as file:
        for line in lines:
            file.write(line)
            words -= len(line.split())
            if words <= 0:
                break


def main(arguments: list[str] | None = None) -> int:
    """Train what is missing, and show all; return the exit status."""
    options = _options(arguments)
    console = terminal_or_file()
    described = {"corpus": options.corpus.name, "words": options.words}
    kept: dict[str, Any] = {**described, "trainings": []}
    if options.results.is_file():
        kept = json.loads(options.results.read_text())
    if {name: kept[name] for name in described} != described:
        console.print(
            f"{options.results} is of {kept['words']:,} words of {kept['corpus']}: name another file with --results",
            style="red", markup=False,
        )  # fmt: skip
        return 1
    known = {json.dumps(one.pop("hyperparameters"), sort_keys=True): one for one in kept["trainings"]}
    with tempfile.TemporaryDirectory(prefix="wordvectors-bench-") as name:
        text = Path(name) / "corpus.txt"
        first_words(options.corpus, options.words, text)
        encoded = encode(text, Hyperparameters().min_count, text.parent, lambda _: None, threads=1)
        trainings = Trainings(encoded, options.results, described, known)
        outcomes = []
        for repetition in range(1, options.repetitions + 1):
            found = {
                name: searched(planned(repetition, options), suggested, trainings)
                for name, suggested in SEARCHES.items()
            }
            outcomes.append(found)
            console.print(outcome_table(outcomes))
    console.print(effort_table(outcomes, options.trials))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.tuning", description=__doc__)
    parser.add_argument(
        "--corpus", type=file_option, required=True, help="a text, one sentence a line; .xz will do"
    )
    parser.add_argument(
        "--words", type=count_option, default=2_000_000, help="of the text, from its beginning"
    )
    parser.add_argument("--trials", type=count_option, default=12)
    parser.add_argument(
        "--repeats",
        type=count_option,
        default=3,
        help="trainings of the best, and of the plan without changes",
    )
    parser.add_argument("--repetitions", type=count_option, default=5, help="of the whole")
    parser.add_argument(
        "--epochs", type=count_option, default=3, help="of every training; they are no part of the space"
    )
    parser.add_argument("--results", type=results_option, default=RESULTS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
