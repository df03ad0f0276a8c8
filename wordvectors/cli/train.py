"""`wordvectors train`: from a file of sentences to an evaluated model, followed to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.completion import settings_beginning
from wordvectors.cli.follow import await_row, follow_run, upload
from wordvectors.cli.options import settings_of
from wordvectors.cli.output import AsJson, CommandError, console, errors, print_json
from wordvectors.cli.plans import expected_line, look_at, plan_in
from wordvectors.cli.run_tables import show_run
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.lifecycle.cost import cost_there
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus

if TYPE_CHECKING:
    from wordvectors.cli.interrupt import Note
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.submission import Sendable, Submission
    from wordvectors.lifecycle.checks import GivenPlan


@takes_deployment
def train(
    corpus: Annotated[Path, typer.Argument(help="Text, UTF-8, one sentence per line.")],
    deployment: Connect,
    name: Annotated[
        str | None, typer.Option("--name", help="Name in the bucket; the file's by default.")
    ] = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="A training plan, as JSON.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A hyperparameter for this run, instead of the plan's; may be repeated.",
            autocompletion=settings_beginning,
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Train again what has been trained before.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Follow the run to its end.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload a corpus, which starts its training; follow the run, and end with its scores."""
    place = deployment()
    named, faults = settings_of(settings or ())
    run = submit(
        place,
        corpus,
        name=name,
        plan=plan_in(plan) if plan else None,
        settings=named,
        faults=faults,
        again=again,
        follow=follow,
    )
    if as_json:
        print_json(run)
    if run.status in (RunStatus.REJECTED, RunStatus.FAILED, RunStatus.STOPPED):
        raise CommandError(
            f"{run.run_id} ended as {run.status}",
            run.reasons or [run.reason or "no reason was given"],
            f"wordvectors logs {run.run_id}",
        )
    if not as_json:
        conclude(run)


def submit(
    place: Deployment,
    corpus: Path,
    *,
    name: str | None,
    plan: GivenPlan | None,
    settings: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
    again: bool,
    follow: bool,
) -> Run:
    """Check, upload and follow; return the run as it last stood.

    Parameters
    ----------
    plan
        None: the one that lies beside the corpus, or the deployment's default.
    settings
        Hyperparameters that take the place of the plan's.
    faults
        Of the settings; they are told with the others.

    Raises
    ------
    CommandError
        With every fault of plan and corpus, before anything is uploaded.
    """
    from wordvectors.client import submission as submissions

    looked_at = look_at(place, corpus, name=name, plan=plan, settings=settings)
    prepared = _prepare(place, looked_at, faults)
    attempts, number = submissions.attempts(place, prepared)
    # What was rejected cost nothing, and its cause may be repaired: an upload has it planned anew.
    planned = [attempt for attempt in attempts if attempt.status is not RunStatus.REJECTED]
    with interrupt.says() as note:
        if planned and not again:
            run = planned[-1]
            _say_before(run)
        else:
            run = _begin(place, prepared, number, uploaded=bool(planned), note=note)
        note.text = _goes_on(run.run_id)
        return follow_run(place, run) if follow else run


def _begin(place: Deployment, prepared: Sendable, attempt: int, *, uploaded: bool, note: Note) -> Run:
    """Start a run, by an upload unless its corpus lies there from a run before; return its first row."""
    from wordvectors.client.submission import run_name

    run_id = run_name(place, prepared.key, prepared.etag, prepared.plan, attempt)
    note.text = interrupt.will_start(run_id)
    etag = prepared.etag
    if not uploaded:
        etag = upload(place, prepared)
        run_id = run_name(place, prepared.key, etag, prepared.plan, attempt)
    else:
        stored = place.bucket.find(prepared.key)
        if stored is None or stored.etag != prepared.etag:
            upload(place, prepared)  # its own event finds the run that is there, and starts nothing
        place.start_again(prepared.key, prepared.etag, prepared.plan)
    note.text = _goes_on(run_id)
    errors.show(f"Run {run_id}")
    return await_row(place, run_id, prepared.key, etag)


def _goes_on(run_id: str) -> str:
    return (
        f"{run_id} was left as it is: `wordvectors show {run_id}` shows how it stands, "
        f"`wordvectors stop {run_id}` ends it."
    )


def conclude(run: Run) -> None:
    """Print what a run came to, and what to do next."""
    show_run(run)
    if run.status is RunStatus.COMPLETED:
        next_steps = [f"neighbours {run.run_id} WORD", f"download {run.run_id}"]
    else:
        next_steps = [f"logs --follow {run.run_id}"]
    console.show("\nNext:")
    for step in next_steps:
        console.show(f"  wordvectors {step}")


def _prepare(place: Deployment, looked_at: Submission, faults: Sequence[str]) -> Sendable:
    """Raise all that is wrong with corpus and plan, and say the rest."""
    from wordvectors.client.submission import prepare

    verdict, limits = looked_at.verdict, place.limits
    of_today = [limits.day_fault] if place.starts.count() >= limits.max_runs_per_day else []
    if found := [*faults, *of_today, *looked_at.faults]:
        raise CommandError("Nothing was uploaded", found)
    if looked_at.plan_from:
        errors.say(f"Plan: {looked_at.plan_from}, which lies beside the corpus")
    for warning in verdict.warnings:
        errors.warn(warning)
    errors.say(expected_line(place, verdict))
    cost = cost_there(verdict.cost, is_local=place.is_local)
    errors.say(f"Cost: {cost}" if place.is_local else f"Cost: {cost}. {limits.money_text}.")
    return prepare(place, looked_at)


def _say_before(run: Run) -> None:
    """Say that there is a run already, how it stands, and what to do for another."""
    name, status = run.run_id, run.status
    if not status.is_final:
        said = f"This corpus is being trained with this plan: {name} ({status}). --again starts a second run."
    elif status is RunStatus.COMPLETED:
        said = f"This corpus was trained with this plan before: {name}. To train it once more, add --again."
    else:
        ended = "was stopped" if status is RunStatus.STOPPED else "failed"
        said = f"The run of this corpus with this plan {ended}: {name}. To train it after all, add --again."
    errors.say(said)
