"""What a person can do to runs from the page: each action calls what its command calls, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from wordvectors.client.deployment import Deployment
from wordvectors.client.labelling import NotLabelled, add_tags, take_tags, write_note
from wordvectors.client.promoting import carry_out, planned
from wordvectors.client.removal import NotRemovable, look_at, removable, remove
from wordvectors.client.submission import NotTrainable, train_again
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import size
from wordvectors.lifecycle.keys import NAMED, is_run_id
from wordvectors.lifecycle.promotions import NotPromotable, PromotedMeanwhile, name_for
from wordvectors.lifecycle.run import Run

MOST_RUNS, MOST_TEXT = 100, 2_000


class Wish(BaseModel):
    """What is to be done.

    Attributes
    ----------
    runs
        Their ids.
    text
        The note; the tags, with spaces between; or the name to promote as.
    sure
        Whether the question that is asked before was answered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: Annotated[list[str], Field(min_length=1, max_length=MOST_RUNS)]
    text: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    sure: bool = False


class Outcome(BaseModel):
    """What came of it: what was done, what was not and why; or what is asked before anything is done."""

    said: list[str] = []
    faults: list[str] = []
    ask: str = ""


def act(deployment: Deployment, action: str, wish: Wish) -> Outcome:
    """Carry out a wish.

    Raises
    ------
    LookupError
        If there is no such action.
    """
    carry = ACTIONS[action]
    ids = dict.fromkeys(wish.runs)
    found = {run_id: deployment.runs.get(run_id) if is_run_id(run_id) else None for run_id in ids}
    missing = [f"there is no run {run_id}" for run_id, run in found.items() if run is None]
    if missing:
        return Outcome(faults=missing)
    return carry(deployment, [run for run in found.values() if run is not None], wish)


def _each(runs: list[Run], do: Callable[[Run], str]) -> Outcome:
    """Do something to each run; what can't be done to one is no hindrance to the others."""
    outcome = Outcome()
    for run in runs:
        try:
            outcome.said.append(do(run))
        except NotLabelled as refused:
            outcome.faults.extend(refused.faults)
        except (NotTrainable, NotRemovable, NotPromotable, PromotedMeanwhile) as refused:
            outcome.faults.append(str(refused))
    return outcome


def _stop(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    if not wish.sure:
        return Outcome(ask=f"Stop {_named(runs)}?")
    return _each(runs, lambda run: deployment.stop(run).said(run.run_id, run.status))


def _again(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    if not wish.sure:
        return Outcome(ask=f"Train once more, with the same corpus and plan: {_named(runs)}?")

    def start(run: Run) -> str:
        train_again(deployment, run)
        return f"{run.run_id} is trained again; the new run comes up in the list."

    return _each(runs, start)


def _note(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    text = wish.text.strip()

    def write(run: Run) -> str:
        write_note(deployment, run, text)
        return f"{run.run_id} has {'this' if text else 'no'} note."

    return _each(runs, write)


def _tag(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    return _labelled(deployment, runs, wish, add_tags)


def _untag(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    return _labelled(deployment, runs, wish, take_tags)


def _labelled(
    deployment: Deployment,
    runs: list[Run],
    wish: Wish,
    label: Callable[[Deployment, Run, list[str]], tuple[str, ...]],
) -> Outcome:
    tags = wish.text.split()
    if not tags:
        return Outcome(faults=["no tag was named"])

    def write(run: Run) -> str:
        has = label(deployment, run, tags)
        return f"{run.run_id} has the tags {', '.join(has)}." if has else f"{run.run_id} has no tags."

    return _each(runs, write)


def _promote(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    if len(runs) != 1:
        return Outcome(faults=["a name stands for one run: choose one"])
    (run,) = runs
    try:
        wanted = planned(deployment, name_for(run, wish.text.strip() or None), run, MEAN_RHO)
        if wanted.question and not wish.sure:
            return Outcome(ask=wanted.question)
        current, untold = carry_out(deployment, wanted)
    except (NotPromotable, PromotedMeanwhile) as refused:
        return Outcome(faults=[str(refused)])
    untold = f"the change holds, but nobody was told of it: {untold}" if untold else ""
    return Outcome(
        said=[f"{NAMED}{current.name} stands for {current.run}."], faults=[untold] if untold else []
    )


def _remove(deployment: Deployment, runs: list[Run], wish: Wish) -> Outcome:
    wanted, hindrances = removable(deployment, runs)
    if hindrances:
        return Outcome(faults=hindrances)
    removals = {run.run_id: look_at(deployment, run) for run in wanted}
    if not wish.sure:
        room = size(sum(removal.bytes for removal in removals.values()))
        return Outcome(ask=f"Remove {_named(runs)} for good, with models, reports and old versions ({room})?")

    def go(run: Run) -> str:
        remove(deployment, removals[run.run_id])
        return f"{run.run_id} was removed."

    return _each(wanted, go)


def _named(runs: list[Run]) -> str:
    return runs[0].run_id if len(runs) == 1 else f"these {len(runs)} runs"


ACTIONS: dict[str, Callable[[Deployment, list[Run], Wish], Outcome]] = {
    "stop": _stop,
    "again": _again,
    "note": _note,
    "tag": _tag,
    "untag": _untag,
    "promote": _promote,
    "remove": _remove,
}
