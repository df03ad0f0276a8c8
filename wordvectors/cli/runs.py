"""`wordvectors runs`, `show`, `logs`, `stop`: look at runs, and end one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.completion import (
    orders_beginning,
    runs_and_tunings_beginning,
    runs_beginning,
    tags_beginning,
)
from wordvectors.cli.options import MOST_LISTED, OfCorpus, OfStatus
from wordvectors.cli.output import AsJson, CommandError, console, print_json, typed
from wordvectors.cli.run_tables import show_run, show_runs
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tunings import is_tuning, recommended_run, show_found, stop_found
from wordvectors.evaluation.sets import set_named
from wordvectors.lifecycle.keys import LATEST, NAMED
from wordvectors.lifecycle.promotions import nothing_promoted
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.plain_text import capital

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment

RunArgument = Annotated[
    str,
    typer.Argument(
        help="A run's id, the beginning of one, `latest`, or `@NAME`.", autocompletion=runs_beginning
    ),
]
RunOrTuning = Annotated[
    str,
    typer.Argument(
        help="A run's id, the beginning of one, `latest`, or `@NAME`; or a tuning's id.",
        autocompletion=runs_and_tunings_beginning,
    ),
]


@takes_deployment
def runs(
    deployment: Connect,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_LISTED, help="How many runs.")] = 20,
    corpus: OfCorpus = None,
    status: OfStatus = None,
    mode: Annotated[
        str | None, typer.Option("--mode", help="Only runs of this mode of training, such as skipgram.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only runs created since then: 7d, 12h, or a day, 2026-11-23."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            parser=typed,
            metavar="TAG",
            help="Only runs with this tag; may be repeated.",
            autocompletion=tags_beginning,
        ),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option("--note", parser=typed, metavar="TEXT", help="Only runs whose note holds this text."),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            parser=set_named,
            metavar="SCORE",
            help="Best first by mean_rho or an evaluation set's name; or by cost; or by time.",
            autocompletion=orders_beginning,
        ),
    ] = "time",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List runs: the newest, or the best, or the cheapest first."""
    from wordvectors.cli.leaderboard import found_runs
    from wordvectors.files import written_whole

    place = deployment()
    listed = found_runs(
        place.runs, limit=limit, corpus=corpus, statuses=status or [], mode=mode, since=since, by=by,
        tags=tag or [], note=note,
    )  # fmt: skip
    if html is not None:
        from wordvectors.pages.runs import runs_page

        with written_whole(html) as file:
            file.write(runs_page(listed).encode())
    if as_json:
        print_json(listed)
    elif listed:
        show_runs(listed, by)
    elif corpus or status or mode or since or tag or note:
        console.say("No run is like that.")
    else:
        console.say("No runs yet. Start one with `wordvectors train CORPUS`.")


@takes_deployment
def show(
    run: RunOrTuning,
    deployment: Connect,
    wider: Annotated[
        Path | None,
        typer.Option("--wider", metavar="FILE", help="Write an order that searches beyond a tuning's edges."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show everything that is known about a run or a tuning."""
    place = deployment()
    if is_tuning(run):
        show_found(place, run, wider=wider, as_json=as_json)
        return
    if wider is not None:
        raise typer.BadParameter("--wider belongs to a tuning")
    found = find_run(place, run)
    if as_json:
        print_json(found)
    else:
        show_run(found)


@takes_deployment
def logs(
    run: RunArgument,
    deployment: Connect,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Follow the log until the run has ended.")
    ] = False,
) -> None:
    """Print the log of a run's training job, as the training wrote it."""
    place = deployment()
    found = find_run(place, run)
    left = (
        "" if found.status.is_final else f"The log is no longer followed; {found.run_id} was left as it is."
    )
    with interrupt.says(left):
        printed = _print_log(place, found, follow)
    if not printed:
        console.say(_no_log(place.runs.get(found.run_id) or found))


def _print_log(place: Deployment, run: Run, follow: bool) -> bool:
    """Print what there is of a log, or all until the run has ended; return whether there was anything."""
    printed, job = False, ""
    while job != run.job_name:  # it is another one when SageMaker had no instances for the one before
        job = run.job_name
        for lines in place.training_logs.follow(job):
            for line in lines:
                console.show(line)
            printed = printed or bool(lines)
            if lines:
                continue
            run = place.runs.get(run.run_id) or run
            if not follow or run.status.is_final or run.job_name != job:
                break
            time.sleep(0.5 if place.is_local else 3.0)
    return printed


@takes_deployment
def stop(run: RunOrTuning, deployment: Connect, as_json: AsJson = False) -> None:
    """Stop a run: its training job, or its execution while it waits for one; or a tuning with its trials."""
    place = deployment()
    if is_tuning(run):
        stop_found(place, run, as_json=as_json)
        return
    found = find_run(place, run)
    with interrupt.says(interrupt.may_go_on(found.run_id)):
        stopped = place.stop(found)
    if as_json:
        print_json({"run_id": found.run_id, "stopped": stopped, "status": found.status})
    else:
        console.say(stopped.said(found.run_id, found.status))


def _no_log(run: Run) -> str:
    """Say why a run has no log."""
    if run.status is RunStatus.REJECTED:
        why = "; ".join(run.reasons) or run.reason or "no reason was given"
        return f"{run.run_id} was rejected before any training, and so has no log: {why}"
    if not run.status.is_final:
        return f"{run.run_id} is {run.status}; its training has not written a log yet."
    return f"{run.run_id} is {run.status} and has no log" + (f": {run.reason}" if run.reason else ".")


def find_runs(deployment: Deployment, wanted: Iterable[str], *, with_model: bool = False) -> list[Run]:
    """Return several runs, each as `find_run` does.

    Raises
    ------
    CommandError
        With all that name no run, or more than one.
    """
    found, refused = list[Run](), list[CommandError]()
    for one in wanted:
        try:
            found.append(find_run(deployment, one, with_model=with_model))
        except CommandError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        faults = [": ".join([each.title, ", ".join(each.faults)]).removesuffix(": ") for each in refused]
        raise CommandError("Not every name stands for one run", faults, "`wordvectors runs` lists them.")
    return found


def find_run(deployment: Deployment, wanted: str, *, with_model: bool = False) -> Run:
    """Return the run that a user names: by its id, by the beginning of it, as `latest`, or as `@NAME`.

    Where a run with a model is wanted, a tuning's id stands for the run that its verdict recommends.

    Parameters
    ----------
    with_model
        `latest` is the latest run that has a model, whatever was rejected or failed since.
    """
    if with_model and is_tuning(wanted):
        return recommended_run(deployment, wanted)
    matches = deployment.runs.matching(wanted, with_model=with_model)
    if len(matches) == 1:
        return matches[0]
    if not matches and wanted == LATEST:
        raise CommandError("No run has a model yet" if with_model else "There is no run yet",
                           advice="`wordvectors train CORPUS` starts one.")  # fmt: skip
    if not matches and wanted.startswith(NAMED):
        raise CommandError(capital(nothing_promoted(wanted)), advice="`wordvectors history` lists the names.")
    if not matches:
        raise CommandError(f"There is no run {wanted}", advice="`wordvectors runs` lists them.")
    raise CommandError(f"{len(matches)} runs begin with {wanted}", [run.run_id for run in matches[:10]])
