"""The figures of serving: every contender answers the same questions, over HTTP too."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import serving


def test_contenders_are_asked_the_same_and_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(serving, "MAKERS", {"gensim": serving._gensim, "wordvectors": serving._ours})

    found = serving.measure(tmp_path, words=600, dim=20, rounds=2, questions=3, seconds=0.1)

    assert {name: one["same_as_gensim"] for name, one in found["contenders"].items()} == {
        "gensim": 1.0, "wordvectors": 1.0,
    }  # fmt: skip
    assert [len(one["single"]) for one in found["contenders"].values()] == [6, 6]
    assert [len(one["batch"]) for one in found["contenders"].values()] == [2, 2]
    assert [(askers, one["errors"]) for askers, one in found["over_http"].items()] == [
        ("1", 0),
        ("8", 0),
        ("32", 0),
    ]
    serving.show(600, 20, found)
    assert "32 over HTTP" in capsys.readouterr().out
