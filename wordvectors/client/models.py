"""A run's model on this machine: fetched once, and from then on opened where it was kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from wordvectors import STACK
from wordvectors.blazingtext.archive import (
    ARTEFACTS,
    VECTORS_BIN,
    VECTORS_TXT,
    InvalidModelArchive,
    extract_model,
)
from wordvectors.client.cache import MODELS_OF_RUNS, make_room, mark_used
from wordvectors.client.deployment import (
    Deployment,
    connect_aws,
    connect_local,
)
from wordvectors.client.home import cache, wordvectors_home
from wordvectors.files import faults_named
from wordvectors.lifecycle.keys import LATEST, NAMED, is_run_id
from wordvectors.lifecycle.promotions import nothing_promoted
from wordvectors.lifecycle.run import Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.tuning.tuning import TUNING_PREFIX, Tuning
from wordvectors.vectors.fasttext_stream import FastTextStream
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.word_vectors import WordVectors


class NoModel(Exception):
    """A run whose model can't be had; the message says why."""


def load(
    run: str,
    *,
    target: str = "local",
    profile: str | None = None,
    region: str | None = None,
    stack: str = STACK,
) -> WordVectors:
    """Load the word vectors of a run; see `wordvectors.load`."""
    if target not in ("local", "aws"):
        raise ValueError(f"target is {target!r}; it is 'local' or 'aws'")

    def deployment() -> Deployment:
        if target == "local":
            return connect_local(wordvectors_home(), stack=stack)
        return connect_aws(profile=profile, region=region, stack=stack)

    return vectors_of(run, deployment)


def vectors_of(
    wanted: str, deployment: Callable[[], Deployment], find: Callable[[Deployment, str], Run] | None = None,
    progress: Callable[[int, int], Any] = lambda count, total: None,
) -> WordVectors:  # fmt: skip
    """Return the vectors of a run; nothing is asked of the pipeline once they are kept here.

    Parameters
    ----------
    wanted
        As `find` takes it.
    deployment
        Connects; called only when the pipeline is needed.
    find
        Returns the run that is wanted; by default as `find_run`.
    progress
        Called with the bytes fetched since the last call, and those in all.

    Raises
    ------
    NoModel
        If the run has no model, or one that can't be read.
    """
    # A run's model never changes, so what is kept under the run's full id needs no look at the pipeline.
    if is_run_id(wanted) and (kept := _kept(wanted)) is not None:
        return kept
    place = deployment()
    run = (find or find_run)(place, wanted)
    if (kept := _kept(run.run_id)) is not None:
        return kept
    with _scratch() as scratch:
        has_subwords = run.plan is not None and run.plan.hyperparameters.subwords
        names = (VECTORS_BIN if has_subwords else VECTORS_TXT,)  # the text has no n-grams
        counts: dict[bytes, int] = {}
        (path,) = fetch_model(place, run, Path(scratch), names, progress, lambda file: _count(file, counts))
        try:
            vectors = WordVectors.build(path, _kept_at(run.run_id), counts)
        except VectorsFileError as broken:
            raise NoModel(f"the model of {run.run_id} can't be read: {broken}") from broken
    make_room(_kept_at(run.run_id))
    return vectors


@contextmanager
def _scratch() -> Iterator[str]:
    """Make a folder beside what is kept; where that can't be written, among the system's temporary ones."""
    try:
        cache().mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=cache(), prefix=".fetch-")
    except OSError:  # a cache that can't be written is no reason not to read
        folder = tempfile.TemporaryDirectory(prefix="wordvectors-")
    with folder as path:
        yield path


def find_run(deployment: Deployment, wanted: str) -> Run:
    """Return the one run that is wanted: by its id, the beginning of it, `@NAME`, or `latest` with a model.

    A tuning's id stands for the run that its verdict recommends.

    Raises
    ------
    NoModel
        If there is no such run, or several.
    """
    if wanted.startswith(TUNING_PREFIX):
        tunings = deployment.tunings.matching(wanted)
        if len(tunings) != 1:
            names = ", ".join(tuning.tuning_id for tuning in tunings[:10])
            raise NoModel(
                f"{len(tunings)} tunings begin with {wanted}: {names}"
                if tunings
                else f"there is no tuning {wanted}"
            )
        return recommended_run(deployment, tunings[0])
    matches = deployment.runs.matching(wanted, with_model=True)
    if len(matches) != 1:
        names = ", ".join(run.run_id for run in matches[:10])
        raise NoModel(f"{len(matches)} runs begin with {wanted}: {names}" if matches else no_run(wanted))
    return matches[0]


def recommended_run(deployment: Deployment, tuning: Tuning) -> Run:
    """Return the run that a tuning's verdict recommends.

    Raises
    ------
    NoModel
        If there is no verdict yet, or the run was removed.
    """
    if tuning.verdict is None:
        raise NoModel(f"{tuning.tuning_id} has no verdict: it is {tuning.status}")
    run = deployment.runs.get(tuning.verdict.run_id)
    if run is None or run.removed_at is not None:
        raise NoModel(f"{tuning.tuning_id} recommends {tuning.verdict.run_id}, which was removed")
    return run


def no_run(wanted: str) -> str:
    """Return what to say where no run with a model is like that."""
    if wanted.startswith(NAMED):
        return nothing_promoted(wanted)
    return "no run has a model yet" if wanted == LATEST else f"there is no run {wanted}"


def fetch_model(
    deployment: Deployment,
    run: Run,
    folder: Path,
    names: tuple[str, ...] = ARTEFACTS,
    progress: Callable[[int, int], Any] = lambda count, total: None,
    read_bin: Callable[[BinaryIO], None] | None = None,
) -> list[Path]:
    """Stream a run's model archive from the bucket and take files out of it; see `extract_model`.

    Raises
    ------
    NoModel
        If the run has no model, its archive is gone, or can't be read.
    """
    run_id = run.run_id
    if run.status is not RunStatus.COMPLETED:
        reason = f" ({run.reason})" if run.reason else ""
        raise NoModel(f"{run_id} is {run.status}: it has no model{reason}")
    key = run.model_key
    stored = deployment.bucket.find(key)
    if stored is None:
        raise NoModel(f"the model of {run_id} is gone: there is no object {deployment.bucket.uri(key)}")
    stream = _Counted(deployment.bucket.open(key), lambda count: progress(count, stored.bytes))
    try:
        with faults_named(folder):
            return extract_model(stream, folder, names, read_bin)  # type: ignore[arg-type]
    except InvalidModelArchive as broken:
        raise NoModel(f"the model of {run_id} can't be read: {broken}") from broken


def _count(file: BinaryIO, counts: dict[bytes, int]) -> None:
    with suppress(VectorsFileError):  # the vectors are in another file, and have no need of this one
        counts.update(FastTextStream(file, VECTORS_BIN).counts())


def _kept_at(run_id: str) -> Path:
    return cache() / MODELS_OF_RUNS / run_id


def _kept(run_id: str) -> WordVectors | None:
    try:
        vectors = WordVectors.open(_kept_at(run_id))
        mark_used(_kept_at(run_id))
        return vectors
    except VectorsFileError:  # there are none, or another version kept them: they are fetched, and kept anew
        return None


class _Counted:
    """A stream that tells how many bytes were read from it."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], Any]) -> None:
        self._stream, self._progress = stream, progress

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._progress(len(data))
        return data
