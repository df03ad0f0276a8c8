"""`wordvectors validate`: check a plan, and a corpus, before anything is uploaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from wordvectors.cli.output import CommandError, console, escape, print_json
from wordvectors.cli.target import Target, takes_deployment
from wordvectors.corpus.check import CorpusCheck, check_corpus
from wordvectors.runs.cost import Cost, UnknownCost, cost_text
from wordvectors.runs.plan import InvalidPlan, TrainingPlan, parse_plan, plan_schema, resolve_plan


@takes_deployment
def validate(
    deployment: Any,
    plan: Annotated[Path | None, typer.Argument(help="A plan, as JSON.")] = None,
    corpus: Annotated[Path | None, typer.Option("--corpus", help="A corpus to check as well.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a plan, and end.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the resolved plan and the warnings as JSON.")
    ] = False,
) -> None:
    """Check a plan against BlazingText's rules, all faults at once; nothing is sent anywhere.

    Where a deployment can be reached, the plan is completed by its defaults, held to its limits, and priced.
    """
    if schema:
        print_json(plan_schema())
        return
    if plan is None and corpus is None:
        raise typer.BadParameter("name a plan, or a corpus with --corpus")
    place = _reachable(deployment)
    resolved, cost = TrainingPlan(), None
    faults: list[str] = []
    try:
        given, _ = read_plan(plan) if plan else ({}, "")
        if place is None:
            resolved = resolve_plan(given)
        else:
            from wordvectors.aws.evaluation_sets import read_own_sets

            resolved = resolve_plan(given, place.default_plan, place.limits)
            cost = place.planned_cost(resolved)
            faults += known_cost_faults(place, cost)
            faults += read_own_sets(place.bucket, resolved.evaluation.sets)[1].values()
    except InvalidPlan as invalid:
        faults += invalid.faults
    check = check_file(corpus, resolved.hyperparameters) if corpus else CorpusCheck(())
    faults += check.faults
    if faults:
        raise CommandError(f"{len(faults)} fault{'s' * (len(faults) > 1)} found", faults)
    if as_json:
        found = {"plan": resolved.model_dump(mode="json"), "warnings": list(check.warnings)}
        print_json(found | ({"cost": cost} if cost else {}))
        return
    console.print("[green]✓[/] The plan is valid. With its defaults:")
    console.print_json(json.dumps(resolved.model_dump(mode="json")))
    if cost:
        console.print(f"Cost: {escape(cost_text(cost))}", soft_wrap=True)
    for warning in check.warnings:
        console.print(f"[yellow]![/] {warning}", soft_wrap=True)


def known_cost_faults(place: Any, cost: Cost) -> list[str]:
    """Return why the plan is too dear. Whoever may not ask for prices leaves it to the pipeline, which may."""
    return [] if isinstance(cost, UnknownCost) else place.limits.cost_faults(cost)


def _reachable(deployment: Any) -> Any | None:
    """Return the deployment; None where the local cloud does not run and nobody named another place."""
    try:
        return deployment()
    except CommandError:
        if deployment.keywords["target"] is Target.LOCAL:
            return None
        raise


def read_plan(path: Path) -> tuple[dict[str, Any], str]:
    """Return a plan file's content, as an object and as text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError("The plan can't be read", [f"{path}: {error.strerror}"]) from error
    return parse_plan(content), content.decode()


def check_file(path: Path, hyperparameters: Mapping[str, Any]) -> CorpusCheck:
    """Check a corpus on this machine just as the pipeline checks an uploaded one; `{}`: the plan is not known."""
    try:
        with path.open("rb") as file:

            def read_range(start: int, length: int) -> bytes:
                file.seek(start)
                return file.read(length)

            return check_corpus(
                read_range,
                path.stat().st_size,
                min_count=int(hyperparameters.get("min_count", 0)),
                vector_dim=int(hyperparameters.get("vector_dim", 0)),
            )
    except OSError as error:
        raise CommandError("The corpus can't be read", [f"{path}: {error.strerror}"]) from error
