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
from typing import Any

import numpy as np
from botocore.exceptions import BotoCoreError, ClientError
from numpy.typing import NDArray

from wordvectors.aws.bucket import Bucket, StoredObject, StoredReader
from wordvectors.aws.errors import TransientServiceError, error_text
from wordvectors.aws.unreadable import ObjectReplaced
from wordvectors.runs.keys import MODELS, served_run
from wordvectors.serving.contract import LATEST, ModelFacts
from wordvectors.serving.models import NoSuchModel, NotReadable
from wordvectors.vectors.files import VectorsFileError
from wordvectors.vectors.model_file import model_of
from wordvectors.vectors.tensors import HEADER_BYTES, LENGTH_BYTES, Tensor, read_header
from wordvectors.vectors.word_vectors import WordVectors

_RANGE = 8 * 1024**2
_SIDE_BY_SIDE = 8
"""Fewer than the connections that botocore keeps."""
_LISTED_SECONDS = 30
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_NAMED = 10


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

    def __init__(self, bucket: Bucket, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._bucket, self._most_bytes, self._clock = bucket, most_bytes, clock
        self._loaded: dict[str, _Loaded] = {}
        self._listed: dict[str, StoredObject] = {}
        self._listed_at = -float("inf")
        self._lock = threading.Lock()

    def facts(self) -> list[ModelFacts]:
        """Return the models that can be asked, the latest first.

        Raises
        ------
        NotReadable
            If S3 does not answer, or refuses.
        """
        with _s3_named():
            listed = self._list()
        return [
            ModelFacts(
                name=run_id,
                bytes=stored.bytes,
                modified_at=stored.modified.astimezone(UTC).isoformat() if stored.modified else None,
            )
            for run_id, stored in listed.items()
        ]

    def get(self, name: str) -> tuple[str, WordVectors]:
        """Return a model, or the `latest`, with its own name.

        Raises
        ------
        NoSuchModel
            If there is none, or it is too large for this memory or damaged.
        NotReadable
            If S3 does not answer, or refuses.
        """
        with self._lock, _s3_named():
            stored = self._find(name)
            run_id = served_run(stored.key) or name
            kept = self._loaded.get(run_id)
            if kept is None or kept.etag != stored.etag:
                self._loaded.pop(run_id, None)
                try:
                    kept = self._load(run_id, stored)
                except ObjectReplaced:
                    self._listed_at = -float("inf")
                    raise NoSuchModel(f"the model {run_id!r} was removed or written anew just now") from None
                self._loaded[run_id] = kept
            kept.used_at = self._clock()
            return run_id, kept.vectors

    def _list(self) -> dict[str, StoredObject]:
        if self._clock() - self._listed_at > _LISTED_SECONDS:
            found = [stored for stored in self._bucket.objects(MODELS) if served_run(stored.key)]
            found.sort(key=lambda stored: stored.modified or _EARLIEST, reverse=True)
            self._listed = {served_run(stored.key) or "": stored for stored in found}
            self._listed_at = self._clock()
        return self._listed

    def _find(self, name: str) -> StoredObject:
        listed = self._list()
        if name not in listed and name != LATEST:  # it may be new
            self._listed_at = -float("inf")
            listed = self._list()
        if name == LATEST and listed:
            return next(iter(listed.values()))
        if name in listed:
            return listed[name]
        if not listed:
            raise NoSuchModel("no model is served yet; one is once its run has been evaluated")
        more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        raise NoSuchModel(f"there is no model {name!r}; there are {', '.join([*listed][:_NAMED])}{more}")

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


@contextmanager
def _s3_named() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, TransientServiceError) as error:
        raise NotReadable(f"S3: {error_text(error)}") from error


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
