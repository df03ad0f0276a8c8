"""A training goes on from its checkpoint as if nothing had been; what is no checkpoint of it is named and left."""

from __future__ import annotations

import os
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.unit.engine.corpora import two_topics
from tests.unit.engine.test_kernel_engine import ANIMALS, FOODS, SUBWORDS, encoded, mean_cosine
from wordvectors.blazingtext.hyperparameters import Hyperparameters, Mode
from wordvectors.engine import checkpoints as module
from wordvectors.engine import kernel_engine
from wordvectors.engine.checkpoints import CHECKPOINT, Checkpoints, Place, identity
from wordvectors.engine.engine import TrainedVectors
from wordvectors.engine.schedule import Schedule
from wordvectors.engine.worker import Worker

CORPUS = encoded(two_topics())


class Interrupted(BaseException):
    pass


class Interrupting(Checkpoints):
    """Ends the training right after the checkpoint with this number, as if its machine were taken away."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder, least_seconds=0)
        self.left = after

    def due(self) -> bool:
        return True

    def save(self, *given, **more) -> float | None:
        took = super().save(*given, **more)
        self.left -= 1
        if not self.left:
            raise Interrupted
        return took


def train(
    checkpoints: Checkpoints | None = None, *, threads=1, seed=1, corpus=CORPUS, **given
) -> TrainedVectors:
    settings = {"mode": "batch_skipgram", "vector_dim": 16, "epochs": 60, "sampling_threshold": 0.5}
    hyperparameters = Hyperparameters.read(settings | given)
    silent = lambda *figures: None  # noqa: E731
    return kernel_engine.train(
        corpus, hyperparameters, silent, threads=threads, seed=seed, checkpoints=checkpoints
    )


def interrupted(folder: Path, after: int = 1, **given) -> None:
    """Train until a checkpoint; the work is slowed down, or it may have ended before anybody looks."""
    before, work = threading.active_count(), Worker.train

    def slowly(*given) -> None:
        time.sleep(0.02)
        work(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Worker, "train", slowly)
        patched.setattr(kernel_engine, "SECONDS_PER_LOOK", 0.001)
        with pytest.raises(Interrupted):
            train(Interrupting(folder, after), **given)
    assert threading.active_count() == before


@pytest.mark.parametrize("given", [{}, {"mode": Mode.SKIPGRAM}, {"mode": Mode.CBOW, **SUBWORDS}], ids=str)
def test_one_thread_goes_on_to_the_same_bytes(tmp_path: Path, capsys, given: dict[str, object]):
    interrupted(tmp_path, after=2, **given)
    interrupted(tmp_path, after=1, **given)
    went_on = train(Checkpoints(tmp_path), **given)
    said = capsys.readouterr().out
    assert said.count("Training goes on from the checkpoint at ") == 2
    assert "Checkpoint at " in said
    for name in ("vectors", "output_rows", "ngram_rows"):
        assert getattr(went_on, name).tobytes() == getattr(train(**given), name).tobytes()


def test_several_threads_go_on_and_learn_as_well(tmp_path: Path):
    interrupted(tmp_path, threads=3)
    went_on = train(Checkpoints(tmp_path), threads=3)
    within, across = (mean_cosine(CORPUS.vocabulary, went_on, ANIMALS, other) for other in (ANIMALS, FOODS))
    assert within > across + 0.3


def test_checkpoints_on_the_way_change_nothing(tmp_path: Path):
    class Always(Checkpoints):
        def due(self) -> bool:
            return True

    often = train(Always(tmp_path))
    assert (tmp_path / CHECKPOINT).stat().st_size > 0
    assert often.vectors.tobytes() == train().vectors.tobytes()


def anew(folder: Path, capsys, reason: str, **given) -> None:
    """Hold that a checkpoint is named and not used, and that the training is what it is without one."""
    trained = train(Checkpoints(folder), **given)
    said = capsys.readouterr().out
    assert f"The checkpoint {folder / CHECKPOINT} {reason}. It is not used; training starts anew." in said
    assert trained.vectors.tobytes() == train(**given).vectors.tobytes()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"seed": 2}, "seed"),
        ({"vector_dim": 8, "window_size": 3}, "vector_dim, window_size"),
        ({"corpus": encoded(two_topics(seed=5))}, "corpus"),
    ],
    ids=["seed", "plan", "corpus"],
)
def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path, capsys, given, names):
    interrupted(tmp_path)
    anew(tmp_path, capsys, f"is of another training (it differs in {names})", **given)


def overwritten(path: Path, at: int, with_: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
        file.write(with_)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: os.truncate(path, path.stat().st_size - 100),
        lambda path: overwritten(path, path.stat().st_size // 2, b"\xff\xff\xff\xff"),
        lambda path: overwritten(path, 0, b"\0" * 100),
        lambda path: path.write_bytes(b"no zip archive"),
        lambda path: zipfile.ZipFile(path, "w").close(),
    ],
    ids=["cut off", "a row", "the beginning", "text", "empty"],
)
def test_a_damaged_checkpoint_is_not_used(tmp_path: Path, capsys, damage):
    interrupted(tmp_path)
    damage(tmp_path / CHECKPOINT)
    anew(tmp_path, capsys, "is damaged")


def test_a_checkpoint_with_one_wrong_bit_in_its_headers_is_the_same_or_not_used(tmp_path: Path, capsys):
    saved, place = Checkpoints(tmp_path), Place(training={"seed": 1}, stretches_done=3, seconds=1.5)
    rows = np.random.default_rng(1).random((5, 4), np.float32)
    saved.save(place, rows, rows, since=0.0)
    good = saved.path.read_bytes()
    for at in [*range(60), *range(good.rindex(b"PK\1\2") - 70, len(good))]:
        for bit in range(8):
            saved.path.write_bytes(good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :])
            read = np.zeros((2, *rows.shape), np.float32)
            restored = saved.restore({"seed": 1}, *read)
            assert restored is None or (restored == place and (read == rows).all())
    assert "is damaged" in capsys.readouterr().out


def test_a_packed_checkpoint_is_not_unpacked(tmp_path: Path, capsys):
    interrupted(tmp_path)
    with zipfile.ZipFile(tmp_path / CHECKPOINT) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / CHECKPOINT, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    anew(tmp_path, capsys, "is damaged")


def test_how_many_threads_train_makes_no_other_training():
    one, two = (Hyperparameters.read({"threads": n, "evaluation": n == 1}) for n in (1, 2))
    assert identity(CORPUS, one, 1, 10) == identity(CORPUS, two, 1, 10)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_and_the_training(
    tmp_path: Path, capsys, monkeypatch
):
    saved, place = Checkpoints(tmp_path), Place(training={"stretches": 9}, stretches_done=3, seconds=1.5)
    rows = np.ones((5, 4), np.float32)
    saved.start(rows.size)
    assert saved.save(place, rows, rows, since=0.0) is not None

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    assert saved.save(place.model_copy(update={"stretches_done": 9}), rows, rows, since=0.0) is None
    assert "No checkpoint could be written, and training goes on: " in capsys.readouterr().out
    assert os.listdir(tmp_path) == [CHECKPOINT]
    assert saved.restore({"stretches": 9}, np.empty_like(rows), np.empty_like(rows)) == place


def test_nothing_is_left_of_a_training_that_has_ended(tmp_path: Path, capsys):
    interrupted(tmp_path)
    (tmp_path / f".{CHECKPOINT}.77.tmp").write_bytes(b"half")  # of a process that was killed
    checkpoints = Checkpoints(tmp_path)
    train(checkpoints)
    checkpoints.spend()
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [(CHECKPOINT, 0)]
    capsys.readouterr()
    train(checkpoints)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1e6], ids=str)
def test_weights_that_no_training_has_are_not_gone_on_from(tmp_path: Path, capsys, weight: float):
    rows = np.ones((5, 4), np.float32)
    faulty = rows.copy()
    faulty[3, 2] = weight
    saved = Checkpoints(tmp_path)
    saved.start(rows.size)
    place = Place(training={"stretches": 7}, stretches_done=1, seconds=1)
    for matrices in ((faulty, rows), (rows, faulty)):
        saved.save(place, *matrices, since=0.0)
        assert saved.restore({"stretches": 7}, rows.copy(), rows.copy()) is None
    assert capsys.readouterr().out.count(" is damaged. It is not used") == 2


def test_what_was_left_over_and_can_not_be_removed_fails_no_training(tmp_path: Path, capsys):
    interrupted(tmp_path)
    (tmp_path / f".{CHECKPOINT}.1.tmp").mkdir()
    train(Checkpoints(tmp_path))
    assert "Training goes on from the checkpoint at " in capsys.readouterr().out


def test_a_checkpoint_beyond_the_end_of_its_training_is_not_used(tmp_path: Path, capsys):
    rows = np.ones((5, 4), np.float32)
    saved = Checkpoints(tmp_path)
    saved.start(rows.size)
    for done, found in ((7, True), (8, False)):
        saved.save(Place(training={"stretches": 7}, stretches_done=done, seconds=1), rows, rows, since=0.0)
        assert (saved.restore({"stretches": 7}, rows.copy(), rows.copy()) is not None) is found
    assert " is damaged. It is not used" in capsys.readouterr().out


def test_what_stands_in_the_checkpoints_place_and_can_not_be_emptied_fails_no_training(
    tmp_path: Path, capsys
):
    (tmp_path / CHECKPOINT).mkdir()
    checkpoints = Checkpoints(tmp_path)
    train(checkpoints)
    checkpoints.spend()
    said = capsys.readouterr().out
    assert "It is not used; training starts anew." in said
    assert "The checkpoint could not be emptied, and is kept: " in said


def test_checkpoints_take_a_twentieth_of_the_time_at_most(tmp_path: Path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(module.time, "perf_counter", lambda: now)
    checkpoints = Checkpoints(tmp_path, least_seconds=60)
    rows = np.zeros((1, 1), np.float32)
    checkpoints.start(values=10**9)  # 4 GB, at 100 MB/s 40 s
    written, spent = 0, 0.0
    while now < 1000 + 6 * 3600:
        now += 1
        if checkpoints.due():
            since, now = now, now + 30 + written
            checkpoints.save(Place(training={}, stretches_done=1, seconds=1), rows, rows, since=since)
            written, spent = written + 1, spent + now - since
        assert spent <= 0.06 * (now - 1000)  # the one that takes longer than the last, too
    assert written > 20
    assert spent <= 0.05 * (now - 1000)


def test_checkpoints_of_a_small_training_have_a_minute_between_them(tmp_path: Path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(module.time, "perf_counter", lambda: now)
    checkpoints = Checkpoints(tmp_path)
    checkpoints.start(values=1000)
    now = 59.0
    assert not checkpoints.due()
    now = 60.0
    assert checkpoints.due()
    rows = np.zeros((1, 1), np.float32)
    checkpoints.save(Place(training={}, stretches_done=1, seconds=1), rows, rows, since=60.0)
    now = 119.0
    assert not checkpoints.due()


def test_a_pause_is_in_force_once_no_thread_is_at_work():
    schedule = Schedule(np.array([0, -1] * 50, np.int32), 1, 1e9, 0.05)
    assert [schedule.take(), schedule.take()] == [0, 1]
    schedule.pause()
    assert (schedule.take(), schedule.is_quiet) == (-1, False)
    schedule.finish()
    assert (schedule.take(), schedule.is_quiet) == (-1, False)
    schedule.finish()
    assert (schedule.take(), schedule.is_quiet) == (-1, True)
    schedule.resume()
    assert (schedule.is_quiet, schedule.take()) == (False, 2)
    schedule.pause()
    assert (schedule.take(), schedule.is_quiet) == (-1, False)
    schedule.stop()
    assert schedule.take() is None
