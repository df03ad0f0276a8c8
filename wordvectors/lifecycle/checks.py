"""What is wrong with an upload: one verdict, for whoever is about to send it and for the pipeline that was sent it.

Nothing is asked of anybody here. What can be seen is handed in; what can't be, because no deployment is reachable,
is left out, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wordvectors.blazingtext.volume import GIB, own_storage_gb, volume_bytes_needed
from wordvectors.corpus.check import CorpusCheck, check_corpus
from wordvectors.figures import size
from wordvectors.lifecycle.cost import Cost, KnownCost, Price, PriceUnknown, UnknownCost, planned_cost
from wordvectors.lifecycle.engines import scratch_bytes
from wordvectors.lifecycle.forecast import forecast, time_warnings
from wordvectors.lifecycle.keys import is_corpus_key
from wordvectors.lifecycle.limits import Limits, quota_warnings
from wordvectors.lifecycle.plan import LEARNING, InvalidPlan, TrainingPlan, parse_plan, resolve_plan
from wordvectors.lifecycle.run import Forecast, Run
from wordvectors.plain_text import plain_sentences

MAX_URI = 1024
"""SageMaker's limit for the URI of what a job reads, in characters."""


@dataclass(frozen=True)
class Place:
    """What can be seen of a deployment.

    Attributes
    ----------
    bucket : str
    default_plan : dict
        Completes a user's plan.
    limits : Limits
    price_of : callable
        Returns the price of an instance type, or raises `PriceUnknown`.
    earlier_runs : callable
        Returns the newest runs, the newest first.
    own_sets : callable
        Reads those of a plan's evaluation sets that are the user's own: returns by set how many word pairs it has, and
        what is wrong with those that can't be read.
    price_must_be_known : bool
        Whether a ceiling refuses what can't be priced. Somebody who may not ask for prices leaves that to the
        pipeline, which may.
    """

    bucket: str
    default_plan: Mapping[str, Any]
    limits: Limits
    price_of: Callable[[str], Price]
    earlier_runs: Callable[[], Iterable[Run]]
    own_sets: Callable[[Sequence[str]], tuple[Mapping[str, int], Iterable[str]]]
    price_must_be_known: bool


@dataclass(frozen=True)
class GivenPlan:
    """A plan as it was given.

    Attributes
    ----------
    text : bytes
        Its JSON; of one that was not read something else that tells it from others.
    unread : str
        Why it was not read.
    """

    text: bytes = b"{}"
    unread: str = ""


@dataclass(frozen=True)
class Content:
    """A corpus, in the bucket or still in a file.

    Attributes
    ----------
    size : int
        In bytes.
    read : callable
        `read(start, length)` returns so many bytes from a place on.
    unreadable : str
        Why it can't be read; empty if it can.
    """

    size: int
    read: Callable[[int, int], bytes]
    unreadable: str = ""


@dataclass(frozen=True)
class Upload:
    """A plan, and the corpus that it is for.

    Attributes
    ----------
    plan : GivenPlan or None
        None: no plan is looked for, since the corpus's key is none; the key's fault says enough.
    bucket : str or None
        Where the corpus lies, or would lie; None if that is not known.
    key : str or None
        The corpus's; None if a plan is judged alone.
    content : Content or None
        None: there is no such object.
    others : sequence of str
        Keys of other objects that begin with the corpus's key.
    """

    plan: GivenPlan | None
    bucket: str | None = None
    key: str | None = None
    content: Content | None = None
    others: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an upload.

    Attributes
    ----------
    plan : TrainingPlan or None
        With every default filled in; None if it has faults of its own.
    plan_json : str
        The plan as it enters a run's fingerprint (see `run.fingerprint`).
    cost : Cost or None
        What it may cost at most, or why that is unknown; None without a deployment, or if the plan's resources can't
        be read.
    forecast : Forecast or None
        How long it is going to take; None if that is not known, or if it can't be trained.
    faults : list of str
        Why it can't be trained, all at once; empty if it can.
    warnings : list of str
        What predicts a poor model, what an account's quotas may refuse, and that the training is expected to be ended
        before it is done.
    facts : dict
        Of the corpus, by samples (see `CorpusCheck`).
    readable : TrainingPlan or None
        The plan without what is faulty in it; None if nothing of it can be read.
    unsound : frozenset of str
        The plan's keys that `readable` can't be relied on for.
    pairs : mapping of str to int
        By evaluation set of the user's own how many word pairs it has; those that can't be read are left out.
    """

    plan: TrainingPlan | None
    plan_json: str
    cost: Cost | None
    forecast: Forecast | None
    faults: list[str]
    warnings: list[str]
    facts: dict[str, Any]
    readable: TrainingPlan | None = None
    unsound: frozenset[str] = frozenset()
    pairs: Mapping[str, int] = field(default_factory=dict)

    @property
    def learnt(self) -> TrainingPlan | None:
        """The plan if it says what is learnt and on what, whatever else is wrong with it."""
        return None if self.unsound & LEARNING else self.readable


def judge(upload: Upload, place: Place | None) -> Verdict:
    """Say what is wrong with an upload.

    Parameters
    ----------
    place
        The deployment; None if none can be reached.
    """
    faults = _place_faults(upload, place)
    plan, cost, unsound = None, None, frozenset[str]()
    pairs: Mapping[str, int] = {}
    readable: TrainingPlan | None = None
    try:
        if upload.plan is not None:
            readable = plan = _resolved(upload.plan, place)
    except InvalidPlan as invalid:
        faults += invalid.faults
        readable, unsound = invalid.readable, invalid.unsound
    if readable is not None and place is not None:
        if "resources" not in unsound:
            cost = _planned_cost(readable, place)
            if place.price_must_be_known or isinstance(cost, KnownCost):
                faults += place.limits.cost_faults(cost)
        pairs, set_faults = place.own_sets(readable.evaluation.sets)
        faults += set_faults
    learnt = None if unsound & LEARNING else readable
    check = CorpusCheck(())
    if upload.content is not None and _can_be_read(upload, place):
        if upload.content.unreadable:
            faults.append(upload.content.unreadable)
        else:
            check = _checked(upload.content, plan)
            faults += check.faults
        if learnt is not None:
            faults += volume_faults(upload.content.size, learnt, place)
    warnings = [*check.warnings, *(quota_warnings(plan.resources.model_dump()) if plan else ())]
    expected = None
    if plan is not None and place is not None and not faults:
        expected = forecast(plan, check.facts.get("tokens"), cost, place.earlier_runs())
        warnings += time_warnings(expected, plan)
    return Verdict(
        plan=plan,
        plan_json=plan.canonical_json() if plan else _text(upload.plan),
        cost=cost,
        forecast=expected,
        faults=plain_sentences(faults),
        warnings=warnings,
        facts=check.facts,
        readable=readable,
        unsound=unsound,
        pairs=pairs,
    )


def second_object_fault(uri: str) -> str:
    """Say that an object would be read with the corpus: SageMaker reads all whose keys begin with the corpus's."""
    return f"{uri} begins with this corpus's key, and SageMaker would train on both; delete or rename one of them"


def _can_be_read(upload: Upload, place: Place | None) -> bool:
    return is_corpus_key(upload.key or "") and (place is None or upload.bucket == place.bucket)


def _place_faults(upload: Upload, place: Place | None) -> list[str]:
    if upload.key is None:
        return []
    if place is not None and upload.bucket != place.bucket:
        return [f"the corpus is in bucket {upload.bucket!r}; this pipeline reads from {place.bucket!r} only"]
    if not is_corpus_key(upload.key):
        return [
            f"the corpus's key is {upload.key!r}; it must be corpora/NAME.txt. NAME may not hold control "
            "characters; between slashes, no part may be empty, `.`, `..`, or longer than 255 bytes"
        ]
    uri = f"s3://{upload.bucket}/{upload.key}"
    if upload.content is None:
        return [f"there is no object {uri}"]
    if upload.bucket is not None and len(uri) > MAX_URI:
        return [f"the corpus's URI has {len(uri)} characters; SageMaker takes {MAX_URI:,}"]
    return [second_object_fault(f"s3://{upload.bucket}/{other}") for other in upload.others[:1]]


def _text(given: GivenPlan | None) -> str:
    return given.text.decode("utf-8", "replace") if given else ""


def _resolved(given: GivenPlan, place: Place | None) -> TrainingPlan:
    if given.unread:
        raise InvalidPlan([given.unread])
    wanted = parse_plan(given.text)
    return resolve_plan(wanted, place.default_plan, place.limits) if place else resolve_plan(wanted)


def _planned_cost(plan: TrainingPlan, place: Place) -> Cost:
    """Price a plan; a price that can't be had is said, and is no fault unless there is a ceiling."""
    resources = plan.resources
    try:
        price = place.price_of(resources.instance_type)
    except PriceUnknown as unknown:
        return UnknownCost(reason=str(unknown))
    return planned_cost(
        price, instances=resources.instance_count, max_runtime_seconds=resources.max_runtime_seconds
    )


def _checked(content: Content, plan: TrainingPlan | None) -> CorpusCheck:
    return check_corpus(
        content.read,
        content.size,
        min_count=plan.hyperparameters.min_count if plan else 0,
        vector_dim=plan.hyperparameters.vector_dim if plan else 0,
    )


def volume_faults(corpus_bytes: int, plan: TrainingPlan, place: Place | None) -> list[str]:
    """Check that corpus and model fit on the training volume."""
    scratch = scratch_bytes(plan.engine, corpus_bytes)
    needed = -(-(volume_bytes_needed(corpus_bytes, plan.hyperparameters) + scratch) // GIB)
    own = own_storage_gb(plan.resources.instance_type)
    if own is not None and own < needed:
        return [
            f"resources.instance_type is {plan.resources.instance_type}, which trains on its own {own} GB of storage "
            f"whatever resources.volume_gb says, but a corpus of {size(corpus_bytes)} and its model may need "
            f"{needed} GB; choose a larger one, or a type without storage of its own, such as ml.c5"
        ]
    if own is not None or plan.resources.volume_gb >= needed:
        return []
    fault = (
        f"resources.volume_gb is {plan.resources.volume_gb}, but a corpus of {size(corpus_bytes)} "
        f"and its model may need {needed} GB; "
    )
    if place is None or needed <= place.limits.max_volume_gb:
        return [f"{fault}set resources.volume_gb to {needed} or more"]
    return [
        f"{fault}this deployment allows at most {place.limits.max_volume_gb} GB: train on a smaller corpus, or raise "
        f"max_volume_gb in cdk.json to {needed} and deploy"
    ]
