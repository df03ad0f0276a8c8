"""How long a run is going to take and what it is going to cost, told before it starts.

By the pace of earlier runs of the same kind in the same table; as long as there are none, by published figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.figures import duration
from wordvectors.lifecycle.cost import Cost, KnownCost, money
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Forecast, Run
from wordvectors.lifecycle.status import RunStatus

LOOK_BACK = 50
"""How many of the newest runs are asked for their pace."""
_SLOWEST, _FASTEST = 1, 10**9
"""Words per second of a training, at least and at most."""
_AGREEING = 1.5
"""By how much the expected seconds of the slowest and of the fastest of the earlier runs may differ."""
_NO_RUN = "as no run of this kind has completed yet"
NOT_KNOWN = f"not known, {_NO_RUN}"
"""What is said in place of a forecast where there is none."""
_LONGEST_SECONDS = 10**8
"""Of a job: three years, while SageMaker ends one after 28 days. What is expected to take longer counts as so long."""


class Kind(NamedTuple):
    """What training shares its pace: engine, mode, instances, and the threads that a plan asks for, if it does."""

    engine: Engine
    mode: Mode
    subwords: bool
    instance_type: str
    instance_count: int
    threads: int | None = None


class Pace(NamedTuple):
    """How fast a kind of training is.

    Attributes
    ----------
    word_values : float
        Words of the text per second, times the values that each meets: see `_values`.
    other_seconds : float
        Of a job, beside its training: the corpus is fetched and counted, the model is evaluated and written.
    """

    word_values: float
    other_seconds: float

    def job_seconds(self, word_values: float) -> float:
        """Return how long a job takes whose training has so much to do."""
        return word_values / self.word_values + self.other_seconds


def _values(learnt: Hyperparameters) -> int:
    """Return how many values of rows a word of the text meets: what it costs is about in proportion to them.

    By Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space", section 3: with D values a
    word and a window of C words, skip-gram predicts C times over D values, and CBOW adds C·D values up and predicts
    once. With negative sampling, a prediction is that of 1 + k words: the true one and its k negatives.
    """
    predicted = 1 + learnt.negative_samples
    if learnt.mode is Mode.CBOW:
        return learnt.vector_dim * (learnt.window_size + predicted)
    return learnt.vector_dim * learnt.window_size * predicted


PUBLISHED = {
    Kind(Engine.BLAZINGTEXT, Mode.BATCH_SKIPGRAM, False, instance_type, count): Pace(
        words_per_second * _values(Hyperparameters()), other_seconds=77
    )
    for instance_type, count, words_per_second in (("ml.c5.xlarge", 1, 2.27e6), ("ml.c4.2xlarge", 2, 4.63e6))
}
"""By the logs of two published trainings with BlazingText's default window, negatives and dimension: 148 million words
for 10 epochs in 729 billed seconds (2020), and text8 on two instances (2020), whose other seconds are the first's."""


def forecast(
    plan: TrainingPlan, tokens: int | None, cost: Cost | None, earlier: Iterable[Run]
) -> Forecast | None:
    """Tell how long a run is going to take; None if nothing is known of its kind, or of its corpus.

    Parameters
    ----------
    tokens
        Of the corpus, in words.
    cost
        The planned cost, which has the price.
    earlier
        Runs of the same table, the newest first; they are read only if the corpus is known.
    """
    if not tokens:
        return None
    paces = _paces(plan, earlier)
    pace = _median(paces) if paces else PUBLISHED.get(_kind(plan))
    if pace is None:
        return None
    words = tokens * plan.hyperparameters.epochs
    values = words * _values(plan.hyperparameters)
    words_per_second = pace.word_values / _values(plan.hyperparameters)
    job = min(pace.job_seconds(values), _LONGEST_SECONDS)
    billed = min(job, plan.resources.max_runtime_seconds) * plan.resources.instance_count
    price = cost.for_seconds(billed) if isinstance(cost, KnownCost) else None
    expected = Forecast(
        job_seconds=round(job, 1), words_per_second=round(words_per_second), cost=price, by_runs=len(paces)
    )
    if not paces:
        return expected
    each = [min(one.job_seconds(values), _LONGEST_SECONDS) for one in paces]
    return expected.with_known(least_seconds=round(min(each), 1), most_seconds=round(max(each), 1))


def forecast_text(expected: Forecast | None, cost: Cost | None, *, is_local: bool) -> str:
    """Say what is expected in a line; nothing where nothing is known.

    Parameters
    ----------
    is_local
        Whether the run is the local cloud's: its own runs tell how long one takes here, and nothing of AWS.

    Examples
    --------
    >>> forecast_text(Forecast(job_seconds=729, words_per_second=2.27e6, by_runs=1), None, is_local=False)
    'about 12 min, by 1 run of this kind; unsure, as that is one run alone'
    """
    if expected is None:
        return ""
    text = _about(expected.job_seconds)
    if isinstance(cost, KnownCost) and expected.cost is not None and not (is_local and expected.by_runs):
        text += f" and {money(expected.cost, cost.currency)}"
    if not expected.by_runs:
        text = f"in AWS {text}" if is_local else text
        return f"{text}, by published figures of BlazingText on these instances; unsure, {_NO_RUN}"
    text += f", by {expected.by_runs} run{'s' * (expected.by_runs > 1)} of this kind"
    return f"{text}; {doubt}" if (doubt := _doubt(expected)) else text


def _doubt(expected: Forecast) -> str:
    """Say why a forecast by earlier runs is unsure; nothing if they agree."""
    if expected.by_runs == 1:
        return "unsure, as that is one run alone"
    least, most = expected.least_seconds, expected.most_seconds
    if least and most and most > _AGREEING * least:
        between = f"{_length(least)} to {_length(most)}"
        return f"unsure, as their paces differ: it may take {between}"
    return ""


def time_warnings(expected: Forecast | None, plan: TrainingPlan) -> list[str]:
    """Say that a run is expected to be ended before its training is done; nothing if it is not.

    Examples
    --------
    >>> plan = TrainingPlan.model_validate({"resources": {"max_runtime_seconds": 60}})
    >>> print(*time_warnings(Forecast(job_seconds=22_680, words_per_second=2.27e6), plan))
    it may take about 6 h 18 min, but resources.max_runtime_seconds ends it after 1 min: raise it, or train fewer epochs
    """
    most = plan.resources.max_runtime_seconds
    if expected is None or expected.job_seconds <= most:
        return []
    return [
        f"it may take {_about(expected.job_seconds)}, but resources.max_runtime_seconds ends it after "
        f"{duration(most)}: raise it, or train fewer epochs"
    ]


def forecast_error(run: Run) -> float | None:
    """Return by which share a run's job took longer than was expected; None if that can't be told."""
    expected, taken = run.forecast, _whole_job_seconds(run)
    if (
        expected is None
        or taken is None
        or run.early_end  # the forecast is of all epochs
        or not expected.job_seconds
        or (run.is_local and not expected.by_runs)
    ):
        return None
    return taken / expected.job_seconds - 1


def held_text(run: Run) -> str:
    """Say what was expected of a run, and how far off that was."""
    text, error = forecast_text(run.forecast, run.cost, is_local=run.is_local), forecast_error(run)
    if not text or error is None:
        return text
    off = (
        "it took just that"
        if abs(error) < 0.005
        else f"it took {abs(error):.0%} {'more' if error > 0 else 'less'}"
    )
    return f"{text}; {off}"


def _about(seconds: float) -> str:
    length = _length(seconds)
    return length if seconds >= _LONGEST_SECONDS else f"about {length}"


def _length(seconds: float) -> str:
    return "more than three years" if seconds >= _LONGEST_SECONDS else duration(_rounded(seconds))


def _rounded(seconds: float) -> float:
    """Round to what a forecast can know: to minutes; below ten of them, to ten seconds; below one, to seconds."""
    step = 60 if seconds >= 600 else 10 if seconds >= 60 else 1
    return max(round(seconds / step) * step, 1)


def _paces(plan: TrainingPlan, earlier: Iterable[Run]) -> list[Pace]:
    """Return the paces of those earlier runs that are of a plan's kind."""
    alike = ((run, run.plan) for run in earlier if run.plan is not None and _kind(run.plan) == _kind(plan))
    return [pace for run, learnt in alike if (pace := _pace_of(run, learnt)) is not None]


def _median(paces: Sequence[Pace]) -> Pace:
    return Pace(median(pace.word_values for pace in paces), median(pace.other_seconds for pace in paces))


def _pace_of(run: Run, plan: TrainingPlan) -> Pace | None:
    """Return a run's pace; None if it tells none that a training can have: a log, and a row, may say anything."""
    words_per_second = run.progress.words_per_second or 0
    trained, taken = run.training.training_seconds or 0, _whole_job_seconds(run) or 0
    has_duration = all(0 < seconds <= _LONGEST_SECONDS for seconds in (trained, taken))
    is_possible = has_duration and _SLOWEST <= words_per_second <= _FASTEST
    if run.status is not RunStatus.COMPLETED or not is_possible:
        return None
    return Pace(words_per_second * _values(plan.hyperparameters), taken - trained)


def _whole_job_seconds(run: Run) -> float | None:
    """Return how long a run's job took; None unless it ended well, with all of the run's training in it.

    On spot capacity fewer seconds are billed; a row that has no others tells these. A log that tells more seconds of
    training than the job had counts those of an earlier job, from whose checkpoint this one went on.
    """
    if run.status not in (RunStatus.EVALUATING, RunStatus.COMPLETED):
        return None
    training = run.training
    taken = training.billable_seconds if training.job_seconds is None else training.job_seconds
    is_whole = taken is not None and (training.training_seconds or 0) <= taken
    return taken if is_whole else None


def _kind(plan: TrainingPlan) -> Kind:
    learnt, resources = plan.hyperparameters, plan.resources
    return Kind(
        plan.engine,
        learnt.mode,
        learnt.subwords,
        resources.instance_type,
        resources.instance_count,
        learnt.threads,
    )
