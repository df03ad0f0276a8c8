"""A run, with all that is known of it: what its row in the table holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    WrapValidator,
)

from wordvectors.blazingtext.archive import MODEL_ARCHIVE
from wordvectors.blazingtext.eval_json import SETS as BLAZINGTEXT_SETS
from wordvectors.blazingtext.eval_json import set_of
from wordvectors.evaluation.certainty import Basis, basis_of_mean, basis_of_rho, basis_of_share
from wordvectors.evaluation.scores import ACCURACY, MEAN_RHO, RHO_MEASURE
from wordvectors.evaluation.sets import OWN_TEXT, place_of, set_named
from wordvectors.figures import rho
from wordvectors.lifecycle.cost import Cost
from wordvectors.lifecycle.keys import MODELS, MOST_JOBS, is_local, is_run_id, training_job_name
from wordvectors.lifecycle.part import Part, within_bounds
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.status import RunStatus


class _Part(Part):
    """A part of a run."""

    def with_known(self, **facts: Any) -> Self:
        """Return this with more facts; one that is None leaves what was known."""
        known = {name: fact for name, fact in facts.items() if fact is not None}
        return type(self).model_validate({**self.model_dump(exclude_unset=True), **known})


class Sample(_Part):
    """What samples of the corpus tell: about how many tokens it has, its language, repeated lines."""

    tokens: int | None = None
    sampled_bytes: int | None = None
    language: str | None = None
    duplicate_share: float | None = None
    """Of the sampled lines, those that occurred before."""


class VocabularyAt(_Part):
    """How many words a `min_count` keeps, and the share of the tokens that it cuts."""

    min_count: int
    words: int
    cut_share: float


class Counted(_Part):
    """What a count of the corpus, or of its first `counted_bytes`, came to."""

    lines: int
    tokens: int
    counted_bytes: int
    vocabulary: tuple[VocabularyAt, ...] = ()


class Corpus(_Part):
    """The object that was trained on."""

    bucket: str | None = None
    key: str | None = None
    name: str | None = None
    etag: str | None = None
    """None for an object that was not there when the run was planned."""
    bytes: int | None = None
    recipe: dict[str, JsonValue] | None = None
    """The `CleaningRecipe` that it was cleaned by, if it says."""
    sample: Sample = Sample()
    counted: Counted | None = None


class Forecast(_Part):
    """What was expected of the run before it started."""

    job_seconds: float
    words_per_second: float
    cost: float | None = None
    """In the currency of the run's planned cost; None where the price is not known."""
    by_runs: int = 0
    """How many earlier runs it rests on; 0: on published figures of AWS."""
    least_seconds: float | None = None
    most_seconds: float | None = None
    """By the paces of the fastest and of the slowest of these runs."""


class Progress(_Part):
    """What the training's log last said: percent done, learning rate, words per second."""

    percent: float | None = None
    alpha: float | None = None
    words_per_second: float | None = None
    ended_early_after: int | None = None
    """The epoch after which `early_stopping` ended the training."""


class Training(_Part):
    """The training job; seconds are of wall-clock time."""

    job_name: str | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    job_status: str | None = None
    secondary_status: str | None = None
    created_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    job_seconds: int | None = None
    billable_seconds: int | None = None
    """Of one instance, as SageMaker tells it."""
    billed_instance_seconds: int | None = None
    """Of all instances together."""
    training_seconds: float | None = None
    """Of training alone, as the log tells it."""
    vocabulary: int | None = None
    vector_dim: int | None = None
    model_uri: str | None = None


class NgramScore(_Part):
    """The score on word pairs in which n-grams stand in for words that the vocabulary lacks."""

    spearmans_rho: float | None = None
    pairs: int
    """How many have a word that the vocabulary lacks, and a vector for it."""
    share: float
    """Of all pairs of the set."""


class EpochScores(_Part):
    """The scores after an epoch, by set: of a training that is scored on its way."""

    epoch: int
    scores: dict[str, float]


class SetScore(_Part):
    """The score on one evaluation set and what it rests on: of word pairs, or of analogies' questions."""

    spearmans_rho: float | None = None
    accuracy: float | None = None
    not_found: int | None = None
    total_pairs: int | None = None
    total_questions: int | None = None
    coverage: float | None = None
    """The share of the pairs or questions that was found."""
    note: str | None = None
    """Why there is no score."""
    with_ngrams: NgramScore | None = None
    """Of a model with subwords."""

    @property
    def value(self) -> float | None:
        """The score itself; None if there is none."""
        return self.accuracy if self.spearmans_rho is None else self.spearmans_rho

    @property
    def measure(self) -> str:
        """What the score is: `Spearman's rho` or `accuracy`."""
        return RHO_MEASURE if self.total_questions is None else ACCURACY

    @property
    def found(self) -> tuple[int, int] | None:
        """How many pairs or questions were found, of how many; None for a set that could not be read."""
        total = self.total_questions if self.total_pairs is None else self.total_pairs
        return None if total is None else (total - (self.not_found or 0), total)

    @property
    def basis(self) -> Basis | None:
        """What the score rests on, or would; None for a set that could not be read."""
        if self.found is None:
            return None
        of = basis_of_rho if self.total_questions is None else basis_of_share
        return of(self.value, *self.found)


def _named(sets: object) -> object:
    """Put the sets in their order; earlier versions called BlazingText's as its eval.json does."""
    if not isinstance(sets, Mapping):
        return sets
    named = {set_of(str(name)): entry for name, entry in sets.items()}
    return {name: named[name] for name in sorted(named, key=place_of)}


class Evaluation(_Part):
    """The scores by set, and why there are none, or no mean of them."""

    sets: Annotated[dict[str, SetScore], BeforeValidator(_named)] = Field(default_factory=dict)
    note: str | None = None


class Artifacts(_Part):
    """URIs of what the run has left in the bucket."""

    model: str | None = None
    plan: str | None = None
    evaluation: str | None = None
    report: str | None = None
    served: str | None = None
    """The file that the model is served from, if models are served."""


def _priced(cost: object) -> object:
    """Earlier versions wrote an empty cost for a run that had none."""
    return (
        cost
        if not isinstance(cost, Mapping) or {"price_per_hour", "unknown", "reason"} & cost.keys()
        else None
    )


class Changes(_Part):
    """What becomes known of a run on its way."""

    corpus: Corpus = Corpus()
    cost: Annotated[Cost | None, BeforeValidator(_priced)] = None
    forecast: Forecast | None = None
    warnings: tuple[str, ...] = ()
    waiting_for: str | None = None
    """Why a QUEUED run has no instances yet."""
    job_number: Annotated[int, Field(ge=1, le=MOST_JOBS)] = 1
    """Which of its training jobs this is, or will be: when SageMaker had no instances for one, there is another."""
    training: Training = Training()
    progress: Progress = Progress()
    epoch_scores: tuple[EpochScores, ...] = ()
    """In the order of the epochs."""
    polls: int = 0
    """How often the training job has been looked at."""
    evaluation: Evaluation = Evaluation()
    mean_rho: float | None = None
    """The mean over BlazingText's own sets, by which a corpus's runs are ranked."""
    artifacts: Artifacts = Artifacts()
    reason: str | None = None
    """Why the run ended as it did, if not well."""
    ended_at: str | None = None


class Run(Changes):
    """One run.

    Attributes
    ----------
    execution_arn : str or None
        The execution that the run belongs to, and that alone may close it.
    sequencer : str
        S3's mark of the upload; uploads of a key are told apart by it.
    tuning : str or None
        The tuning that it is a trial of, and that tells people of it.
    plan : TrainingPlan or None
        None for a run that was rejected before its plan could be resolved, and for one that can't be read any more.
    reasons : tuple of str
        The faults for which it is rejected.
    stop_requested_by : str or None
        The ARN of who asked for its stop.
    promoted_as : tuple of str
        The names that stand for it; see `Promotion`.
    note, tags
        What people have written on it; see `wordvectors.lifecycle.labels`.
    removed_at, removed_by
        When its removal began, and the ARN of who asked for it.
    message_claimed_at, message_claims, notified_at
        Who tells people of the run's end, and when that was done; see `RunTable.claim_message`.
    """

    run_id: str
    status: RunStatus
    kind: str | None = None
    """The partition of the table's index of the newest; the table writes it."""
    created_at: str = ""
    updated_at: str = ""
    attempt: int = 1
    fingerprint: str | None = None
    execution_arn: str | None = None
    sequencer: str = ""
    corpus_key: str = ""
    tuning: str | None = None
    plan: Annotated[
        TrainingPlan | None,
        WrapValidator(within_bounds),
        PlainSerializer(lambda plan: plan and plan.model_dump(mode="json")),
    ] = Field(default=None)
    reasons: tuple[str, ...] = ()
    stop_requested_by: str | None = None
    promoted_as: tuple[str, ...] = ()
    note: str | None = None
    tags: tuple[str, ...] = ()
    removed_at: str | None = None
    removed_by: str | None = None
    message_claimed_at: str | None = None
    message_claims: int | None = None
    notified_at: str | None = None

    def __repr__(self) -> str:
        basis = self.basis(MEAN_RHO)
        score = (
            f", {MEAN_RHO} {rho(self.mean_rho)} {basis.marked()}"
            if self.mean_rho is not None and basis
            else ""
        )
        return f"<Run {self.run_id}: {self.status}{score}>"

    __str__ = __repr__

    @property
    def job_name(self) -> str:
        """The name of its training job, be it that the job is still to be created."""
        return training_job_name(self.run_id, self.job_number)

    @property
    def model_key(self) -> str:
        """The key under which its training job leaves the model."""
        return f"{MODELS}{self.job_name}/output/{MODEL_ARCHIVE}"

    @property
    def is_local(self) -> bool:
        """Whether the run was made in the local cloud, where nothing is paid."""
        return is_local(self.execution_arn)

    @property
    def early_end(self) -> str:
        """Say after which epoch the training was ended before its last one; empty if it was not."""
        epoch = self.progress.ended_early_after
        if epoch is None:
            return ""
        of_all = f" of {self.plan.hyperparameters.epochs:,}" if self.plan else ""
        return f"ended early, after epoch {epoch:,}{of_all}"

    @property
    def resolved_plan(self) -> TrainingPlan:
        """The plan of a run that was not rejected; LookupError if there is none."""
        if self.plan is None:
            raise LookupError(f"the run {self.run_id} has no plan")
        return self.plan

    def score(self, by: str) -> float | None:
        """Return the score on a set, or `mean_rho`; None if there is none."""
        if by == MEAN_RHO:
            return self.mean_rho
        entry = self._entry(by)
        return entry.value if entry else None

    def basis(self, by: str) -> Basis | None:
        """Return what the score on a set, or `mean_rho`, rests on; None where that is not known."""
        if by != MEAN_RHO:
            entry = self._entry(by)
            return entry.basis if entry else None
        sets = self.evaluation.sets
        own = {name: sets[name].basis for name in BLAZINGTEXT_SETS if name in sets}
        return basis_of_mean({name: basis for name, basis in own.items() if basis is not None})

    def certainty(self) -> dict[str, dict[str, Any]]:
        """Return what each of the run's scores rests on, as JSON: by `mean_rho` and by set."""
        bases = {by: self.basis(by) for by in (MEAN_RHO, *self.evaluation.sets)}
        return {by: basis.to_dict() for by, basis in bases.items() if basis}

    def _entry(self, by: str) -> SetScore | None:
        sets = self.evaluation.sets
        return sets.get(by) or sets.get(set_named(by))

    @property
    def text(self) -> str:
        """The very text that it was trained on, by whatever name it lies there: its ETag, or its key if it has none."""
        return self.corpus.etag or self.corpus.key or self.corpus_key

    def text_compared(self, by: str) -> str:
        """Return what runs must share for their scores to be compared: the corpus; for own-text the very text."""
        return self.text if by == OWN_TEXT else self.corpus_key

    def doubt(self, by: str) -> str | None:
        """Return why the score on a set, or `mean_rho`, can't rank this run among others; None if it can."""
        basis = self.basis(by)
        if self.score(by) is None:
            return "there is no score"
        return basis.doubt if basis else None


def as_trial(run: Run, request: Mapping[str, Any]) -> Run:
    """Return a run with the tuning that it is a trial of, if the request that starts it names one."""
    named = request.get("tuning")
    return run.model_copy(update={"tuning": named}) if isinstance(named, str) and is_run_id(named) else run


def sets_of(runs: Iterable[Run]) -> list[str]:
    """Return the names of all sets that runs have entries of, in their order."""
    return sorted({name for run in runs for name in run.evaluation.sets}, key=place_of)
