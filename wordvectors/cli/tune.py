"""`wordvectors tune`: search a corpus's best hyperparameters, followed to the verdict."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live

from wordvectors.cli import interrupt
from wordvectors.cli.completion import scores_beginning
from wordvectors.cli.follow import await_first
from wordvectors.cli.output import AsJson, CommandError, errors, print_json
from wordvectors.cli.plans import CORPUS, read_file, require_file
from wordvectors.cli.progress import byte_bar
from wordvectors.cli.target import Connect, takes_deployment
from wordvectors.cli.tuning_tables import ended_line, live, show_tuning, standing_text
from wordvectors.evaluation.sets import set_named
from wordvectors.lifecycle.engines import Engine
from wordvectors.lifecycle.keys import CORPORA, CORPUS_SUFFIX
from wordvectors.lifecycle.plan import InvalidPlan, parse_plan
from wordvectors.tuning.checks import arithmetic_text
from wordvectors.tuning.order import InvalidTuning, order_object, order_schema
from wordvectors.tuning.steps import coverage_fault
from wordvectors.tuning.tuning import Tuning, TuningStatus

if TYPE_CHECKING:
    from wordvectors.cli.interrupt import Note
    from wordvectors.client.deployment import Deployment
    from wordvectors.client.tuning import Ordered

NOTHING_STARTED = "Nothing was started"


@takes_deployment
def tune(
    deployment: Connect,
    corpus: Annotated[
        str | None,
        typer.Argument(
            help="A file, UTF-8, one sentence per line; or a corpus's name in the bucket; by default the order's own."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The corpus's name in the bucket; the file's by default.")
    ] = None,
    order: Annotated[
        Path | None, typer.Option("--order", help="An order, as JSON; options override it.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="A training plan: what is not searched.")
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            metavar="SET[=WEIGHT]",
            help="mean_rho, own-text or an evaluation set; may be repeated, with weights.",
            autocompletion=scores_beginning,
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", help="How many plans are tried; 12 by default.")
    ] = None,
    side_by_side: Annotated[
        int | None, typer.Option("--side-by-side", help="How many at a time; 2 by default.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", help="In USD; by default the most that one run may cost.")
    ] = None,
    max_hours: Annotated[
        float | None,
        typer.Option("--max-hours", help="No training starts after so many hours; 24 by default."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", metavar="ENGINE", help=", ".join(Engine) + ".")
    ] = None,
    from_runs: Annotated[
        bool, typer.Option("--from-runs", help="Let the search learn from the corpus's earlier runs.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an order, and end.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Follow it to the verdict.")] = True,
    as_json: AsJson = False,
) -> None:
    """Search for a corpus's best hyperparameters, within a cost ceiling, and say whether they are better than yours."""
    if schema:
        print_json(order_schema())
        return
    given, fixed = _read(order, plan)
    stored = _corpus_of(given) if corpus is None else corpus
    if stored is None:
        raise typer.BadParameter("name a corpus, or with --order an order that names one")
    options = {
        "objective": _weights(objective or []) or None,
        "trials": trials,
        "side_by_side": side_by_side,
        "max_cost": max_cost,
        "max_hours": max_hours,
        "engine": engine and engine.lower(),
        "from_runs": from_runs or None,
    }
    place = deployment()
    path = None if corpus is None else _file_or_stored(corpus)
    corpus_name = name or (path.name if path else stored).removesuffix(CORPUS_SUFFIX)
    text = _order_text(corpus_name, given, fixed, options)
    tuning = _ordered(place, path, corpus_name, text, follow=follow)
    if as_json:
        print_json(tuning)
    if tuning.status in (TuningStatus.REJECTED, TuningStatus.FAILED, TuningStatus.STOPPED):
        comes_to_the_same = tuning.status is TuningStatus.REJECTED or coverage_fault(tuning) is not None
        raise CommandError(
            f"{tuning.tuning_id} ended as {tuning.status}",
            tuning.reasons or [tuning.reason or "no reason was given"],
            None if comes_to_the_same else "The same command goes on from what was trained.",
        )
    if not as_json:
        show_tuning(tuning)


def _read(order: Path | None, plan: Path | None) -> tuple[dict[str, object], dict[str, object] | None]:
    """Read the files of an order and of a plan, as far as they are JSON."""
    faults = list[str]()
    given = _parsed(order, "order", order_object, faults) or {}
    fixed = _parsed(plan, "plan", parse_plan, faults)
    if faults:
        raise CommandError(NOTHING_STARTED, faults)
    return given, fixed


def _parsed(
    path: Path | None, what: str, parse: Callable[[bytes], dict[str, object]], faults: list[str]
) -> dict[str, object] | None:
    """Return what a file holds; None if there is none, or if it can't be read: its faults are added to the others."""
    if path is None:
        return None
    text, fault = read_file(path, what)
    if fault:
        faults.append(fault)
        return None
    try:
        return parse(text)
    except (InvalidTuning, InvalidPlan) as invalid:
        faults += invalid.faults
        return None


def _file_or_stored(corpus: str) -> Path | None:
    """Return the file that is meant; None for the name of a corpus in the bucket, which no path is."""
    path = Path(corpus)
    if path.is_absolute() or corpus.startswith((".", "~", "s3:")):
        require_file(path, CORPUS)
    return path if path.is_file() else None


def _corpus_of(order: Mapping[str, object]) -> str | None:
    """Return the name of the corpus that an order is for, which lies in the bucket; None if it names none."""
    named = order.get("corpus")
    return named.removeprefix(CORPORA) if isinstance(named, str) and named else None


def _order_text(
    corpus: str, order: Mapping[str, object], plan: Mapping[str, object] | None, options: Mapping[str, object]
) -> bytes:
    """Lay the options over an order."""
    laid_over = {key: value for key, value in options.items() if value is not None}
    if plan is not None:
        laid_over["plan"] = plan
    return json.dumps({**order, "corpus": corpus, **laid_over}, indent=2).encode()


def _weights(given: list[str]) -> dict[str, float | str]:
    """Return the weights of sets; what is no number is the order's to refuse, beside its other faults."""
    weights: dict[str, float | str] = {}
    for one in given:
        name, _, weight = one.partition("=")
        try:
            weights[set_named(name)] = float(weight or 1)
        except ValueError:
            weights[set_named(name)] = weight
    return weights


def _ordered(place: Deployment, path: Path | None, name: str, text: bytes, *, follow: bool) -> Tuning:
    """Check, upload and follow; return the tuning as it last stood."""
    from wordvectors.client import tuning as tunings

    try:
        ordered = tunings.look_at_order(place, path, name, text)
    except OSError as error:
        raise CommandError("The corpus can't be read", [f"{path}: {error.strerror}"]) from error
    judged = ordered.judged
    if judged.faults:
        raise CommandError(NOTHING_STARTED, judged.faults)
    assert judged.order is not None
    assert judged.plan is not None
    assert judged.arithmetic is not None
    for warning in judged.warnings:
        errors.warn(warning)
    where = " Nothing is paid here; these are AWS's figures." if place.is_local else ""
    errors.say(f"Plan: {arithmetic_text(judged.arithmetic, judged.order, judged.plan)}.{where}")
    before, next_id = tunings.attempts(place, ordered)
    with interrupt.says() as note:
        last = before[-1] if before else None
        if last is not None and (not last.status.is_final or last.status is TuningStatus.COMPLETED):
            errors.say(f"This order was given before for this corpus: {last.tuning_id} ({last.status}).")
            tuning = last
        else:
            tuning = _begin(place, ordered, next_id, note)
        note.text = (
            f"{tuning.tuning_id} was left as it is: `wordvectors watch {tuning.tuning_id}` follows it, "
            f"`wordvectors stop {tuning.tuning_id}` ends it."
        )
        return follow_tuning(place, tuning) if follow else tuning


def _begin(place: Deployment, ordered: Ordered, tuning_id: str, note: Note) -> Tuning:
    """Send an order, and return the tuning's first row."""
    from wordvectors.client.tuning import send_order, still_lies_there

    def look() -> Tuning | None:
        found = place.tunings.get(tuning_id)
        if found is None and not still_lies_there(place, ordered):
            raise CommandError(
                "The order was replaced before it started a tuning",
                [f"{place.bucket.uri(ordered.key)} is another order by now, or deleted"],
                "Run the same command again: it sends the order anew or, if it did start a tuning, follows that.",
            )
        return found

    note.text = interrupt.will_start(tuning_id)
    with byte_bar() as bar:
        task = bar.add_task("Uploading", total=ordered.path.stat().st_size if ordered.path else 0)
        send_order(place, ordered, lambda count: bar.advance(task, count))
    errors.show(f"Tuning {tuning_id}")
    return await_first(place, look, nothing="The order started no tuning", expected=tuning_id)


def follow_tuning(place: Deployment, tuning: Tuning) -> Tuning:
    """Show a tuning's trials until it has ended; Ctrl-C asks whether to leave it or to stop it."""
    from wordvectors.client.tuning import stop_tuning

    stop_wanted, told = threading.Event(), set[int]()
    screen = (
        Live(live(tuning, errors.width), console=errors, refresh_per_second=2) if errors.is_terminal else None
    )

    def goes_on() -> bool:
        if screen:
            screen.stop()
        if not interrupt.stop_wanted(tuning.tuning_id):
            return False
        stop_wanted.set()
        if screen:
            screen.start()
        return True

    if screen:
        screen.start()
    try:
        with interrupt.asks(goes_on):
            while True:
                if screen:
                    screen.update(live(tuning, errors.width))
                else:
                    _tell(tuning, told)
                if tuning.status.is_final:
                    return tuning
                if stop_wanted.wait(1.0 if place.is_local else 10.0):
                    stop_wanted.clear()
                    stop_tuning(place, tuning)
                tuning = place.tunings.get(tuning.tuning_id) or tuning
    finally:
        if screen:
            screen.stop()


def _tell(tuning: Tuning, told: set[int]) -> None:
    """Print a line for each trial that has ended since, where no table can be drawn."""
    for trial in tuning.trials:
        if not trial.is_open and trial.number not in told:
            told.add(trial.number)
            errors.show(ended_line(tuning, trial))
    if tuning.status.is_final:
        errors.show(standing_text(tuning))
