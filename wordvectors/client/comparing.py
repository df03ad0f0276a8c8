"""Runs side by side: all that is to be said of them and their models."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.own_text import OwnTextUnread, read_own_text
from wordvectors.client.deployment import Deployment
from wordvectors.evaluation import comparison as compared
from wordvectors.evaluation.own_text import OwnText
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import ANALOGIES, BUILT_IN, OWN_TEXT, RESERVED
from wordvectors.evaluation.word_pairs import read_pair_sets
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.lifecycle.differences import cost_per_point, plan_differences
from wordvectors.lifecycle.run import Run, sets_of
from wordvectors.pages.compare import ComparedRun, Comparison
from wordvectors.pages.report.words import typical_rows, unit_length
from wordvectors.vectors.word_vectors import WordVectors

METHOD = (
    "Differences are against the first run, on the pairs that both know. In brackets stand 95 % intervals, those of "
    "differences by bootstrap; p is of a paired permutation test (of questions: McNemar's), not adjusted for the "
    "number of tests. Where p is below 0.05 the difference is more than chance."
)
PROBES, _CANDIDATES, _LOOKED_IN = 6, 50, 50_000


class UnknownProbes(ValueError):
    """Words whose neighbours were to be compared, and which no model knows; `words` are these."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(", ".join(words))
        self.words = words


def compare_runs(
    deployment: Deployment, runs: Sequence[Run], models: Sequence[WordVectors], probes: Sequence[str] = ()
) -> Comparison:
    """Return what is to be said of several runs; see `wordvectors.evaluation.comparison`.

    Parameters
    ----------
    models
        Of the runs, in their order.
    probes
        Words whose neighbours are compared; without any, see `usual_probes`.

    Raises
    ------
    UnknownProbes
    """
    forms = {word: _form(word, models) for word in probes}
    unknown = [word for word, form in forms.items() if form is None]
    if unknown:
        raise UnknownProbes(unknown)
    chosen = {name for run in runs for name in (run.plan.evaluation.sets if run.plan else BUILT_IN)}
    chosen.update(name for name in sets_of(runs) if name not in RESERVED)  # `evaluate` goes beyond the plan
    own, unread = read_own_sets(deployment.bucket, sorted(chosen))
    sets = {**load_wordsim353(), **read_pair_sets(), **own}
    scores = {name: compared.compare_pairs(pairs, models) for name, pairs in sets.items()}
    scores[ANALOGIES] = compared.compare_analogies(models)
    try:
        scores[OWN_TEXT] = compared.compare_own_text(_common_text(deployment, runs), models)
    except OwnTextUnread as fault:
        unread[OWN_TEXT] = str(fault)
    return Comparison(
        runs=[
            ComparedRun(
                run_id=run.run_id,
                status=run.status,
                created_at=run.created_at,
                mean_rho=run.mean_rho,
                mean_rho_basis=run.basis(MEAN_RHO),
                cost=run.cost,
                cost_per_point=cost_per_point(run),
                vocabulary=len(model),
            )
            for run, model in zip(runs, models, strict=True)
        ],
        plan_differences=plan_differences(runs),
        scores=dict(sorted(scores.items(), key=lambda item: not item[1].ranks)),
        unread_sets=unread,
        neighbours=compared.compare_neighbours(
            models, [*filter(None, forms.values())] or usual_probes(runs, models)
        ),
        method=METHOD,
        is_local=deployment.is_local,
    )


def _common_text(deployment: Deployment, runs: Sequence[Run]) -> OwnText:
    """Return questions about the text that all runs were trained on; raises OwnTextUnread."""
    if len({run.text for run in runs}) > 1:
        raise OwnTextUnread("the runs were trained on different texts")
    return read_own_text(deployment.bucket, runs[0].corpus)


def usual_probes(runs: Sequence[Run], models: Sequence[WordVectors]) -> list[str]:
    """Return the words whose neighbours are compared if none are asked for.

    They are the probe words of the runs' plans; else words that the first run's corpus is about, as in its report, and
    that all models know, if there are such.
    """
    wanted = dict.fromkeys(word for run in runs if run.plan for word in run.plan.evaluation.probe_words)
    planned = [form for word in wanted for form in [_form(word, models)] if form is not None]
    if planned:
        return planned
    first = models[0]
    frequent = WordVectors(first.index_to_key[:_LOOKED_IN], unit_length(first.vectors[:_LOOKED_IN]))
    rows = typical_rows(frequent, first.norms[:_LOOKED_IN], _CANDIDATES)
    typical = [first.index_to_key[row] for row in rows]
    return ([word for word in typical if all(word in model for model in models)] or typical)[:PROBES]


def _form(word: str, models: Sequence[WordVectors]) -> str | None:
    """Return a word as the first model has it that knows it."""
    return next(filter(None, (model.form_of(word) for model in models)), None)
