"""The product from Python: what the command line does, with the same checks and the same progress."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Collection, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from wordvectors import STACK
from wordvectors.cli.output import CommandError
from wordvectors.cli.target import Target, connect
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import TIME
from wordvectors.lifecycle.checks import GivenPlan
from wordvectors.lifecycle.cost import actual_cost
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas

    from wordvectors.client.deployment import Deployment
    from wordvectors.pages.compare import Comparison as Comparison
    from wordvectors.vectors.word_vectors import WordVectors


class Refused(ValueError):
    """What was asked can't be done; the message says why, and what to do.

    Attributes
    ----------
    faults : list of str
        One sentence for each.
    """

    def __init__(self, error: CommandError) -> None:
        self.faults = error.faults
        lines = [error.title, *(f"  - {fault}" for fault in error.faults), *filter(None, [error.advice])]
        super().__init__("\n".join(lines))


class TrainingFailed(RuntimeError):
    """A run that was followed and ended without a model.

    Attributes
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        why = "; ".join(run.reasons) or run.reason or "no reason was given"
        super().__init__(f"{run.run_id} ended as {run.status}: {why}")


class Wanted(TypedDict, total=False):
    """Which runs, and in which order; what is left out is as on the command line.

    Attributes
    ----------
    corpus
        The corpus's name.
    status
        The runs', or several: they are in one of these.
    mode
        Of training, such as `skipgram`.
    since
        `7d`, `12h`, or a day, `2026-11-23`.
    tag
        One that the runs have, or several.
    note
        A text that the runs' note holds, in whatever case.
    by
        `time`, `cost`, `mean_rho` or an evaluation set.
    limit
        How many runs.
    """

    corpus: str | None
    status: str | Collection[str]
    mode: str | None
    since: str | None
    tag: str | Collection[str]
    note: str | None
    by: str
    limit: int


class Pipeline:
    """A deployment: in the local cloud, or in an AWS account.

    Nothing is asked of it before it is needed.

    Parameters
    ----------
    target, profile, region, stack
        As on the command line.

    Examples
    --------
    >>> import wordvectors                                             # doctest: +SKIP
    >>> pipeline = wordvectors.pipeline(target="aws", region="eu-west-1")
    >>> run = pipeline.train("blogs.txt", epochs=10, resources={"spot": True})
    >>> pipeline.load(run).most_similar("family")
    """

    def __init__(
        self,
        target: str = Target.LOCAL,
        *,
        profile: str | None = None,
        region: str | None = None,
        stack: str = STACK,
    ) -> None:
        if target not in list(Target):
            raise ValueError(f"target is {target!r}; it is {' or '.join(map(repr, map(str, Target)))}")
        self._where = (Target(target), profile, region, stack)

    def __repr__(self) -> str:
        target, profile, region, stack = self._where
        named = {"target": str(target), "profile": profile, "region": region, "stack": stack}
        return f"Pipeline({', '.join(f'{name}={value!r}' for name, value in named.items() if value)})"

    @cached_property
    def deployment(self) -> Deployment:
        """What is deployed.

        Raises
        ------
        Refused
            If there is nothing, or no way to ask.
        """
        with _refusals():
            return connect(*self._where)

    def train(
        self,
        corpus: str | Path,
        *,
        name: str | None = None,
        again: bool = False,
        follow: bool = True,
        **plan: Any,
    ) -> Run:
        """Upload a corpus, which starts its training, and follow it to its end.

        Parameters
        ----------
        corpus
            Text, UTF-8, one sentence per line.
        name
            Of the corpus in the bucket; the file's by default.
        again
            Whether to train once more what has been trained with this plan before.
        follow
            Whether to wait for the end; the progress is shown on standard error, or below a notebook's cell.
        plan
            Sections of a plan, such as `resources={"spot": True}`; any other name is a hyperparameter.

        Returns
        -------
        Run
            As it last stood.

        Raises
        ------
        Refused
            With every fault of corpus and plan, before anything is uploaded.
        TrainingFailed
            If the run was followed and has no model.
        ValueError
            If a hyperparameter is given in its section and beside it.
        TypeError
            If the corpus is no path.
        """
        if not isinstance(corpus, str | os.PathLike):
            raise TypeError(f"the corpus is {corpus!r}; it must be the path of a text file, such as 'my.txt'")
        from wordvectors.cli.train import submit

        place, text, below_a_cell = self.deployment, plan_text(plan), follow and "ipykernel" in sys.modules
        with _refusals():
            run = submit(
                place,
                Path(corpus),
                name=name,
                plan=GivenPlan(text) if text else None,
                again=again,
                follow=follow and not below_a_cell,
            )
        if below_a_cell:
            run = _followed_below_a_cell(place, run)
        if follow and run.status is not RunStatus.COMPLETED:
            raise TrainingFailed(run)
        return run

    def runs(self, **wanted: Unpack[Wanted]) -> pandas.DataFrame | list[Run]:
        """Return runs: the newest, or the best, or the cheapest first; filtered as `wordvectors runs` does.

        Parameters
        ----------
        wanted
            See `Wanted`.

        Returns
        -------
        pandas.DataFrame or list of Run
            A table with a row for each run, where pandas is installed.
        """
        listed = self.list_runs(**wanted)
        try:
            import pandas
        except ImportError:
            return listed
        return pandas.DataFrame([_row(run) for run in listed])

    def list_runs(self, **wanted: Unpack[Wanted]) -> list[Run]:
        """Return runs as `runs` does, always as a list of `Run`."""
        from wordvectors.cli.leaderboard import found_runs

        _check_wanted(wanted)
        statuses = [_status(each) for each in _several(wanted.get("status", ()))]
        with _refusals():
            return found_runs(
                self.deployment.runs,
                limit=wanted.get("limit", 20),
                corpus=wanted.get("corpus"),
                statuses=statuses,
                mode=wanted.get("mode"),
                since=wanted.get("since"),
                by=wanted.get("by", TIME),
                tags=_several(wanted.get("tag", ())),
                note=wanted.get("note"),
            )

    def best(self, corpus: str, *, by: str = MEAN_RHO) -> Run:
        """Return a corpus's best completed run, by `mean_rho` or an evaluation set.

        Raises
        ------
        Refused
            If there is none, or the scores rest on too little to tell.
        """
        from wordvectors.cli.leaderboard import best_run

        with _refusals():
            return best_run(self.deployment.runs, corpus, by)

    def run(self, run: str | Run) -> Run:
        """Return a run as it stands now: by its id, the beginning of one, `@NAME`, or `latest`.

        Raises
        ------
        Refused
            If there is none, or several.
        """
        from wordvectors.cli.runs import find_run

        with _refusals():
            return find_run(self.deployment, _id_of(run))

    def compare(self, *runs: str | Run, probes: Sequence[str] = ()) -> Comparison:
        """Return what is to be said of several runs: plans, scores with a paired test, neighbours.

        Raises
        ------
        Refused
            If one is unknown or has no model, or no model knows a probe word.
        ValueError
            If there are fewer than two.
        """
        if len(runs) < 2:
            raise ValueError(
                f"compare takes two runs or more; {len(runs)} {'is' if len(runs) == 1 else 'are'} given"
            )
        from wordvectors.cli.compare import comparison

        with _refusals():
            return comparison([_id_of(run) for run in runs], lambda: self.deployment, list(probes))

    def evaluate(self, run: str | Run, sets: str | Sequence[str] = ()) -> Run:
        """Score a run's model on evaluation sets, without training; return the run with its scores.

        `latest` is the latest run with a model, and a tuning's id stands for the run that it recommends. The run's
        report is written anew; a warning says if it can't be.

        Parameters
        ----------
        sets
            Names of sets, or one; by default those of the run's plan.

        Raises
        ------
        Refused
            If there is no such run with a model, or several.
        NotEvaluated
            With each set that can't be read.
        FunctionFailed
            If the deployment's function did.
        """
        from wordvectors.cli.runs import find_run
        from wordvectors.client.evaluating import evaluate, sets_to_score, write_report

        with _refusals():
            found = find_run(self.deployment, _id_of(run), with_model=True)
        scored = evaluate(self.deployment, found, sets_to_score(found, _several(sets)))
        if kept := write_report(self.deployment, scored):
            warnings.warn(f"the report of {scored.run_id} stays as it was: {kept}", stacklevel=2)
        return scored

    def load(self, run: str | Run) -> WordVectors:
        """Return the word vectors of a run; see `wordvectors.load`.

        Raises
        ------
        NoModel
            If there is no such run, or it has no model.
        """
        from wordvectors.client.models import vectors_of

        return vectors_of(_id_of(run), lambda: self.deployment)


def plan_text(plan: Mapping[str, Any]) -> bytes | None:
    """Return the plan that keywords make, as JSON: sections of a plan, and hyperparameters beside them.

    Raises
    ------
    ValueError
        If a hyperparameter is given in its section and beside it.

    Examples
    --------
    >>> plan_text({"epochs": 5, "resources": {"spot": True}})
    b'{"resources": {"spot": true}, "hyperparameters": {"epochs": 5}}'
    """
    if not plan:
        return None
    sections = {name: value for name, value in plan.items() if name in TrainingPlan.model_fields}
    settings = {name: value for name, value in plan.items() if name not in TrainingPlan.model_fields}
    if settings:
        section = sections.get("hyperparameters", {})
        if twice := sorted(settings.keys() & section):
            raise ValueError(
                f"given both in hyperparameters and beside it: {', '.join(twice)}; give each once"
            )
        sections["hyperparameters"] = {**section, **settings}
    return json.dumps(sections).encode()


def _followed_below_a_cell(place: Deployment, run: Run) -> Run:
    """Show a run's progress in one line below a notebook's cell until it has ended.

    Rich's bars would want ipywidgets there.
    """
    from IPython.display import Pretty, display

    from wordvectors.cli.progress import progress_text

    shown = display(Pretty(progress_text(run)), display_id=True)
    while not run.status.is_final:
        time.sleep(0.5 if place.is_local else 5.0)
        run = place.runs.get(run.run_id) or run
        shown.update(Pretty(progress_text(run)))
    return run


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise Refused(error) from error


def _id_of(run: str | Run) -> str:
    return run if isinstance(run, str) else run.run_id


def _several(given: str | Collection[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _check_wanted(wanted: Wanted) -> None:
    """Refuse unknown names: Python checks none of a TypedDict's, and a misspelt one would give all runs."""
    if unknown := sorted(wanted.keys() - Wanted.__annotations__.keys()):
        raise TypeError(f"unknown: {', '.join(unknown)}; known are {', '.join(Wanted.__annotations__)}")
    if wanted.get("limit", 0) < 0:
        raise ValueError(f"limit is {wanted['limit']}; it must be at least 0")


def _status(text: str) -> RunStatus:
    try:
        return RunStatus(text.upper())
    except ValueError:
        raise ValueError(f"status is {text!r}; it is one of {', '.join(RunStatus)}") from None


def _row(run: Run) -> dict[str, Any]:
    """Return what a table says of a run; its hyperparameters and its sets have columns of their own."""
    return {
        "run_id": run.run_id,
        "status": str(run.status),
        "corpus": run.corpus.name,
        "created_at": run.created_at,
        **_score(run, MEAN_RHO),
        "cost": actual_cost(run.cost),
        "words_per_second": run.progress.words_per_second,
        **(run.plan.hyperparameters.model_dump(mode="json") if run.plan else {}),
        **{column: value for name in run.evaluation.sets for column, value in _score(run, name).items()},
    }


def _score(run: Run, by: str) -> dict[str, float | str | None]:
    """Return a score with the ends of its interval, its coverage, and why it can't rank the run, if it can't."""
    basis = run.basis(by)
    interval = basis.interval if basis else None
    return {
        by: run.score(by),
        f"{by}_low": interval.low if interval else None,
        f"{by}_high": interval.high if interval else None,
        f"{by}_coverage": basis.coverage if basis else None,
        f"{by}_doubt": basis.doubt if basis else None,
    }
