"""`wordvectors sets`: the evaluation sets, those of the project and the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvectors.cli.completion import own_sets_beginning
from wordvectors.cli.output import AsJson, CommandError, agreed, console, print_json, show_facts, show_table
from wordvectors.cli.plans import require_file
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.evaluation.sets import BUILT_IN, CHOICES, OWN_SUFFIXES, OWN_TEXT, RESERVED, set_named
from wordvectors.evaluation.word_pairs import WordPairsError
from wordvectors.figures import size

SHOWN_PAIRS = 5
app = typer.Typer(help="Evaluation sets: the project's, and your own.", no_args_is_help=True)


@app.command()
@takes_deployment
def add(
    file: Annotated[
        Path, typer.Argument(help=f"Word pairs: word, word, score; {', '.join(OWN_SUFFIXES)}; UTF-8.")
    ],
    deployment: Connect,
    name: Annotated[
        str | None, typer.Option("--name", help="The set's name; the file's without its ending by default.")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="The column of the scores, if the file leaves it unclear.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a set of this name.")] = False,
) -> None:
    """Check a file of word pairs, and put it into the bucket, where plans and `evaluate` find it by its name."""
    from wordvectors.aws.unreadable import ObjectReplaced
    from wordvectors.client import own_sets

    require_file(file, "evaluation set")
    try:
        checked = own_sets.check(file, name, column)
        uri = own_sets.add(deployment(), checked, replace=replace)
    except own_sets.SetRefused as refused:
        raise CommandError("Nothing was uploaded", [str(fault) for fault in refused.args]) from refused
    except ObjectReplaced as raced:
        raise CommandError(
            "Nothing was uploaded", [f"somebody else has written this set: {raced}"]
        ) from raced
    known_as = own_sets.name_of(checked.key) + (f":{column}" if column else "")
    console.say(
        f"Added {uri}, pairs: {len(checked.pairs.pairs):,}. Plans and `evaluate --set` name the set {known_as}."
    )


@app.command("list")
@takes_deployment
def list_command(deployment: Connect, as_json: AsJson = False) -> None:
    """List the sets that runs can be scored on."""
    from wordvectors.aws.evaluation_sets import stored_sets
    from wordvectors.client.own_sets import name_of

    stored = stored_sets(deployment().bucket)
    if as_json:
        own = [{"name": name_of(each.key), "key": each.key, "bytes": each.bytes} for each in stored]
        print_json([*({"name": name} for name in CHOICES), *own])
        return
    show_table(
        ["NAME", "WHERE", "SIZE"],
        [
            *([name, "comes with the project", ""] for name in BUILT_IN),
            [OWN_TEXT, "made from each run's own text", ""],
            *([name_of(each.key), each.key, size(each.bytes)] for each in stored),
        ],
        right=(2,),
    )


@app.command()
@takes_deployment
def show(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="NAME, or NAME:COLUMN.", autocompletion=own_sets_beginning),
    ],
    deployment: Connect,
    as_json: AsJson = False,
) -> None:
    """Show what is in one of your own sets, as the pipeline reads it."""
    from wordvectors.aws.evaluation_sets import read_own_set

    if set_named(name) in RESERVED:
        raise CommandError(
            f"{set_named(name)} is not a set of your own",
            advice="docs/evaluation.md says where it comes from.",
        )
    try:
        pairs = read_own_set(deployment().bucket, name)
    except WordPairsError as fault:
        raise CommandError("The set can't be shown", [str(fault)]) from fault
    scores = [score for _, _, score in pairs.pairs]
    if as_json:
        print_json({"name": name, "pairs": pairs.pairs})
        return
    facts = {
        "Set": name,
        "Pairs": f"{len(scores):,}, of {len(pairs.words):,} words",
        "Scores": f"{min(scores):g} to {max(scores):g}",
    }
    show_facts(facts.items())
    console.show()
    show_table(
        ["WORD", "WORD", "SCORE"],
        [[one, two, f"{score:g}"] for one, two, score in pairs.pairs[:SHOWN_PAIRS]],
        right=(2,),
    )


@app.command()
@takes_deployment
def remove(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The set's name.", autocompletion=own_sets_beginning)
    ],
    deployment: Connect,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take one of your own sets out of the bucket; scores on it stay in their runs."""
    from wordvectors.client import own_sets

    bucket = (place := deployment()).bucket
    try:
        keys = own_sets.removable(place, name)
    except own_sets.SetRefused as refused:
        raise CommandError("Nothing was removed", [str(fault) for fault in refused.args]) from refused
    if not yes and not agreed(f"Remove the set {name}? Plans that name it are then refused."):
        raise CommandError("Nothing was removed", advice="--yes removes without asking.")
    bucket.delete(keys)
    for key in keys:
        console.say(f"Removed {bucket.uri(key)}.")
