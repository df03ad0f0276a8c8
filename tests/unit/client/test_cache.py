"""The bounded cache: what was not used for longest goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import wordvectors
from wordvectors.client import cache
from wordvectors.client.home import cache as folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORDVECTORS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(cache.LIMIT_VARIABLE, raising=False)


def entry(name: str, size: int, used_at: int) -> Path:
    path = folder() / cache.MODELS_OF_RUNS / name
    path.mkdir(parents=True)
    (path / "vectors.npy").write_bytes(b"x" * size)
    os.utime(path, (used_at, used_at))
    return path


def names() -> set[str]:
    return {each.path.name for each in cache.kept()}


def test_what_was_not_used_for_longest_goes(monkeypatch):
    for name, used_at in {"a": 100, "b": 50, "c": 200, "d": 150}.items():
        entry(name, 400, used_at)
    monkeypatch.setenv(cache.LIMIT_VARIABLE, "0.000001")
    cache.mark_used(folder() / "runs" / "b")

    dropped = cache.make_room(folder() / "runs" / "b")

    assert [path.name for path in dropped] == ["a", "d"]
    assert names() == {"b", "c"}
    assert sorted(path.name for path in (folder() / "runs").iterdir()) == ["b", "c"]


def test_what_was_just_put_there_stays_though_it_is_larger_than_the_bound(monkeypatch):
    entry("old", 10, 1)
    entry("large", 5_000, 2)
    monkeypatch.setenv(cache.LIMIT_VARIABLE, "0.000001")
    cache.make_room(folder() / "runs" / "large")
    assert names() == {"large"}


def test_a_model_that_is_open_is_read_on_when_it_has_gone(tmp_path, monkeypatch):
    file = tmp_path / "vectors.txt"
    file.write_text("2 2\nking 1 0\nqueen 0.5 0.5\n")
    monkeypatch.setenv(cache.LIMIT_VARIABLE, "0")

    vectors = wordvectors.load(file)

    assert cache.kept() == []
    assert vectors.most_similar("king")[0][0] == "queen"
    monkeypatch.setenv(cache.LIMIT_VARIABLE, "1")
    wordvectors.load(file)
    assert len(cache.kept()) == 1


@pytest.mark.parametrize("text", ["much", "-1", "nan"])
def test_a_bound_that_is_no_number_is_told(monkeypatch, text):
    monkeypatch.setenv(cache.LIMIT_VARIABLE, text)
    with pytest.raises(cache.InvalidCacheLimit, match=f"{cache.LIMIT_VARIABLE} is '{text}'"):
        cache.most_bytes()
