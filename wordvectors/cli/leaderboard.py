"""`wordvectors best`, and how runs are filtered and put in order."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.completion import tunings_beginning
from wordvectors.cli.options import Measure, OfCorpus
from wordvectors.cli.output import AsJson, CommandError, console, print_json
from wordvectors.cli.run_tables import sure_score
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tunings import recommended_run
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import COST, TIME
from wordvectors.lifecycle.cost import actual_cost
from wordvectors.lifecycle.keys import CORPORA, CORPUS_SUFFIX
from wordvectors.lifecycle.ranking import in_order, ranked
from wordvectors.lifecycle.run import Run, sets_of
from wordvectors.lifecycle.status import RunStatus

if TYPE_CHECKING:
    from wordvectors.aws.run_table import RunTable

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


@takes_deployment
def best(
    deployment: Connect,
    corpus: OfCorpus = None,
    tuning: Annotated[
        str | None,
        typer.Option(
            "--tuning",
            metavar="ID",
            help="A tuning: the run that its verdict recommends.",
            autocompletion=tunings_beginning,
        ),
    ] = None,
    by: Measure = MEAN_RHO,
    as_json: AsJson = False,
) -> None:
    """Print the id of a corpus's or a tuning's best completed run, and nothing else; with --json the whole run."""
    if bool(corpus) == bool(tuning):
        raise typer.BadParameter("name a corpus with --corpus, or a tuning with --tuning")
    place = deployment()
    run = best_run(place.runs, corpus, by) if corpus else recommended_run(place, tuning or "")
    if as_json:
        print_json(run)
    else:
        console.show(run.run_id)


def best_run(table: RunTable, corpus: str, by: str) -> Run:
    """Return a corpus's best completed run.

    By `mean_rho` the index has them in this order; a set's scores are in no index, so that the corpus's
    completed runs are looked at. By own-text these are the runs of the text that was scored last.

    Raises
    ------
    CommandError
        If no completed run of the corpus has such a score, saying which scores there are; or if the scores rest on
        too little to tell the best.
    """
    if by == MEAN_RHO:
        scored = (run for run in table.best(key_of(corpus)) if run.status is RunStatus.COMPLETED)
        run = next((run for run in scored if not run.doubt(by)), None)
        if run is not None:
            return run
    completed = list(table.newest(corpus_key=key_of(corpus), statuses=[RunStatus.COMPLETED]))
    if best_first := ranked(completed, by):
        run = best_first[0]
        if doubt := run.doubt(by):
            score = f"{by} {sure_score(run.score(by), run.basis(by))}"
            raise CommandError(
                f"The runs of {corpus} can't be ranked by {by}",
                [f"{run.run_id} has {score}, but {doubt}"],
                advice=_advice(completed, by),
            )
        return run
    if not completed:
        raise CommandError(
            f"There is no completed run of {corpus}", advice="`wordvectors runs` lists the runs."
        )
    raise CommandError(
        f"No completed run of {corpus} has a score on {by}",
        [f"scored are: {', '.join(_scored(completed)) or 'none'}"],
    )


def found_runs(
    table: RunTable,
    *,
    limit: int,
    corpus: str | None,
    statuses: Collection[RunStatus],
    mode: str | None,
    since: str | None,
    by: str,
    tags: Collection[str] = (),
    note: str | None = None,
) -> list[Run]:
    """Return the runs that a user asks for, in order, at most `limit`.

    Raises
    ------
    CommandError
        If `since` or `by` can't be understood.
    """
    runs: Iterable[Run] = table.newest(
        since=moment_of(since) if since else None,
        corpus_key=key_of(corpus) if corpus else None,
        statuses=statuses,
    )
    if mode is not None:
        runs = (run for run in runs if _mode(run) == mode)
    if tags or note:
        runs = (run for run in runs if _labelled(run, tags, note))
    if by == TIME:
        return list(itertools.islice(runs, limit))
    listed = list(runs)
    if by not in (COST, MEAN_RHO, *sets_of(listed)):
        raise CommandError(
            f"Runs can't be put in order by {by}",
            [f"known are: {', '.join([TIME, COST, MEAN_RHO, *sets_of(listed)])}"],
        )
    return (_cheapest_first(listed) if by == COST else in_order(listed, by))[:limit]


def _cheapest_first(runs: list[Run]) -> list[Run]:
    costs = {run.run_id: actual_cost(run.cost) for run in runs}
    return sorted(runs, key=lambda run: (costs[run.run_id] is None, costs[run.run_id] or 0.0))


def key_of(corpus: str) -> str:
    """Return the key of the corpus that a user names: with or without `corpora/` and `.txt`."""
    return f"{CORPORA}{corpus.removeprefix(CORPORA).removesuffix(CORPUS_SUFFIX)}{CORPUS_SUFFIX}"


def _scored(runs: list[Run]) -> list[str]:
    return [name for name in (MEAN_RHO, *sets_of(runs)) if any(run.score(name) is not None for run in runs)]


def _advice(runs: list[Run], by: str) -> str:
    """Say what runs could be ranked by instead of a score that rests on too little."""
    others = [name for name in _scored(runs) if name != by and any(run.doubt(name) is None for run in runs)]
    named = f"Name another set with --by ({', '.join(others)})" if others else "Score another set"
    return f"{named}, give a set of your own with words that your text has, or train on more text."


def _labelled(run: Run, tags: Collection[str], note: str | None) -> bool:
    return set(tags) <= set(run.tags) and (note or "").casefold() in (run.note or "").casefold()


def _mode(run: Run) -> str | None:
    return str(run.plan.hyperparameters.mode) if run.plan else None


def moment_of(text: str, option: str = "--since") -> str:
    """Return a moment as the table writes it, from `7d`, `12h`, `2w` or an ISO date, taken as UTC."""
    if span := _SPAN.fullmatch(text):
        moment = datetime.now(UTC) - timedelta(hours=int(span[1]) * _HOURS[span[2]])
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(
                f"{option} {text} is not a time", advice="Say 12h, 7d or 2w, or a day such as 2026-11-23."
            ) from None
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")
