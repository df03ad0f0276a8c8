"""Which runs a score compares: those of one corpus, and by the text's own questions those of one text."""

from __future__ import annotations

from wordvectors.lifecycle.ranking import several_texts
from wordvectors.lifecycle.removal import unwanted
from wordvectors.lifecycle.run import Run


def run(name: str, etag: str | None, share: float | None = 0.6) -> Run:
    key = f"corpora/{name}.txt"
    sets = {} if share is None else {"own-text": {"accuracy": share, "not_found": 0, "total_questions": 1000}}
    return Run.of_row({
        "run_id": f"wv-{name}", "status": "COMPLETED", "corpus_key": key, "evaluation": {"sets": sets},
        "corpus": {"name": name, "key": key, "etag": etag},
    })  # fmt: skip


FIRST, LONGER, OTHER, UNREAD = (
    run("first", "e"),
    run("longer", "e", 0.7),
    run("other", "f"),
    run("unread", None),
)


def test_a_text_is_the_same_by_whatever_name_it_lies_there():
    assert FIRST.text_compared("own-text") == LONGER.text_compared("own-text")
    assert FIRST.text_compared("mean_rho") != LONGER.text_compared("mean_rho")
    assert len({run.text for run in (FIRST, LONGER, OTHER, UNREAD)}) == 3


def test_runs_of_several_texts_are_warned_of_where_their_own_questions_rank_them():
    assert several_texts([FIRST, LONGER, run("unscored", "g", None)], "own-text") is None
    assert several_texts([FIRST, OTHER], "mean_rho") is None
    for runs in ([FIRST, OTHER], [FIRST, UNREAD]):
        assert "own-text can't compare runs of different texts" in (several_texts(runs, "own-text") or "")


def test_each_corpus_keeps_its_best_though_another_has_the_same_text():
    assert unwanted([FIRST, LONGER], before=None, keep_best=1, by="own-text") == ([], [])
