"""Checkpoints: a training's weights and place, from which it goes on after its machine was taken away.

A checkpoint is one file, whole or absent: a zip archive, uncompressed, of the place as JSON and the rows of both
matrices as float32. Each member has its checksum. All else that a training needs to go on follows from its
hyperparameters, its seed and its corpus; of which training it is, the place says.
"""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt

from wordvectors.blazingtext import log
from wordvectors.blazingtext.hyperparameters import Hyperparameters
from wordvectors.engine.encoding import EncodedCorpus
from wordvectors.engine.watch import in_bounds
from wordvectors.files import fault_text, written_whole

CHECKPOINT = "checkpoint.zip"
MOST_SHARE = 0.05
"""Of a training's time, for all its checkpoints together."""
LEAST_SECONDS = 60
"""From one checkpoint to the next, however quickly they are written: each is also sent to S3."""
ASSUMED_SPEED = 100e6
"""Bytes a second, until the first checkpoint has been written: less than a training volume of SageMaker takes."""

_FORMAT = 1
_PLACE, _INPUTS, _OUTPUTS = "place.json", "input_rows", "output_rows"
_ENCRYPTED = 0x1
"""Of a zip member's flags."""
_ROWS_AT_ONCE = 10_000
_SAMPLED_IDS = 1_000_000

Identity = dict[str, str | int | float | bool]
"""What makes a training the one it is: by name, so that a difference can be named."""


class Place(BaseModel):
    """How far a training has come, in stretches and in seconds of training, and which one it is."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    training: Identity
    stretches_done: NonNegativeInt
    seconds: NonNegativeFloat
    scores: tuple[tuple[int, dict[str, float]], ...] = ()
    """After the epochs so far; see `epoch_scores.EpochScores`."""


class _Refused(Exception):
    """Why a checkpoint is not used."""


class Checkpoints:
    """The checkpoint of one training, in a folder that outlives it.

    Parameters
    ----------
    folder
        Exists; SageMaker keeps its files in S3.
    least_seconds
        From one checkpoint to the next, at least.
    """

    def __init__(self, folder: Path, least_seconds: float = LEAST_SECONDS) -> None:
        self.path = folder / CHECKPOINT
        self._least_seconds = least_seconds
        self._began = self._last = 0.0
        self._spent, self._next = 0.0, 0.0

    def restore(
        self, training: Identity, input_rows: NDArray[np.float32], output_rows: NDArray[np.float32]
    ) -> Place | None:
        """Read the checkpoint into the rows, and return its place; None if there is none.

        One that is damaged, or of another training, is named in the log and not used. The rows then hold anything.
        """
        for left_over in self.path.parent.glob(f".{CHECKPOINT}.*.tmp"):  # of a process that was killed
            with suppress(OSError):
                left_over.unlink()
        try:
            if not self.path.stat().st_size:  # a training that has ended left it
                return None
            return _read(self.path, training, input_rows, output_rows)
        except FileNotFoundError:
            return None
        except _Refused as refused:
            reason = str(refused)
        except OSError as fault:
            reason = f"can't be read: {fault.strerror or fault}"
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError):
            reason = "is damaged"
        log.warning(f"The checkpoint {self.path} {reason}. It is not used; training starts anew.")
        return None

    def start(self, values: int) -> None:
        """Begin to count the time; a training has so many values in its rows."""
        self._began = self._last = time.perf_counter()
        self._next = 4 * values / ASSUMED_SPEED

    def due(self) -> bool:
        """Tell whether it is time for a checkpoint, by what the last one took."""
        now = time.perf_counter()
        affordable = self._spent + self._next <= MOST_SHARE * (now - self._began)
        return affordable and now - self._last >= self._least_seconds

    def save(
        self, place: Place, input_rows: NDArray[np.float32], output_rows: NDArray[np.float32], *, since: float
    ) -> float | None:
        """Write a checkpoint in the place of the last one, and return the seconds it took.

        Parameters
        ----------
        since
            When, by `time.perf_counter`, the training began to wait for it.

        Returns
        -------
        float or None
            None if it can't be written, which the log tells; the last one is still there.
        """
        fault: OSError | None = None
        try:
            with written_whole(self.path) as file:
                with zipfile.ZipFile(file, "w") as archive:
                    archive.writestr(_PLACE, place.model_dump_json())
                    _write_rows(archive, _INPUTS, input_rows)
                    _write_rows(archive, _OUTPUTS, output_rows)
                file.flush()
                os.fsync(file.fileno())
        except OSError as raised:
            fault = raised
        self._last = time.perf_counter()
        self._next = self._last - since
        self._spent += self._next
        if fault is not None:
            log.warning(f"No checkpoint could be written, and training goes on: {fault_text(fault)}")
            return None
        return self._next

    def spend(self) -> None:
        """Leave an empty file in the checkpoint's place: the training has ended, and nothing is to be kept.

        What SageMaker has sent to S3 is replaced by what is in the folder; it is not said that what is removed here is
        removed there.
        """
        try:
            if self.path.exists():
                with written_whole(self.path):
                    pass
        except OSError as fault:  # the model is there
            log.warning(f"The checkpoint could not be emptied, and is kept: {fault_text(fault)}")


def identity(encoded: EncodedCorpus, hyperparameters: Hyperparameters, seed: int, stretches: int) -> Identity:
    """Return what a training is known by; how many threads train makes it no other one.

    A corpus is known by its words, how often they occur, and a million of its tokens, evenly spread.
    """
    vocabulary, ids = encoded.vocabulary, np.asarray(encoded.ids)
    corpus = hashlib.blake2b("\n".join(vocabulary.words).encode(), digest_size=16)
    corpus.update(np.ascontiguousarray(vocabulary.counts).data)
    corpus.update(np.ascontiguousarray(ids[:: -(-len(ids) // _SAMPLED_IDS)]).data)
    given = hyperparameters.model_dump(mode="json", exclude={"threads", "evaluation", "seed"})
    tokens = {"corpus": corpus.hexdigest(), "tokens": vocabulary.tokens, "ids": len(ids)}
    return {"format": _FORMAT, "seed": seed, "stretches": stretches, **tokens, **given}


def _read(
    path: Path, training: Identity, input_rows: NDArray[np.float32], output_rows: NDArray[np.float32]
) -> Place:
    with zipfile.ZipFile(path) as archive:
        with _member(archive, _PLACE) as member:
            place = Place.model_validate_json(member.read())
        if place.training != training:
            names = sorted(training.keys() | place.training.keys())
            differing = [name for name in names if place.training.get(name) != training.get(name)]
            raise _Refused(f"is of another training (it differs in {', '.join(differing)})")
        if place.stretches_done > int(training["stretches"]):
            raise ValueError
        _read_rows(archive, _INPUTS, input_rows)
        _read_rows(archive, _OUTPUTS, output_rows)
    return place


def _pieces(rows: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]


def _write_rows(archive: zipfile.ZipFile, name: str, rows: NDArray[np.float32]) -> None:
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in _pieces(rows):
            member.write(np.ascontiguousarray(piece).data)


def _read_rows(archive: zipfile.ZipFile, name: str, rows: NDArray[np.float32]) -> None:
    with _member(archive, name) as member:
        for piece in _pieces(rows):
            piece[:] = np.frombuffer(member.read(piece.nbytes), np.float32).reshape(piece.shape)
            if not in_bounds(piece):
                raise ValueError
        _refuse_more(member)


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a member as it was written: one that is packed or encrypted is none of ours, and may unpack to anything."""
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
        raise ValueError
    return archive.open(entry)


def _refuse_more(member: IO[Any]) -> None:
    if member.read(1):  # at the end, where the checksum is looked at
        raise ValueError
