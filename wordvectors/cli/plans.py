"""`wordvectors validate`: check a plan, and a corpus, before anything is uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.output import CommandError, console, print_json
from wordvectors.cli.target import Connect, Target, takes_deployment
from wordvectors.extras import MissingExtra
from wordvectors.files import fault_text
from wordvectors.lifecycle.checks import GivenPlan
from wordvectors.lifecycle.cost import cost_there
from wordvectors.lifecycle.forecast import NOT_KNOWN, forecast_text
from wordvectors.lifecycle.plan import plan_schema

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.submission import Submission
    from wordvectors.lifecycle.checks import Verdict

CORPUS = "corpus"
_S3 = "s3:/"
"""How an address in S3 begins once it has been read as a path."""


@takes_deployment
def validate(
    deployment: Connect,
    plan: Annotated[Path | None, typer.Argument(help="A plan, as JSON.")] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="A corpus to check as well.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The corpus's name in the bucket; the file's by default.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a plan, and end.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the resolved plan and the warnings as JSON.")
    ] = False,
) -> None:
    """Check a plan against the rules of its engine, all faults at once; nothing is sent anywhere.

    Where a deployment can be reached, the plan is completed by its defaults, held to its limits, and priced, and
    the verdict is the pipeline's own.
    """
    if schema:
        print_json(plan_schema())
        return
    if plan is None and corpus is None:
        raise typer.BadParameter("name a plan, or a corpus with --corpus")
    place = _reachable(deployment)
    looked_at = look_at(place, corpus, name=name, plan=plan_in(plan) if plan else None)
    verdict, faults = looked_at.verdict, looked_at.faults
    if faults:
        raise CommandError(f"{len(faults)} fault{'s' * (len(faults) > 1)} found", faults)
    assert verdict.plan is not None
    resolved = verdict.plan.model_dump(mode="json")
    if as_json:
        found = {"plan": resolved, "warnings": verdict.warnings}
        if verdict.forecast is not None:
            found["forecast"] = verdict.forecast.to_json()
        print_json(found | ({} if verdict.cost is None else {"cost": verdict.cost}))
        return
    console.say("✓ The plan is valid. With its defaults:")
    print_json(resolved)
    if place is not None and corpus is not None:
        console.say(expected_line(place, verdict))
    if place is not None and verdict.cost is not None:
        console.say(f"Cost: {cost_there(verdict.cost, is_local=place.is_local)}")
    if place is not None:
        console.say(f"{place.limits.money_text}.")
    for warning in verdict.warnings:
        console.warn(warning)


def expected_line(place: Deployment, verdict: Verdict) -> str:
    """Say how long a corpus's training is going to take, or that it is not known."""
    expected = forecast_text(verdict.forecast, verdict.cost, is_local=place.is_local)
    return f"Expected: {expected or NOT_KNOWN}."


def _reachable(deployment: Connect) -> Deployment | None:
    """Return the deployment; None where no local cloud is installed or runs and nobody named another place."""
    try:
        return deployment()
    except (CommandError, MissingExtra):
        if deployment.target is Target.LOCAL:
            return None
        raise


def read_file(path: Path, what: str) -> tuple[bytes, str]:
    """Return a file's content, such as a plan's, and why it can't be read; empty if it can."""
    try:
        return path.read_bytes(), ""
    except OSError as error:
        return b"", f"the {what} can't be read: {fault_text(error)}"


def plan_in(path: Path) -> GivenPlan:
    """Return the plan in a file; of one that can't be read, why."""
    return GivenPlan(*read_file(path, "plan"))


def require_file(path: Path, what: str) -> None:
    """Refuse what is no file on this machine.

    Raises
    ------
    CommandError
        Saying what is there instead, if anything.
    """
    if fault := _file_fault(path, what):
        raise CommandError(f"The {what} can't be read", [fault])


def look_at(
    place: Deployment | None,
    corpus: Path | None,
    *,
    name: str | None,
    plan: GivenPlan | None,
    settings: Mapping[str, object] | None = None,
) -> Submission:
    """Judge a corpus and its plan as the pipeline would; see `wordvectors.client.submission.look_at`."""
    from wordvectors.client import submission

    unreadable = _file_fault(corpus, CORPUS) if corpus else ""
    return submission.look_at(place, corpus, name=name, plan=plan, settings=settings, unreadable=unreadable)


def _file_fault(path: Path, what: str) -> str:
    """Say what is there instead of a file, if anything."""
    if path.is_file():
        return ""
    shown, fault = str(path), "no such file"
    if shown.startswith(_S3):
        shown = shown.replace(_S3, "s3://", 1)
        fault = "it is in S3, and this command takes a file on this machine"
        if what == CORPUS:
            fault += (
                "; a corpus that is there already is trained when it is copied into the deployment's bucket: "
                f"`aws s3 cp {shown} s3://BUCKET/corpora/NAME.txt`"
            )
    elif path.is_dir():
        fault = "it is a folder; name one file (`wordvectors clean` makes one of a folder's texts)"
    elif path.exists():
        fault = "it is a device or a pipe, not a file"
    return f"{shown}: {fault}"
