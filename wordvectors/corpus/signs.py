"""Signs by which a poor model can be told before it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wordvectors.corpus.language import guess_language

LONG_LINE_BYTES = 100_000
MARKUP_SHARE = 0.02
UPPER_CASE_SHARE = 0.05
PUNCTUATION_SHARE = 0.05
DUPLICATE_SHARE = 0.3
LINES_FOR_DUPLICATES = 1000
"""Fewer lines say nothing of duplicates."""
TOKENS_PER_DIMENSION = 1000
"""With fewer, the vectors have more numbers than the text can tell: 100 dimensions want 100,000 tokens."""


@dataclass(frozen=True)
class Signs:
    """What predicts a poor model; shares from 0 to 1.

    Attributes
    ----------
    tokens, lines : int
    longest_line_bytes : int
    duplicate_share : float
        Of the lines: that occurred before.
    upper_share, markup_share, punctuation_share : float
        Of the tokens: with capitals; like tags and entities; ending with punctuation.
    language : str or None
    """

    tokens: int
    lines: int
    longest_line_bytes: int
    duplicate_share: float
    upper_share: float
    markup_share: float
    punctuation_share: float
    language: str | None


def signs_of_words(
    counts: Mapping[str, int], *, tokens: int, lines: int, longest_line_bytes: int, duplicate_share: float
) -> Signs:
    """Return the signs that words with their counts show, beside those that are known already."""
    counted = max(sum(counts.values()), 1)
    upper = sum(count for word, count in counts.items() if word != word.lower())
    markup = sum(
        count for word, count in counts.items() if word.startswith("<") or word.endswith(">") or "&" in word
    )
    punctuated = sum(count for word, count in counts.items() if word[-1:] in ".,;:!?")
    return Signs(
        tokens=tokens,
        lines=lines,
        longest_line_bytes=longest_line_bytes,
        duplicate_share=duplicate_share,
        upper_share=upper / counted,
        markup_share=markup / counted,
        punctuation_share=punctuated / counted,
        language=guess_language(counts if upper == 0 else _lowered(counts)),
    )


def _lowered(counts: Mapping[str, int]) -> dict[str, int]:
    lowered: dict[str, int] = {}
    for word, count in counts.items():
        lowered[word.lower()] = lowered.get(word.lower(), 0) + count
    return lowered


def warnings_of(signs: Signs, vector_dim: int = 0) -> list[str]:
    """Return a sentence for each sign of a poor model; `vector_dim` 0: the dimension is not known."""
    warnings = []
    if signs.longest_line_bytes > LONG_LINE_BYTES:
        warnings.append(
            f"a line has more than {LONG_LINE_BYTES:,} bytes: put one sentence on each line, "
            "so that a window does not reach from one sentence into the next"
        )
    if signs.upper_share > UPPER_CASE_SHARE:
        warnings.append(
            f"{signs.upper_share:.0%} of the words have capitals: 'Apple' and 'apple' would become two words; "
            "lower-case the text"
        )
    if signs.markup_share > MARKUP_SHARE:
        warnings.append(
            f"{signs.markup_share:.0%} of the words look like markup (<tag>, &entity;): remove it"
        )
    if signs.punctuation_share > PUNCTUATION_SHARE:
        warnings.append(
            f"{signs.punctuation_share:.0%} of the words end with punctuation: 'cat' and 'cat,' would become two "
            "words; remove it"
        )
    if signs.lines >= LINES_FOR_DUPLICATES and signs.duplicate_share > DUPLICATE_SHARE:
        warnings.append(
            f"{signs.duplicate_share:.0%} of the lines occurred before: what is repeated outweighs the rest; "
            "leave duplicates out"
        )
    if signs.tokens < TOKENS_PER_DIMENSION * vector_dim:
        warnings.append(
            f"about {signs.tokens:,} words are few for vector_dim={vector_dim}: expect little of neighbours and "
            "scores; use more text or fewer dimensions"
        )
    return warnings
