"""Runs side by side: all that is to be said of them and their models."""

from __future__ import annotations

from collections.abc import Sequence

from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.own_text import OwnTextUnread, read_own_text
from wordvectors.client.deployment import Deployment
from wordvectors.evaluation import comparison as compared
from wordvectors.evaluation.own_text import OwnText
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import ANALOGIES, BUILT_IN, OWN_TEXT
from wordvectors.evaluation.word_pairs import read_pair_sets
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.pages.compare import ComparedRun, Comparison
from wordvectors.runs.differences import cost_per_point, plan_differences
from wordvectors.runs.run import Run
from wordvectors.vectors.word_vectors import WordVectors

METHOD = (
    "Differences are against the first run, on the pairs that both know. In brackets stand 95 % intervals, those of "
    "differences by bootstrap; p is of a paired permutation test (of questions: McNemar's), not adjusted for the "
    "number of tests. Where p is below 0.05 the difference is more than chance."
)


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
        Words whose neighbours are compared; without any, the models' own choice.

    Raises
    ------
    UnknownProbes
    """
    forms = {word: next(filter(None, (model.form_of(word) for model in models)), None) for word in probes}
    unknown = [word for word, form in forms.items() if form is None]
    if unknown:
        raise UnknownProbes(unknown)
    chosen = {name for run in runs for name in (run.plan.evaluation.sets if run.plan else BUILT_IN)}
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
        scores=scores,
        unread_sets=unread,
        neighbours=compared.compare_neighbours(
            models, [*filter(None, forms.values())] or compared.probe_words(models)
        ),
        method=METHOD,
        is_local=deployment.is_local,
    )


def _common_text(deployment: Deployment, runs: Sequence[Run]) -> OwnText:
    """Return questions about the text that all runs were trained on; raises OwnTextUnread."""
    if len({(run.corpus.key, run.corpus.etag) for run in runs}) > 1:
        raise OwnTextUnread("the runs were trained on different texts")
    return read_own_text(deployment.bucket, runs[0].corpus)
