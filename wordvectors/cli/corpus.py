"""`wordvectors corpus stats`: facts about a corpus, and what they predict."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from wordvectors.cli.output import AsJson, CommandError, console, errors, print_json, show_facts, show_table
from wordvectors.cli.plans import CORPUS, require_file
from wordvectors.evaluation.sets import ANALOGIES, OWN_TEXT
from wordvectors.figures import size
from wordvectors.threads import processors

if TYPE_CHECKING:
    from wordvectors.corpus.stats import CorpusStats

app = typer.Typer(help="Facts about corpora.", no_args_is_help=True)


@app.command()
def stats(
    corpus: Annotated[Path, typer.Argument(help="Text, UTF-8, one sentence per line.")],
    sets: Annotated[
        list[Path] | None, typer.Option("--set", help="A word-pair file to look up; may be repeated.")
    ] = None,
    vector_dim: Annotated[
        int | None, typer.Option("--vector-dim", help="Dimension of the vectors; by default a plan's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count a corpus: lines, tokens, vocabulary, duplicates; and say what predicts a poor model."""
    from wordvectors.blazingtext.hyperparameters import Hyperparameters, InvalidHyperparameters
    from wordvectors.cleaning.origin import recipe_of
    from wordvectors.corpus.signs import warnings_of

    try:
        planned = Hyperparameters.read({} if vector_dim is None else {"vector_dim": vector_dim})
    except InvalidHyperparameters as invalid:
        raise CommandError("Nothing was counted", invalid.faults) from None
    _check(corpus)
    found, totals = _counted(corpus, sets or [])
    asked = _questions(corpus)
    warnings, conclusions = warnings_of(found.signs, planned.vector_dim), _conclusions(found, totals, asked)
    recipe = recipe_of(corpus)
    if as_json:
        known: dict[str, Any] = asdict(found)
        recipe_known = recipe.model_dump(mode="json") if recipe else None
        print_json({**known, "warnings": warnings, "conclusions": conclusions, "recipe": recipe_known})
        return
    show_facts(_facts(found, f"version {recipe.version}" if recipe else "not known").items())
    console.show()
    show_table(
        ["MIN_COUNT", "VOCABULARY", "TOKENS CUT"],
        [[str(row.min_count), f"{row.words:,}", f"{row.cut_share:.2%}"] for row in found.vocabulary],
        right=range(3),
    )
    console.show()
    for conclusion in conclusions:
        console.say(conclusion)
    for warning in warnings:
        console.warn(warning)
    if not warnings:
        console.say("No fault was found in the text itself.")


def _check(corpus: Path) -> None:
    """Refuse what is no text, as the pipeline does, rather than count it."""
    from wordvectors.corpus.check import check_corpus
    from wordvectors.files import range_reader

    require_file(corpus, CORPUS)
    try:
        with corpus.open("rb") as file:
            faults = check_corpus(range_reader(file), corpus.stat().st_size, min_count=0).faults
    except OSError as error:
        raise CommandError("The corpus can't be read", [f"{corpus}: {error.strerror}"]) from error
    if faults:
        raise CommandError("The corpus can't be counted", [f"{corpus}: {fault}" for fault in faults])


def _counted(corpus: Path, sets: list[Path]) -> tuple[CorpusStats, dict[str, int]]:
    """Return the facts, and of each evaluation set how many pairs or questions it has."""
    from wordvectors.corpus.ranges import NotText
    from wordvectors.corpus.stats import corpus_stats
    from wordvectors.evaluation.analogies import google_analogies
    from wordvectors.evaluation.word_pairs import WordPairsError, read_pair_sets, read_word_pairs
    from wordvectors.evaluation.wordsim353 import load_wordsim353

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        pair_sets = load_wordsim353() | read_pair_sets()
        pair_sets |= {own.name: own for own in map(read_word_pairs, sets)}
        groups: dict[str, list[tuple[str, ...]]] = {
            name: [(first, second) for first, second, _ in pair_set.pairs]
            for name, pair_set in pair_sets.items()
        }
        groups[ANALOGIES] = [*google_analogies()]
        with Progress(*columns, console=errors, transient=True) as bar:
            task = bar.add_task("Counting")
            tokens = 0

            def report(count: int) -> None:
                nonlocal tokens
                tokens += count
                bar.update(task, description=f"Counting: {tokens / 1e6:,.0f} M tokens")

            totals = {name: len(group) for name, group in groups.items()}
            return corpus_stats(corpus, groups, threads=processors(), report=report), totals
    except (NotText, WordPairsError, OSError) as fault:
        raise CommandError("The corpus can't be counted", [str(fault)]) from fault


def _questions(corpus: Path) -> int:
    """Return how many questions there are about the text itself."""
    from wordvectors.evaluation.own_text import own_text, sampled
    from wordvectors.files import range_reader

    with corpus.open("rb") as file:
        return len(own_text(sampled(range_reader(file), corpus.stat().st_size)).right)


def _conclusions(found: CorpusStats, totals: dict[str, int], asked: int) -> list[str]:
    """Return what the counts mean: which words are learnt, and which scores can rank runs of this text."""
    from wordvectors.corpus.stats import EVALUATED_MIN_COUNT
    from wordvectors.evaluation.certainty import basis_of_rho

    usual = next(row for row in found.vocabulary if row.min_count == EVALUATED_MIN_COUNT)
    known = {name: round((1 - share) * totals[name]) for name, share in found.missing.items()} | {
        OWN_TEXT: asked
    }
    doubts = {name: basis_of_rho(None, count, totals.get(name, asked)).doubt for name, count in known.items()}
    sure, unsure = ([name for name in doubts if bool(doubts[name]) is doubtful] for doubtful in (False, True))
    conclusions = [
        f"With min_count={EVALUATED_MIN_COUNT}, the default, {usual.words:,} words get a vector; the rest, "
        f"{usual.cut_share:.1%} of the text, is too rare for one.",
        f"Runs of this text can be ranked by {', '.join(sure) or 'none of the scores'}.",
    ]
    if unsure:
        conclusions.append(f"It has too few words for {', '.join(unsure)}: those scores can't rank runs.")
    return conclusions


def _facts(found: CorpusStats, recipe: str) -> dict[str, str]:
    signs = found.signs
    facts = {
        "Size": size(found.bytes),
        "Lines": f"{signs.lines:,}, of which {signs.duplicate_share:.1%} occurred before",
        "Tokens": f"{signs.tokens:,}",
        "Language": signs.language or "not known",
        "Recipe": recipe,
    }
    for name, share in found.missing.items():
        asked = "questions" if name == ANALOGIES else "pairs"
        facts[name] = f"{share:.0%} of the {asked} have a word that occurs fewer than 5 times"
    return facts
