"""Names under which teams know a corpus's current model, and what each of them has stood for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.figures import rho
from wordvectors.lifecycle.keys import CORPORA, CORPUS_SUFFIX, NAMED, corpus_name, is_corpus_key
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus


class NotPromotable(ValueError):
    """A run that can't be given a name, or a name that can't be given; the message says why."""


class PromotedMeanwhile(Exception):
    """Somebody else has changed what a name stands for since it was looked at; nothing was written."""


class Promotion(BaseModel):
    """A change of what a name stands for.

    Attributes
    ----------
    number : int
        Of the name's changes, from 1.
    at, by : str
        The moment, in the table's form, and the ARN of who made the change.
    run, before : str or None
        The ids of the run that the name stands for from then on, and before; None for none.
    measure : str
        `mean_rho` or an evaluation set's name, of which `score` and `score_before` are the runs' scores.
    basis, basis_before : Basis or None
        What the two scores rest on; None in changes that earlier versions made.
    told : bool
        Whether the change was put on the event bus.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    number: int
    at: str
    by: str
    run: str | None = None
    before: str | None = None
    measure: str = MEAN_RHO
    score: float | None = None
    score_before: float | None = None
    basis: Basis | None = None
    basis_before: Basis | None = None
    told: bool = False

    @property
    def doubt(self) -> str | None:
        """Why a person may not want this change; None if nothing speaks against it."""
        if self.run is None or self.before is None or self.score_before is None:
            return None
        higher = f"that of {self.before} is {scored(self.score_before, self.basis_before)}"
        if self.score is None:
            return f"{self.run} has no {self.measure}; {higher}"
        if self.score < self.score_before:
            return f"the {self.measure} of {self.run} is {scored(self.score, self.basis)}, and {higher}"
        return None

    @property
    def question(self) -> str | None:
        """What a person is asked before this change; None if nothing speaks against it."""
        return self.doubt and f"{self.doubt[0].upper()}{self.doubt[1:]}. Promote it all the same?"


def scored(score: float, basis: Basis | None) -> str:
    """Return a score with what it rests on, where that is known."""
    return f"{rho(score)} {basis.marked()}" if basis else rho(score)


def name_for(run: Run, wanted: str | None) -> str:
    """Return the name that a run is to have: the one that is wanted, or its corpus's.

    Raises
    ------
    NotPromotable
    """
    name = corpus_name(run.corpus_key) if wanted is None else wanted.removeprefix(NAMED)
    if not is_model_name(name):
        raise NotPromotable(
            f"{name!r} can't be a model's name: it is made like a corpus's, of parts that are not empty, with / between"
        )
    return name


def is_model_name(name: str) -> bool:
    """Whether a name may stand for a run: it is made like a corpus's, and no longer."""
    return is_corpus_key(f"{CORPORA}{name}{CORPUS_SUFFIX}")


def change(
    name: str, now: Promotion | None, run: Run | None, before: Run | None, *, at: str, by: str, measure: str
) -> Promotion:
    """Return the change that lets a name stand for another run, or for none.

    Parameters
    ----------
    now
        The name's last change.
    before
        The run that the name stands for now, unless its row is gone.

    Raises
    ------
    NotPromotable
        When the run has no model, or no score on the set that is asked for.
    """
    if run is not None and run.status is not RunStatus.COMPLETED:
        raise NotPromotable(f"{run.run_id} is {run.status}: it has no model to promote")
    if run is not None and measure != MEAN_RHO and run.score(measure) is None:
        raise NotPromotable(f"{run.run_id} has no score on {measure}")
    return Promotion(
        name=name,
        number=now.number + 1 if now else 1,
        at=at,
        by=by,
        run=run.run_id if run else None,
        before=now.run if now else None,
        measure=measure,
        score=run.score(measure) if run else None,
        score_before=before.score(measure) if before else None,
        basis=run.basis(measure) if run else None,
        basis_before=before.basis(measure) if before else None,
    )


def nothing_promoted(wanted: str) -> str:
    """Return what to say where `@NAME` stands for no run."""
    return f"no run is promoted as {wanted.removeprefix(NAMED)}"
