"""`wordvectors rm` and `prune`: remove runs with all that they have left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors.cli import interrupt
from wordvectors.cli.completion import runs_beginning
from wordvectors.cli.leaderboard import key_of, moment_of
from wordvectors.cli.options import MOST_LISTED, Measure, OfCorpus, OfStatus, Yes
from wordvectors.cli.output import (
    AsJson,
    CommandError,
    agreed,
    console,
    errors,
    print_json,
    show_table,
)
from wordvectors.cli.run_tables import status_text, sure_score
from wordvectors.cli.runs import find_runs
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import size
from wordvectors.lifecycle.removal import unwanted
from wordvectors.lifecycle.run import Run

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.removal import Removal

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")]


@takes_deployment
def rm(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Runs, each as in `show`.", autocompletion=runs_beginning),
    ],
    deployment: Connect,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove runs: their rows, models and reports, with old versions of these, and what this machine keeps of them.

    Corpora stay. What is promoted, or has not ended, is not removed.
    """
    from wordvectors.client.removal import removable

    place = deployment()
    found = {run.run_id: run for run in find_runs(place, runs)}
    wanted, hindrances = removable(place, list(found.values()))
    if hindrances:
        raise CommandError("Nothing was removed", hindrances)
    _remove(place, wanted, [], dry_run=dry_run, yes=yes, as_json=as_json)


@takes_deployment
def prune(
    deployment: Connect,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="Older than this: 30d, 12h, 8w, or a day."),
    ] = None,
    keep_best: Annotated[
        int | None,
        typer.Option(
            "--keep-best", min=0, max=MOST_LISTED, metavar="N", help="All but the best of each corpus."
        ),
    ] = None,
    by: Measure = MEAN_RHO,
    corpus: OfCorpus = None,
    status: OfStatus = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove old runs, or all but the best of each corpus; with both, the old ones that are not among the best.

    What is promoted, has not ended, or is used by a tuning that has not ended stays. You see what would be removed
    before you are asked.
    """
    from wordvectors.client.removal import removable

    if older_than is None and keep_best is None:
        raise CommandError(
            "Say which runs", ["by age, with --older-than 30d, by rank, with --keep-best 3, or both"]
        )
    before = moment_of(older_than, "--older-than") if older_than else None
    place = deployment()
    listed = place.runs.newest(corpus_key=key_of(corpus) if corpus else None)
    chosen, unranked = unwanted(listed, before=before, keep_best=keep_best, by=by)
    if status:
        chosen = [run for run in chosen if run.status in status]
    wanted, hindrances = removable(place, chosen)
    _remove(place, wanted, unranked + hindrances, by, dry_run=dry_run, yes=yes, as_json=as_json)


def _remove(
    place: Deployment, runs: Iterable[Run], hindrances: list[str], by: str = MEAN_RHO, *,
    dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show what would be removed, ask, and remove it."""
    from wordvectors.client.removal import NotRemovable, look_at, remove

    planned = [look_at(place, run) for run in runs]
    if as_json:
        print_json({"removed": [_row(each) for each in planned], "kept": hindrances, "dry_run": dry_run})
    else:
        _show(planned, hindrances, by)
    if dry_run or not planned:
        return
    many = "this run" if len(planned) == 1 else f"these {len(planned)} runs"
    if not yes and not agreed(f"Remove {many} for good?"):
        raise CommandError("Nothing was removed", advice="--yes removes without asking.")
    left = []
    with interrupt.says("What is not removed yet is still listed; the same command again removes it."):
        for each in planned:
            try:
                remove(place, each)
            except NotRemovable as fault:
                left.append(str(fault))
    if left:
        raise CommandError("Not every run was removed", left)
    errors.say(f"Removed {many}: {size(sum(each.bytes for each in planned))} in the bucket.")


def _show(planned: list[Removal], hindrances: list[str], by: str) -> None:
    if planned:
        show_table(
            ["RUN", "STATUS", by.upper(), "CREATED (UTC)", "VERSIONS", "SIZE"],
            [
                [
                    each.run.run_id,
                    status_text(each.run.status),
                    sure_score(each.run.score(by), each.run.basis(by)),
                    each.run.created_at[:16].replace("T", " "),
                    f"{len(each.versions):,}",
                    size(each.bytes),
                ]
                for each in planned
            ],
            right=(4, 5),
        )
    else:
        console.say("There is nothing to remove.")
    for reason in hindrances:
        console.say(f"Kept: {reason}.", indent=2)


def _row(removal: Removal) -> dict[str, Any]:
    return {
        "run_id": removal.run.run_id,
        "status": removal.run.status,
        "versions": len(removal.versions),
        "bytes": removal.bytes,
        "cached": [str(path) for path in removal.cached],
    }
