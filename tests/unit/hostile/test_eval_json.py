"""eval.json, whatever is in it: the scores, or an error that names the place."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.blazingtext.eval_json import FILE_NAMES, MEAN_RHO, EvalJsonError, read_eval_json

GOOD = {name: {"spearmans_rho": 0.5, "not_found": 1, "total_pairs": 9} for name in FILE_NAMES.values()} | {
    MEAN_RHO: 0.5
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=300) | st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_content_is_refused_with_a_sentence(content: bytes | str):
    with pytest.raises(EvalJsonError, match=r"eval\.json"):
        read_eval_json(content)


@given(
    st.sampled_from([*FILE_NAMES.values(), MEAN_RHO]),
    st.sampled_from(["spearmans_rho", "not_found", "total_pairs", None]),
    ANY_JSON,
)
@settings(max_examples=300, deadline=None)
def test_one_wrong_value_is_named_or_right(name: str, key: str | None, value: object):
    document = json.loads(json.dumps(GOOD))
    if key is None or name == MEAN_RHO:
        document[name] = value
    else:
        document[name][key] = value
    try:
        found = read_eval_json(json.dumps(document))
    except EvalJsonError as refused:
        assert name in str(refused) or "not a number" in str(refused)
        assert len(str(refused)) < 1_000
        return
    for score in found.sets.values():
        assert score.spearmans_rho is None or -1.001 < score.spearmans_rho < 1.001
        assert 0 <= score.coverage <= 1
    assert found.mean_rho is None or math.isfinite(found.mean_rho)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "9" * 5_000, "1e999999", '"\\ud800"', "\ufeff{}"]
)
def test_texts_that_break_parsers_are_refused(text: str):
    with pytest.raises(EvalJsonError):
        read_eval_json(text)
