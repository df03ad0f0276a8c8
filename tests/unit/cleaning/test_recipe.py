"""Recipes that can't be used: every fault is named at once, with what is allowed."""

from __future__ import annotations

import pytest

from wordvectors.cleaning.recipe import METADATA_KEY, InvalidRecipe, read_recipe, recipe_in


def faults(settings):
    with pytest.raises(InvalidRecipe) as invalid:
        read_recipe(settings)
    return invalid.value.faults


def test_settings_that_do_not_fit_together_are_named_with_all_other_faults():
    found = faults({"language": "ja", "min_tokens": 5, "max_tokens": 4, "lower": "perhaps", "colour": "red"})

    said = [
        "lower is 'perhaps'",
        "language is 'ja'",
        "max_tokens is 4: less than min_tokens (5)",
        "colour is no",
    ]
    assert len(found) == len(said)
    for sentence in said:
        assert any(sentence in fault for fault in found)


def test_a_setting_is_held_against_the_defaults_of_others():
    assert faults({"min_tokens": 2000}) == ["max_tokens is 1000: less than min_tokens (2000)"]
    assert faults({"max_tokens": 0}) == ["max_tokens is 0: less than min_tokens (3)"]
    assert faults({"min_tokens": 0, "max_tokens": 0})[0].startswith("min_tokens is 0")
    assert "segmented=true" in faults({"language": "th"})[0]
    assert read_recipe({"language": "th", "segmented": True}).segmented


def test_an_unknown_setting_of_the_phrases_is_told_which_they_have():
    assert faults({"phrases": {"least": 3}}) == [
        "phrases.least is no setting of a recipe; there are: min_count, threshold"
    ]


@pytest.mark.parametrize("threshold", [1e-300, 1e200, float("inf"), 0])
def test_a_threshold_that_no_row_could_hold_is_refused(threshold):
    (fault,) = faults({"phrases": {"threshold": threshold}})
    assert fault.startswith("phrases.threshold is ")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"phrases": [1]}, "phrases is [1]: it should be an object of names and values"),
        ({"lower": 2}, "lower is 2: it should be true or false"),
        ({"lower": None}, "lower is null: it should be true or false"),
        ({"min_tokens": 1.5}, "min_tokens is 1.5: it should be a whole number"),
        ({"min_tokens": "9" * 5000}, f"min_tokens is '{'9' * 59}: it should be a whole number"),
        ({"min_tokens": float("inf")}, "min_tokens is not a finite number: it should be a number"),
    ],
)
def test_a_fault_is_a_plain_sentence(settings, said):
    assert faults(settings) == [said]


def test_a_recipe_in_metadata_is_read_as_any_json_of_others():
    with pytest.raises(InvalidRecipe, match="the recipe names lower more than once"):
        recipe_in({METADATA_KEY: '{"lower": true, "lower": false}'})
