"""The figures of serving: every contender answers the same questions, over HTTP too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import serving
from wordvectors.serving.models import OneModel


def test_contenders_are_asked_the_same_and_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    makers = {name: serving.MAKERS[name] for name in (serving.REFERENCE, serving.OURS)}
    monkeypatch.setattr(serving, "MAKERS", makers)
    monkeypatch.setattr(serving, "ASKERS", (2,))

    found = serving.measure(tmp_path, *serving.made_up(600, 20), rounds=2, questions=3, seconds=0.1)

    contenders = found["contenders"].values()
    assert [one["same_as_gensim"] for one in contenders] == [1.0, 1.0]
    assert [(len(one["single"]), len(one["batch"])) for one in contenders] == [(6, 2), (6, 2)]
    assert all(min(one.values()) > 0 for one in found["starts"].values())
    (asked,) = found["over_http"].values()
    assert (asked["errors"], asked["answers"] > 0) == (0, True)
    serving.show("600 words", found)
    assert "2 over HTTP" in capsys.readouterr().out


def test_a_load_fails_where_a_question_has_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    names, matrix = serving.made_up(30, 5)
    assert serving.load(tmp_path, names, matrix, 0.1) == 0
    monkeypatch.setattr(serving, "OneModel", lambda name, vectors: OneModel("other", vectors.only(names[:5])))
    assert serving.load(tmp_path, names, matrix, 0.1) == 1
    assert "errors" in capsys.readouterr().out
