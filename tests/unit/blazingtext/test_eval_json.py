"""The shape of eval.json, written and read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordvectors.blazingtext.eval_json import (
    FILE_NAMES,
    SETS,
    EvalJsonError,
    Evaluation,
    SetScore,
    eval_json,
    evaluation_document,
    read_eval_json,
)

ALL, REL, SIM = SETS
PROJECT = Path(__file__).parents[3]
PUBLISHED = """{
    "EN-WS-353-ALL.txt": {
        "not_found": 2,
        "spearmans_rho": 0.7045370515731347,
        "total_pairs": 353
    },
    "EN-WS-353-REL.txt": {
        "not_found": 1,
        "spearmans_rho": 0.6642859002083339,
        "total_pairs": 252
    },
    "EN-WS-353-SIM.txt": {
        "not_found": 1,
        "spearmans_rho": 0.7317117920029901,
        "total_pairs": 203
    },
    "mean_rho": 0.7001782479281529
}"""
"""The evaluation in a published log of a BlazingText job on text8."""


def document(**changes: object) -> dict[str, object]:
    return json.loads(PUBLISHED) | changes


def test_the_evaluation_of_a_published_job_is_written_byte_for_byte():
    scores = {
        SIM: SetScore(0.7317117920029901, 1, 203),
        ALL: SetScore(0.7045370515731347, 2, 353),
        REL: SetScore(0.6642859002083339, 1, 252),
    }
    in_order = {name: scores[name] for name in SETS}
    assert eval_json(evaluation_document(in_order)) == PUBLISHED


def test_the_evaluation_of_a_published_job_is_read():
    evaluation = read_eval_json(PUBLISHED.encode())
    assert evaluation.mean_rho == 0.7001782479281529
    assert evaluation.sets[REL] == SetScore(0.6642859002083339, 1, 252)
    assert evaluation.sets[ALL].coverage == 351 / 353


@given(st.lists(st.floats(-1, 1).map(lambda rho: round(rho, 12)), min_size=3, max_size=3))
def test_the_mean_is_that_of_three_additions_to_the_bit(rhos: list[float]):
    scores = {name: SetScore(rho, 0, 10) for name, rho in zip(SETS, rhos, strict=True)}
    mean = evaluation_document(scores)["mean_rho"]
    assert mean == (rhos[0] + rhos[1] + rhos[2]) / 3


@given(
    st.lists(
        st.builds(
            lambda rho, total, found: SetScore(rho, total - found, total),
            st.floats(-1, 1).map(lambda rho: round(rho, 12)),
            *[st.just(50)] * 2,
        ),
        min_size=3,
        max_size=3,
    )
)
def test_what_is_written_is_read_again(scores: list[SetScore]):
    sets = dict(zip(SETS, scores, strict=True))
    written = evaluation_document(sets)
    assert read_eval_json(eval_json(written)) == Evaluation(written["mean_rho"], sets)


def test_no_pair_found_is_no_score_and_not_zero():
    nothing = SetScore(None, 353, 353)
    written = evaluation_document(
        {ALL: nothing, REL: SetScore(None, 252, 252), SIM: SetScore(None, 203, 203)}
    )
    assert written[FILE_NAMES[ALL]] == {"spearmans_rho": 0.0, "not_found": 353, "total_pairs": 353}
    assert written["mean_rho"] == 0.0
    evaluation = read_eval_json(eval_json(written))
    assert evaluation.mean_rho is None
    assert evaluation.sets[ALL] == nothing
    assert nothing.coverage == 0.0


def test_one_set_without_a_pair_leaves_the_others_their_scores():
    evaluation = read_eval_json(
        json.dumps(
            document(**{FILE_NAMES[SIM]: {"spearmans_rho": 0.0, "not_found": 203, "total_pairs": 203}})
        )
    )
    assert evaluation.sets[SIM].spearmans_rho is None
    assert evaluation.sets[ALL].spearmans_rho == 0.7045370515731347
    assert evaluation.mean_rho == 0.7001782479281529


def entry(**changes: object) -> dict[str, object]:
    return {"spearmans_rho": 0.5, "not_found": 1, "total_pairs": 10} | changes


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "an object, not a list"),
        (PUBLISHED.replace("0.7001782479281529", "NaN"), "NaN"),
        (PUBLISHED.replace("0.7045370515731347", "-Infinity"), "-Infinity"),
        (PUBLISHED.replace("0.7045370515731347", "1e999"), "EN-WS-353-ALL.txt.spearmans_rho"),
        (PUBLISHED.replace("0.7045370515731347", "1" + "0" * 400), "EN-WS-353-ALL.txt.spearmans_rho"),
        (json.dumps({"mean_rho": 0.1}), "lacks EN-WS-353-ALL.txt, EN-WS-353-REL.txt, EN-WS-353-SIM.txt"),
        (json.dumps({name: entry() for name in FILE_NAMES.values()}), "lacks mean_rho"),
        (json.dumps(document(mean_rho="0.7")), "mean_rho must be a number, not a text"),
        (json.dumps(document(mean_rho=None)), "mean_rho must be a number, not null"),
        (json.dumps(document(mean_rho=True)), "mean_rho must be a number, not true or false"),
        (json.dumps(document(mean_rho=1.5)), "mean_rho is 1.5"),
        (json.dumps(document(**{FILE_NAMES[REL]: 3})), "EN-WS-353-REL.txt must be an object"),
        (
            json.dumps(document(**{FILE_NAMES[REL]: {"not_found": 1}})),
            "EN-WS-353-REL.txt lacks spearmans_rho, total_pairs",
        ),
        (json.dumps(document(**{FILE_NAMES[SIM]: entry(not_found=1.0)})), "EN-WS-353-SIM.txt.not_found"),
        (json.dumps(document(**{FILE_NAMES[SIM]: entry(not_found=-1)})), "EN-WS-353-SIM.txt.not_found is -1"),
        (json.dumps(document(**{FILE_NAMES[SIM]: entry(not_found=11)})), "more than total_pairs 10"),
        (json.dumps(document(**{FILE_NAMES[SIM]: entry(total_pairs=True)})), "EN-WS-353-SIM.txt.total_pairs"),
    ],
)
def test_a_broken_file_is_refused_by_place(content: bytes | str, place: str):
    with pytest.raises(EvalJsonError, match=place.replace(".", r"\.")):
        read_eval_json(content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from([*FILE_NAMES.values(), "mean_rho", "not_found"]), inner)
    ),
    max_leaves=8,
)


@given(json_values.map(json.dumps) | st.binary())
def test_any_content_is_read_or_refused(content: bytes | str):
    try:
        evaluation = read_eval_json(content)
    except EvalJsonError:
        return
    assert set(SETS) <= set(evaluation.sets)


def test_reading_needs_the_standard_library_alone():
    code = (
        "import sys, wordvectors.blazingtext.eval_json;"
        "print([m for m in ('numpy', 'gensim', 'scipy', 'pydantic') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
        ).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"total_pairs": 10**40}, "total_pairs has 41 digits"),
        ({"spearmans_rho": 1e-300}, "spearmans_rho is 1e-300"),
    ],
)
def test_a_number_that_no_row_can_hold_is_named(change: dict[str, float], named: str):
    entry = {"spearmans_rho": 0.5, "not_found": 1, "total_pairs": 9}
    document = dict.fromkeys(FILE_NAMES.values(), entry) | {FILE_NAMES[ALL]: entry | change, "mean_rho": 0.5}
    with pytest.raises(EvalJsonError, match=f"{FILE_NAMES[ALL]}.{named}"):
        read_eval_json(json.dumps(document))


def test_more_sets_than_a_row_can_hold_are_refused():
    entry = {"spearmans_rho": 0.5, "not_found": 1, "total_pairs": 9}
    document = dict.fromkeys((*FILE_NAMES.values(), *map(str, range(9000))), entry) | {"mean_rho": 0.5}
    with pytest.raises(EvalJsonError, match="holds 9,003 sets; at most 100"):
        read_eval_json(json.dumps(document))
