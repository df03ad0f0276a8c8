"""The forms in which a word may be known."""

from __future__ import annotations

import pytest

from wordvectors.characters import known_form


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("l\u2019eau", "l'eau"),
        ("Paris", "paris"),
        ("Apple", "Apple"),
        ("pear", None),
    ],
)
def test_a_word_is_known_in_the_form_that_cleaning_gives_it(word: str, known: str | None):
    assert known_form(word, {"caf\u00e9", "l'eau", "paris", "Apple", "apple"}) == known
