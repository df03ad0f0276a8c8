"""`wordvectors completion`: what the Tab key offers in a shell: commands, options, and the names that they take."""

from __future__ import annotations

import logging
import os
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors import STACK
from wordvectors.cli.output import console, member_of
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import CHOICES, COST, TIME
from wordvectors.figures import plain_value
from wordvectors.lifecycle.keys import LATEST, marked

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment
    from wordvectors.lifecycle.run import Run

MOST_OFFERED = 100
_PROGRAM = "wordvectors"
_VARIABLE = "_WORDVECTORS_COMPLETE"
_NAMES_ARE_WORDS = "COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}"
"""bash would take `@NAME` for two words."""


class Shell(StrEnum):
    """The shells that are served."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[
        Shell, typer.Argument(parser=member_of(Shell), metavar="SHELL", help=f"One of {', '.join(Shell)}.")
    ],
) -> None:
    """Print the script that completes commands, options, runs and words at the Tab key.

    In ~/.bashrc: eval "$(wordvectors completion bash)"; in ~/.zshrc the same with zsh; in
    ~/.config/fish/config.fish: wordvectors completion fish | source
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    if shell is Shell.BASH:
        console.show(_NAMES_ARE_WORDS)
    console.show(get_completion_script(prog_name=_PROGRAM, complete_var=_VARIABLE, shell=shell))


def prepare() -> None:
    """Get ready to answer a shell, if it is a shell that asks."""
    if _VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()


def runs_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the runs that begin so, and the names of current models; nothing where nobody can be asked."""
    names = [LATEST]
    for run in _newest_runs(ctx):
        names += [run.run_id, *marked(run.promoted_as)]
    given = _runs_given(ctx)
    return _offered((name for name in names if name not in given), incomplete)


def tunings_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the tunings that begin so."""
    with suppress(Exception):
        newest = islice(_place(ctx).tunings.newest(), MOST_OFFERED)
        return _offered([tuning.tuning_id for tuning in newest], incomplete)
    return []


def runs_and_tunings_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the runs and the tunings that begin so."""
    return [*runs_beginning(ctx, incomplete), *tunings_beginning(ctx, incomplete)]


def corpora_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the corpora of the newest runs that begin so."""
    return _offered([run.corpus.name or "" for run in _newest_runs(ctx)], incomplete)


def tags_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the tags of the newest runs that begin so."""
    return _offered([tag for run in _newest_runs(ctx) for tag in run.tags], incomplete)


def names_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the names of current models that begin so."""
    return _offered([name for run in _newest_runs(ctx) for name in run.promoted_as], incomplete)


def scores_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return what runs can be put in order by that begins so: `mean_rho`, and all sets."""
    return [*_offered([MEAN_RHO], incomplete), *sets_beginning(ctx, incomplete)]


def orders_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return what a list of runs can be put in order by that begins so: a score, the cost, the time."""
    return [*scores_beginning(ctx, incomplete), *_offered([COST, TIME], incomplete)]


def sets_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the evaluation sets that begin so: the project's, and then the user's own."""
    return [*_offered(CHOICES, incomplete), *own_sets_beginning(ctx, incomplete)]


def own_sets_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the user's own evaluation sets that begin so."""
    with suppress(Exception):
        from wordvectors.aws.evaluation_sets import stored_sets
        from wordvectors.client.own_sets import name_of

        return _offered([name_of(each.key) for each in stored_sets(_place(ctx).bucket)], incomplete)
    return []


def settings_beginning(incomplete: str) -> list[str]:
    """Return the hyperparameters that begin so, each with its default: a value to be changed."""
    from wordvectors.blazingtext.hyperparameters import Hyperparameters

    defaults = {name: field.default for name, field in Hyperparameters.model_fields.items()}
    settings = (f"{name}={'' if value is None else plain_value(value)}" for name, value in defaults.items())
    return _offered(settings, incomplete)


def words_beginning(ctx: Any, incomplete: str) -> list[str]:
    """Return the words of the first run's model that begin so, the most frequent first, if this machine keeps it."""
    with suppress(Exception):
        from wordvectors.client.cache import models_of
        from wordvectors.vectors.word_vectors import WordVectors

        wanted = next(iter(_runs_given(ctx)), "")
        kept = models_of(wanted)
        if not kept:
            (run,) = _place(ctx).runs.matching(wanted, with_model=True)
            kept = models_of(run.run_id)
        words = WordVectors.open(kept[0]).index_to_key
        beginning = (word for word in words if word.startswith(incomplete))
        return list(islice(filter(_as_it_is, beginning), MOST_OFFERED))
    return []


def _runs_given(ctx: Any) -> list[str]:
    """Return the runs that the line has already: of a command that takes one, or several."""
    given = [*filter(None, [ctx.params.get("run")]), *(ctx.params.get("runs") or [])]
    return given or list(ctx.args)  # click leaves them there while an option lacks its value


def _newest_runs(ctx: Any) -> list[Run]:
    """Return some runs; none where nobody can be asked."""
    with suppress(Exception):
        return list(islice(_place(ctx).runs.newest(page_rows=MOST_OFFERED), MOST_OFFERED))
    return []


def _offered(names: Iterable[str], incomplete: str) -> list[str]:
    """Return the names that begin so and that a shell takes as they are, each once."""
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete) and _as_it_is(name)]


def _as_it_is(name: str) -> bool:
    """Whether a shell takes a name as it is, and not for a command, a pattern or an option.

    Shells put what is offered into the line unquoted, and names and words are whatever is in somebody's corpus.
    """
    return name[:1] != "-" and all(
        character in "_@+,./=-" or unicodedata.category(character)[0] in "LMN" for character in name
    )


def _place(ctx: Any) -> Deployment:
    from wordvectors.cli.target import Connect, Target

    logging.disable(logging.WARNING)
    given = ctx.params
    return Connect(
        target=given.get("target") or Target.LOCAL,
        profile=given.get("profile"),
        region=given.get("region"),
        stack=given.get("stack") or STACK,
    )()
