"""The commands, put together."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from wordvectors.cli import (
    clean,
    compare,
    completion,
    corpus,
    demo,
    disk,
    doctor,
    evaluate,
    help,
    labels,
    leaderboard,
    local,
    models,
    nn,
    plans,
    promote,
    removal,
    reports,
    runs,
    serve,
    sets,
    train,
    tune,
    tunings,
    ui,
    watch,
)

help.use()

app = typer.Typer(
    name="wordvectors",
    cls=help.Commands,
    help="Turn a team's own text into word vectors, on AWS or on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_Commands = dict[str, tuple[Callable[..., Any], str]]
"""By their names: functions, and an example of what a command is given."""

GROUPS: dict[str, _Commands] = {
    "Train": {
        "train": (train.train, "my.txt --set vector_dim=50 --set epochs=10"),
        "tune": (tune.tune, "my.txt --trials 20 --objective SimLex-999 --max-cost 5"),
        "watch": (watch.watch, ""),
        "logs": (runs.logs, "latest --follow"),
        "stop": (runs.stop, "latest"),
        "validate": (plans.validate, "plan.json"),
        "clean": (clean.clean, "documents --to my.txt"),
        "demo": (demo.demo, ""),
    },
    "Choose": {
        "runs": (runs.runs, "--corpus my --by mean_rho"),
        "tunings": (tunings.tunings, ""),
        "ui": (ui.ui, ""),
        "show": (runs.show, "latest"),
        "best": (leaderboard.best, "--corpus my"),
        "compare": (compare.compare, "wv-small wv-large --probe cat"),
        "open": (reports.open_report, "latest"),
        "evaluate": (evaluate.evaluate, "latest --set animals"),
        "promote": (promote.promote, "wv-large --as my"),
        "demote": (promote.demote, "my"),
        "rollback": (promote.rollback, "my"),
        "history": (promote.history, "my"),
    },
    "Use a model": {
        "neighbours": (models.neighbours, "@my cat dog"),
        "nn": (nn.nn, "@my"),
        "similarity": (models.similarity, "@my cat dog"),
        "analogy": (models.analogy, "@my man king woman"),
        "download": (models.download, "@my --to models"),
        "export": (models.export, "@my --format word2vec-binary --to exported"),
        "serve": (serve.serve, "@my"),
    },
    "Keep order": {
        "note": (labels.note, "latest 'cleaned text, small window'"),
        "tag": (labels.tag, "latest baseline"),
        "rm": (removal.rm, "wv-small --dry-run"),
        "prune": (removal.prune, "--older-than 30d --keep-best 3 --dry-run"),
        "disk": (disk.disk, ""),
        "completion": (completion.completion, "bash"),
        "doctor": (doctor.doctor, "--target aws"),
    },
}
MORE: dict[str, tuple[typer.Typer, dict[str, str]]] = {
    "corpus": (corpus.app, {"stats": "my.txt"}),
    "sets": (
        sets.app,
        {"add": "animals.csv", "list": "", "show": "animals", "remove": "animals"},
    ),
    "local": (
        local.app,
        {"start": "", "status": "--json", "stop": ""},
    ),
}
"""Commands that have commands, and an example of each inner one."""


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=help.print_version)
    ] = False,
) -> None:
    """Turn a team's own text into word vectors, on AWS or on this machine."""


def _example(*words: str) -> str:
    return f"Example: {' '.join(filter(None, ('wordvectors', *words)))}"


for heading, commands in GROUPS.items():
    for name, (function, given) in commands.items():
        kind = help.WithHyperparameters if function is train.train else None
        app.command(name, cls=kind, rich_help_panel=heading, epilog=_example(name, given))(function)
app.command("neighbors", hidden=True, epilog=_example("neighbors @my cat"))(models.neighbours)
for name, (group, examples) in MORE.items():
    first, given = next(iter(examples.items()))
    app.add_typer(
        group,
        name=name,
        short_help=group.info.help,
        rich_help_panel="More",
        epilog=_example(name, first, given),
    )
    for inner in group.registered_commands:
        inner_name = str(inner.name or getattr(inner.callback, "__name__", ""))
        inner.epilog = _example(name, inner_name, examples[inner_name])

for each in (app, *(group for group, _ in MORE.values())):
    for command in each.registered_commands:  # Typer would cut the sentence
        command.short_help = inspect.cleandoc(command.callback.__doc__ or "").partition("\n\n")[0]
