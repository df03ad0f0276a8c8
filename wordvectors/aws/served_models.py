"""Models in the files of a deployment's bucket that they are served from, fetched by ranges side by side."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import numpy as np
from botocore.exceptions import BotoCoreError, ClientError
from numpy.typing import NDArray

from wordvectors.aws.bucket import Bucket, StoredObject, StoredReader
from wordvectors.aws.errors import TransientServiceError, error_text
from wordvectors.aws.promotions import Promotions
from wordvectors.aws.unreadable import ObjectReplaced
from wordvectors.lifecycle.keys import LATEST, MODELS, NAMED, marked, served_run
from wordvectors.lifecycle.promotions import nothing_promoted
from wordvectors.serving.contract import ModelFacts
from wordvectors.serving.models import NoSuchModel, NotReadable
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.model_file import model_of
from wordvectors.vectors.tensors import HEADER_BYTES, LENGTH_BYTES, Tensor, read_header
from wordvectors.vectors.word_vectors import WordVectors

_RANGE = 8 * 1024**2
_SIDE_BY_SIDE = 8
"""Fewer than the connections that botocore keeps."""
_REMEMBERED_SECONDS = 30
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_NAMED = 10
_EVALUATE = (
    "for a run that is there already, `wordvectors evaluate RUN` writes the file that it is served from"
)

Value = TypeVar("Value")


@dataclass
class _Loaded:
    etag: str
    bytes: int
    vectors: WordVectors
    used_at: float


class ServedModels:
    """The models of a deployment; the last ones that were asked stay in memory.

    Parameters
    ----------
    most_bytes
        What the models in memory may take.
    """

    def __init__(
        self,
        bucket: Bucket,
        promotions: Promotions,
        most_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bucket, self._promotions, self._most_bytes, self._clock = bucket, promotions, most_bytes, clock
        self._loaded: dict[str, _Loaded] = {}
        self._files = _Remembered(self._list_files, clock)
        self._standing = _Remembered(promotions.standing, clock)
        self._lock = threading.Lock()

    def facts(self) -> list[ModelFacts]:
        """Return the models that can be asked, the latest first.

        Raises
        ------
        NotReadable
            If S3 or DynamoDB does not answer, or refuses.
        """
        with _named("S3"):
            listed = self._files.read()
        with _named("DynamoDB"):
            standing = self._standing.read()
        return [
            ModelFacts(
                name=run_id,
                promoted_as=marked(sorted(name for name, run in standing.items() if run == run_id)),
                bytes=stored.bytes,
                modified_at=stored.modified.astimezone(UTC).isoformat() if stored.modified else None,
            )
            for run_id, stored in listed.items()
        ]

    def get(self, name: str) -> tuple[str, WordVectors]:
        """Return a model, by its run, by `@NAME` if it was promoted, or as the `latest`; and its run.

        Raises
        ------
        NoSuchModel
            If there is none, or it is too large for this memory or damaged.
        NotReadable
            If S3 or DynamoDB does not answer, or refuses.
        """
        with self._lock, _named("S3"):
            stored = self._find(name)
            run_id = served_run(stored.key) or name
            kept = self._loaded.get(run_id)
            if kept is None or kept.etag != stored.etag:
                self._loaded.pop(run_id, None)
                try:
                    kept = self._load(run_id, stored)
                except ObjectReplaced:
                    self._files.forget()
                    raise NoSuchModel(f"the model {run_id!r} was removed or written anew just now") from None
                self._loaded[run_id] = kept
            kept.used_at = self._clock()
            return run_id, kept.vectors

    def _list_files(self) -> dict[str, StoredObject]:
        """Return the files that models are served from, by their runs, the latest first."""
        found = [stored for stored in self._bucket.objects(MODELS) if served_run(stored.key)]
        found.sort(key=lambda stored: stored.modified or _EARLIEST, reverse=True)
        return {served_run(stored.key) or "": stored for stored in found}

    def _find(self, name: str) -> StoredObject:
        run_id = self._promoted(name) if name.startswith(NAMED) else name
        listed = self._files.read() if run_id == LATEST else self._files.read(knowing=run_id)
        if run_id == LATEST and listed:
            return next(iter(listed.values()))
        if run_id in listed:
            return listed[run_id]
        if run_id != name:
            raise NoSuchModel(f"{name} stands for {run_id}, which is not served: {_EVALUATE}")
        if not listed:
            raise NoSuchModel(f"no model is served yet: {_EVALUATE}")
        more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
        there_are = ", ".join([*listed][:_MOST_NAMED])
        raise NoSuchModel(f"there is no model {name!r}; there are {there_are}{more}; {_EVALUATE}")

    def _promoted(self, name: str) -> str:
        """Return the run that `@NAME` stands for."""
        plain_name = name.removeprefix(NAMED)
        with _named("DynamoDB"):
            standing = self._standing.read(knowing=plain_name)
        if plain_name not in standing:
            raise NoSuchModel(nothing_promoted(name))
        return standing[plain_name]

    def _load(self, run_id: str, stored: StoredObject) -> _Loaded:
        reader = self._bucket.reader(stored)
        try:
            head = reader.read(0, LENGTH_BYTES + HEADER_BYTES)
            header = read_header(run_id, head, stored.bytes)
            small = "int8" in header.tensors
            wanted = {
                name: tensor for name, tensor in header.tensors.items() if name != "vectors" or not small
            }
            size = sum(tensor.end - tensor.begin for tensor in wanted.values())
            if small:
                size += 4 * wanted["int8"].shape[0] * wanted["int8"].shape[1]
            if size > self._most_bytes:
                raise NoSuchModel(
                    f"the model {run_id!r} needs {size:,} bytes of memory, and there are {self._most_bytes:,}: "
                    "set serving.memory_mb higher"
                )
            self._make_room(size)
            arrays = _fetch(reader, wanted)
            return _Loaded(
                stored.etag,
                size,
                WordVectors.of_model(model_of(run_id, arrays, header.metadata)),
                self._clock(),
            )
        except VectorsFileError as fault:
            raise NoSuchModel(f"the model can't be served: {fault}") from None

    def _make_room(self, size: int) -> None:
        for run_id, _ in sorted(self._loaded.items(), key=lambda each: each[1].used_at):
            if sum(kept.bytes for kept in self._loaded.values()) + size <= self._most_bytes:
                return
            del self._loaded[run_id]


class _Remembered(Generic[Value]):
    """What is asked for again when it is old, or when it lacks what is wanted: that may be new."""

    def __init__(self, ask: Callable[[], dict[str, Value]], clock: Callable[[], float]) -> None:
        self._ask, self._clock = ask, clock
        self._known: dict[str, Value] = {}
        self.forget()

    def forget(self) -> None:
        self._asked_at = -float("inf")

    def read(self, knowing: str | None = None) -> dict[str, Value]:
        lacks = knowing is not None and knowing not in self._known
        if lacks or self._clock() - self._asked_at > _REMEMBERED_SECONDS:
            self._known, self._asked_at = self._ask(), self._clock()
        return self._known


@contextmanager
def _named(service: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, TransientServiceError) as error:
        raise NotReadable(f"{service}: {error_text(error)}") from error


def memory_for_models(function_mb: int | None = None) -> int:
    """Return how many bytes of a function's memory models may take: what Python and one answer need is left."""
    given = function_mb or int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008"))
    return max(given - 400, 64) * 1024**2 * 3 // 4


def _fetch(reader: StoredReader, tensors: dict[str, Tensor]) -> dict[str, NDArray[Any]]:
    """Read arrays, in ranges side by side, each into its place."""
    contents = {name: np.empty(tensor.end - tensor.begin, np.uint8) for name, tensor in tensors.items()}

    def read(name: str, start: int) -> None:
        tensor = tensors[name]
        length = min(_RANGE, tensor.end - tensor.begin - start)
        content = reader.read(tensor.begin + start, length)
        contents[name][start : start + length] = np.frombuffer(content, np.uint8)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        ranges = [
            pool.submit(read, name, start)
            for name, content in contents.items()
            for start in range(0, len(content), _RANGE)
        ]
        for each in ranges:
            each.result()
    return {name: contents[name].view(tensor.dtype).reshape(tensor.shape) for name, tensor in tensors.items()}
