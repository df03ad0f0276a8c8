"""`wordvectors completion`: what the Tab key offers in a shell: commands, options, runs and words."""

from __future__ import annotations

import logging
import os
import unicodedata
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvectors.cli.output import console, member_of
from wordvectors.runs.keys import LATEST, marked

if TYPE_CHECKING:
    from wordvectors.client.deployment import Deployment

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
    """Print what makes a shell complete commands, options, runs and words at the Tab key.

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
    names, given = [LATEST], _runs_given(ctx)
    with suppress(Exception):
        for run in islice(_place(ctx).runs.newest(page_rows=MOST_OFFERED), MOST_OFFERED):
            names += [run.run_id, *marked(run.promoted_as)]
    beginning = (name for name in names if name.startswith(incomplete) and name not in given)
    return list(filter(_as_it_is, beginning))


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


def _as_it_is(name: str) -> bool:
    """Whether a shell takes a name as it is, and not for a command, a pattern or an option.

    Shells put what is offered into the line unquoted, and names and words are whatever is in somebody's corpus.
    """
    return name[:1] != "-" and all(
        character in "_@+,./-" or unicodedata.category(character)[0] in "LMN" for character in name
    )


def _place(ctx: Any) -> Deployment:
    from wordvectors.cli.target import Connect, Target

    logging.disable(logging.WARNING)
    given = ctx.params
    return Connect(
        target=given.get("target") or Target.LOCAL,
        profile=given.get("profile"),
        region=given.get("region"),
        stack=given.get("stack") or "Wordvectors",
    )()
