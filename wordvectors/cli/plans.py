"""`wordvectors validate`: check a plan, and a corpus, before anything is uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvectors.cli.output import CommandError, console, print_json
from wordvectors.cli.target import Connect, Target, takes_deployment
from wordvectors.extras import MissingExtra
from wordvectors.lifecycle.cost import cost_there
from wordvectors.lifecycle.forecast import NOT_KNOWN, forecast_text
from wordvectors.lifecycle.plan import plan_schema

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.submission import Submission
    from wordvectors.lifecycle.checks import Verdict

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
    text = read_file(plan, "plan") if plan else None if corpus else b"{}"
    place = _reachable(deployment)
    verdict = look_at(place, corpus, name=name, plan_text=text).verdict
    if verdict.faults:
        raise CommandError(
            f"{len(verdict.faults)} fault{'s' * (len(verdict.faults) > 1)} found", verdict.faults
        )
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


def read_file(path: Path, what: str) -> bytes:
    """Return a file's content, such as a plan's."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"The {what} can't be read", [f"{path}: {error.strerror}"]) from error


def require_file(path: Path, what: str = "corpus") -> None:
    """Refuse a corpus, or what else is named, that is no file on this machine.

    Raises
    ------
    CommandError
        Saying what is there instead, if anything.
    """
    if not path.is_file():
        shown, fault = str(path), "no such file"
        if shown.startswith(_S3):
            shown = shown.replace(_S3, "s3://", 1)
            fault = "it is in S3, and this command takes a file on this machine"
            if what == "corpus":
                fault += (
                    "; a corpus that is there already is trained when it is copied into the deployment's bucket: "
                    f"`aws s3 cp {shown} s3://BUCKET/corpora/NAME.txt`"
                )
        elif path.is_dir():
            fault = "it is a folder; name one file (`wordvectors clean` makes one of a folder's texts)"
        elif path.exists():
            fault = "it is a device or a pipe, not a file"
        raise CommandError(f"The {what} can't be read", [f"{shown}: {fault}"])


def look_at(
    place: Deployment | None, corpus: Path | None, *, name: str | None, plan_text: bytes | None
) -> Submission:
    """Judge a corpus and its plan as the pipeline would; see `wordvectors.client.submission.look_at`."""
    from wordvectors.client import submission

    if corpus is not None:
        require_file(corpus)
    try:
        return submission.look_at(place, corpus, name=name, plan_text=plan_text)
    except OSError as error:
        raise CommandError("The corpus can't be read", [f"{corpus}: {error.strerror}"]) from error
