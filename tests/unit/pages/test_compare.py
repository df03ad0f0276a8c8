"""The page of runs side by side."""

from __future__ import annotations

from wordvectors.evaluation.certainty import Interval
from wordvectors.evaluation.comparison import ComparedNeighbours, ComparedScore, ComparedSet
from wordvectors.evaluation.paired import Difference
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.compare import ComparedRun, Comparison, compare_page, sections_of


def compared(neighbours: dict[str, ComparedNeighbours]) -> Comparison:
    runs = [
        ComparedRun(
            run_id=f"wv-{name}", status=RunStatus.COMPLETED, created_at="2026-11-29T10:00:00Z", mean_rho=None,
            mean_rho_basis=None, cost=None, cost_per_point=None, vocabulary=9,
        )
        for name in ("a", "b", "c")
    ]  # fmt: skip
    return Comparison(
        runs=runs,
        plan_differences={},
        scores={},
        unread_sets={},
        neighbours=neighbours,
        method="",
        is_local=True,
    )


def test_neighbours_stand_side_by_side():
    near = ComparedNeighbours([["dog", "mat"], ["mat", "log"], None], [0.5, None])

    section = next(one for one in sections_of(compared({"cat": near})) if one.heading == "Neighbours of cat")

    assert section.columns == ["", "A", "B", "C"]
    assert section.rows == [["1", "dog", "mat", "not in the vocabulary"], ["2", "mat", "log", ""]]
    assert section.marked == {(1, 2)}
    assert section.note == "Highlighted words are not among the ten of A."
    assert "<strong>log</strong>" in compare_page(compared({"cat": near}))


def test_a_word_that_no_other_model_knows_is_said():
    near = ComparedNeighbours([None, ["dog"], None], [None, None])

    section = next(one for one in sections_of(compared({"cat": near})) if one.heading == "Neighbours of cat")

    assert section.rows == [["1", "not in the vocabulary", "dog", "not in the vocabulary"]]


def test_a_difference_has_the_signs_of_the_scores():
    interval = Interval(-0.2, 0.1)
    score = ComparedScore(-0.05, interval, 300, None)
    worse = ComparedSet("accuracy", 353, [score] * 2, [Difference(-0.05, interval, 0.5, None, 300)])
    cells = sections_of(compared({}).model_copy(update={"scores": {"own": worse}}))[2].rows[0]

    assert cells[1] == "−0.0500 [−0.200, 0.100] 85%"
    assert cells[3] == "−0.0500 [−0.200, +0.100]"
