"""The page of what there is beside runs: corpora with their facts, cleanings, tunings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wordvectors.evaluation.certainty import Basis
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import OWN_TEXT
from wordvectors.figures import moment, rho, size
from wordvectors.lifecycle.ranking import ranked
from wordvectors.lifecycle.run import Corpus, Run
from wordvectors.pages.tables import Section, tables_page

if TYPE_CHECKING:
    from wordvectors.cleaning.ending import CleaningReport
    from wordvectors.tuning.tuning import Tuning

LEAST_SHARE_SHOWN = 0.005
"""Of repeated lines: less is nothing to tell a person of."""


@dataclass(frozen=True)
class HeldCorpus:
    """A corpus in the bucket.

    Attributes
    ----------
    runs : list of Run
        Of any version of it, the newest first.
    facts : Corpus or None
        What a run has found out about it as it is now; None if none has.
    """

    name: str
    bytes: int
    runs: Sequence[Run]
    facts: Corpus | None

    def best(self, by: str) -> Run | None:
        """Return the run with the highest score among those that can be ranked by it."""
        best = next(iter(ranked(self.runs, by)), None)
        return None if best is None or best.doubt(by) else best


def texts_page(
    corpora: Sequence[HeldCorpus], cleanings: Sequence[CleaningReport], tunings: Sequence[Tuning]
) -> str:
    """Write the page, which is served beside that of all runs."""
    sections = [
        Section(
            "Corpora", ["corpus", "size", "text", "runs", "best run", "score"],
            [[each.name, size(each.bytes), text_facts(each.facts) if each.facts else "", f"{len(each.runs):,}",
              *_best(each)] for each in corpora],
            "What is known of the text was found by the runs of the corpus as it is now.",
        ),
        Section(
            "Cleanings", ["cleaning", "status", "corpus", "documents", "bad", "sentences", "words", "reason"],
            [[each.cleaning_id, (each.status or "").lower(), each.corpus or "",
              *(f"{count:,}" for count in (each.documents, each.bad_documents, each.sentences, each.tokens)),
              each.reason or ""] for each in cleanings],
        ),
        Section(
            "Tunings", ["tuning", "status", "corpus", "trainings", "best", "verdict", "created"],
            [[each.tuning_id, each.status.lower(), each.corpus.name or "", f"{len(each.trials):,}",
              _sure(each.best.score, each.best.basis) if each.best else "",
              each.verdict.sentence if each.verdict else "", moment(each.created_at)] for each in tunings],
            links=[f"tuning/{each.tuning_id}" for each in tunings],
        ),
    ]  # fmt: skip
    title = "Corpora, cleanings, tunings"
    return tables_page(title, [section for section in sections if section.rows], of_runs=True)


def text_facts(corpus: Corpus) -> str:
    """Return what is known of a corpus's text: by a count or a sample of it, and by its recipe."""
    sample, counted = corpus.sample, corpus.counted
    parts = []
    if counted:
        about = "" if counted.counted_bytes == corpus.bytes else "about "
        parts.append(f"{about}{counted.lines:,} lines, {about}{counted.tokens:,} words")
    elif sample.tokens:
        parts.append(f"about {sample.tokens:,} words")
    if (sample.duplicate_share or 0) >= LEAST_SHARE_SHOWN:
        parts.append(f"{sample.duplicate_share:.0%} of sampled lines repeated")
    if sample.language:
        parts.append(f"language {sample.language}")
    if corpus.recipe:
        parts.append(f"cleaned by recipe version {corpus.recipe['version']}")
    return ", ".join(parts)


def _best(corpus: HeldCorpus) -> tuple[str, str]:
    """Return the best run and its score: by mean_rho, or where that ranks none, by the text's own."""
    for by in (MEAN_RHO, OWN_TEXT):
        if (run := corpus.best(by)) is not None:
            return run.run_id, f"{by} {_sure(run.score(by), run.basis(by))}"
    return "", ""


def _sure(score: float | None, basis: Basis | None) -> str:
    return f"{rho(score)} {basis.marked() if basis else ''}".rstrip()
