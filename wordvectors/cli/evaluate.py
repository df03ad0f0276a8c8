"""`wordvectors evaluate`: score a model that is there already."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.completion import sets_beginning
from wordvectors.cli.output import AsJson, CommandError, errors, print_json
from wordvectors.cli.run_tables import show_scores
from wordvectors.cli.runs import RunArgument, find_run
from wordvectors.cli.target import Connect, takes_deployment


@takes_deployment
def evaluate(
    run: RunArgument,
    deployment: Connect,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SET",
            help="A set's name; may be repeated. By default those of the plan.",
            autocompletion=sets_beginning,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score a run's model on evaluation sets, without training: by the pipeline's function, into the run's row."""
    from wordvectors.client.evaluating import NotEvaluated, sets_to_score, write_report
    from wordvectors.client.evaluating import evaluate as score
    from wordvectors.client.functions import FunctionFailed

    place = deployment()
    found = find_run(place, run, with_model=True)
    try:
        chosen = sets_to_score(found, sets or [])
        left = f"The function goes on: `wordvectors show {found.run_id}` shows the scores in a few minutes."
        with interrupt.says(left), errors.status(f"Scoring {found.run_id} on {', '.join(chosen)} …"):
            scored = score(place, found, chosen)
        with errors.status("Writing the report anew …"):
            kept = write_report(place, scored)
    except NotEvaluated as refused:
        raise CommandError("Nothing was scored", [str(fault) for fault in refused.args]) from refused
    except FunctionFailed as failed:
        raise CommandError("Nothing was scored", [str(failed)]) from failed
    if kept:
        errors.say(f"The scores are recorded; the report stays as it was: {kept}.")
    if as_json:
        print_json(scored)
    else:
        show_scores(scored)
