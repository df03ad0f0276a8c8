"""What a report says of a run: its scores beside others, its curve, its words, its worst pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.unit.pages.conftest import PAIRS, WORDS, run_row, scored, vectors
from wordvectors.evaluation.spearman import lower_cased, score
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.lifecycle.run import Run
from wordvectors.pages.report import contents as report
from wordvectors.pages.report.clusters import clusters
from wordvectors.pages.report.contents import MOST_CURVE_POINTS, beside, training_curve
from wordvectors.pages.report.words import unit_length
from wordvectors.pages.report.wrong_pairs import most_wrong


def other(name: str, day: int, rho: float, status: str = "COMPLETED") -> Run:
    return run_row(name, created_at=f"2026-11-{day:02}T10:00:00.000+00:00", status=status, **scored(rho))


def test_beside_a_run_stand_the_best_and_the_one_before(contents):
    others = [
        other("later-and-best", 25, 0.9), other("stopped", 22, 0.8, "STOPPED"), run_row(),
        other("before", 22, 0.4), other("long-before", 20, 0.6),
    ]  # fmt: skip

    found = contents(others=others)

    assert (found.best.run_id, found.previous.run_id) == ("later-and-best", "before")
    of_all, mean = found.scores
    assert (of_all.value, of_all.best.value, of_all.previous.value) == (0.5, 0.9, 0.4)
    assert (of_all.best.basis.text, of_all.previous.basis.text) == ("[0.87, 0.92] 85%", "[0.30, 0.49] 85%")
    assert (of_all.basis.found, of_all.basis.total, of_all.basis.text) == (300, 353, "[0.40, 0.58] 85%")
    assert mean.basis == of_all.basis
    assert (mean.name, mean.value, mean.best.value, mean.previous.value) == ("mean_rho", 0.5, 0.9, 0.4)


def test_a_first_run_has_none_beside_it(contents):
    assert beside(run_row(), [run_row()]) == (None, None)
    assert {score.best for score in contents().scores} == {None}


def test_where_mean_rho_ranks_none_the_best_is_by_the_text_of_its_own(contents):
    def asked(name: str, share: float, etag: str = "e") -> Run:
        own_text = {"accuracy": share, "not_found": 0, "total_questions": 1_000, "coverage": 1.0}
        sets = {**few["evaluation"]["sets"], "own-text": own_text}
        corpus = {**run_row().corpus.to_json(), "etag": etag}
        return run_row(name, status="COMPLETED", **few | {"evaluation": {"sets": sets}, "corpus": corpus})

    few = scored(0.9, found=20)
    others = [asked("worse", 0.6), asked("best", 0.7), asked("another-text", 0.9, etag="f")]
    others[1] = others[1].model_copy(update={"corpus_key": "corpora/the-same-by-another-name.txt"})

    best, _ = beside(asked("own", 0.5), others)

    assert best.run_id == "best"


def test_the_curve_is_that_of_the_progress_lines(contents):
    points = contents().curve

    assert [(point.seconds, point.alpha, point.words_per_second) for point in points] == [
        (0, 0.05, 1e6), (1.5, 0.025, 1.5e6), (4, 0, 1.25e6),
    ]  # fmt: skip


def test_a_long_log_is_thinned_out_and_its_end_kept():
    log = [(n, f"Alpha: 0.05  Progress: {n / 50:.2f}%  Million Words/sec: 1.00") for n in range(5_001)]

    points = training_curve(log)

    assert len(points) <= MOST_CURVE_POINTS + 1
    assert points[-1].seconds == 5_000


def test_the_map_holds_each_word_with_its_neighbours(contents):
    found = contents(words=[*WORDS[:-1], "</s>"])

    assert [word.word for word in found.words] == WORDS[:-1]
    near = dict(found.words[WORDS.index("cat7")].neighbours)
    assert len(near) == 10
    assert all(word.startswith("cat") for word in near)
    json.dumps([word.x for word in found.words], allow_nan=False)


def test_words_that_are_not_on_the_map_can_be_found(contents, monkeypatch):
    monkeypatch.setattr(report, "WORDS", 20)
    monkeypatch.setattr(report, "FOUND_WORDS", 50)

    found = contents()

    assert [word.word for word in (*found.words, *found.further)] == WORDS[:50]
    assert len(found.words) == 20
    near = dict(found.further[WORDS.index("cat15") - 20].neighbours)
    assert len(near) == 10
    assert all(word.startswith("cat") for word in near)


def test_clusters_are_those_of_the_vectors_and_named_by_their_own_words(contents):
    found = contents()

    assert sum(cluster.size for cluster in found.clusters) == len(found.words)
    assert [cluster.size for cluster in found.clusters] == sorted(
        (cluster.size for cluster in found.clusters), reverse=True
    )
    kinds = {(word.cluster, word.word[:3]) for word in found.words if word.word[:3] in ("cat", "dog")}
    assert len({cluster for cluster, _ in kinds}) == len(kinds)  # no cluster has both
    of_word = {word.word: word.cluster for word in found.words}
    for number, cluster in enumerate(found.clusters):
        assert len(cluster.name) == 3
        assert {of_word[word] for word in cluster.name} == {number}


def test_few_words_have_no_clusters(contents):
    assert contents(words=WORDS[:19]).clusters == ()
    assert contents(matrix=np.ones((len(WORDS), 12), dtype=np.float32)).clusters == ()


def test_the_words_of_the_plan_are_probed(contents):
    plan = {"evaluation": {"probe_words": ["dog4", "wolf"]}}

    assert [near.word for near in contents(run=run_row(plan=plan)).probes] == ["dog4", "wolf"]


def test_a_row_of_before_there_were_probe_words_has_some(contents):
    assert contents(run=run_row(plan={"evaluation": {"sets": ["WS-353"]}})).probes[0].neighbours


def test_the_most_wrong_pair_is_that_with_the_largest_difference_of_ranks():
    unit = unit_length(vectors())
    found = most_wrong(PAIRS, WORDS, unit)

    assert (found.found, found.total) == (3, 4)
    worst = found.pairs[0]
    by_cosine = sorted(
        PAIRS.pairs[:3], key=lambda pair: float(unit[WORDS.index(pair[0])] @ unit[WORDS.index(pair[1])])
    )
    model_rank = [pair[:2] for pair in by_cosine].index((worst.first, worst.second)) + 1
    assert worst.model_rank == model_rank
    assert abs(worst.difference) == max(abs(pair.difference) for pair in found.pairs)


def test_the_differences_of_ranks_are_those_that_rho_counts():
    """Without ties, rho = 1 − 6 Σd² ÷ n(n² − 1)."""
    unit = unit_length(vectors())
    found = most_wrong(PAIRS, WORDS, unit)
    squares = sum(pair.difference**2 for pair in found.pairs)

    assert score(PAIRS, lower_cased(WORDS, unit)).spearmans_rho == pytest.approx(1 - 6 * squares / (3 * 8))


def test_a_pair_that_is_known_in_another_form_is_found():
    unit = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    pairs = WordPairSet("own", (("cafe\u0301", "bar", 5.0), ("bar", "pub", 3.0)))

    found = most_wrong(pairs, ["caf\u00e9", "bar"], unit)

    assert [(pair.first, pair.second) for pair in found.pairs] == [("caf\u00e9", "bar")]
    assert (found.found, found.total) == (1, 2)
    assert score(pairs, lower_cased(["caf\u00e9", "bar"], unit)).not_found == found.total - found.found


def test_another_language_has_no_pairs():
    found = most_wrong(PAIRS, ["haus"], np.ones((1, 2), dtype=np.float32))

    assert (found.pairs, found.found, found.total) == ((), 0, 4)


def test_a_clusters_name_is_central_and_leans_to_no_other():
    """Twelve words lean ever more from the first way to the second, and twelve from the second to the first."""
    lean = np.arange(12, dtype=np.float32)[:, None] * [[0.05]]
    one, other = np.hstack([np.ones_like(lean), lean]), np.hstack([lean, np.ones_like(lean)])
    words = [f"{kind}{number}" for kind in "ab" for number in range(12)]

    named, of_word = clusters(words, unit_length(np.vstack([one, other]).astype(np.float32)))

    assert [len({*of_word[:12]}), len({*of_word[12:]}), len(named)] == [1, 1, 2]
    for cluster in named:
        numbers = sorted(int(word[1:]) for word in cluster.name)
        assert numbers[0] > 0  # the first is far from the centre
        assert numbers[-1] < 6  # the later ones are nearer to the other cluster
