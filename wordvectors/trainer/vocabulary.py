"""The vocabulary, by the rules of fastText's dictionary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wordvectors.trainer.corpus import blocks
from wordvectors.trainer.errors import TrainingError
from wordvectors.vectors.files import END_OF_SENTENCE

TOKENS_PER_REPORT = 10_000_000
MOST_DISTINCT_WORDS = 22_500_000
"""Three quarters of fastText's MAX_VOCAB_SIZE of 30 million: beyond it, it drops the rarest words."""


@dataclass(frozen=True)
class Vocabulary:
    """The words that are learned, most frequent first; equally frequent ones as the corpus brings them.

    fastText's dictionary also counts one `</s>` per line. It is left out here: whether BlazingText keeps it
    is not known, it is no word of the text, and as the most frequent "word" of all, a neighbour of each
    sentence's ends, it would only disturb those who look for neighbours.

    Attributes
    ----------
    words : list of str
    counts : list of int
        Occurrences in the corpus, in the order of `words`.
    tokens : int
        Tokens of the corpus, those of dropped words included.
    word_of : dict of bytes to str
        The word of a token as the corpus spells it.
    not_utf8 : tuple of bytes
        Words spelled with bytes that are not UTF-8, as the corpus spells them; in `words`, U+FFFD stands
        for these bytes.
    """

    words: list[str]
    counts: list[int]
    tokens: int
    word_of: dict[bytes, str]
    not_utf8: tuple[bytes, ...]


def read_vocabulary(path: Path, min_count: int, report: Callable[[int], None]) -> Vocabulary:
    """Count the words of a corpus.

    Parameters
    ----------
    path
        One sentence a line, tokens separated by ASCII white space.
    min_count
        Words that occur less often are dropped.
    report
        Called with the number of tokens so far, every ten million and at the end.

    Raises
    ------
    TrainingError
        If the file is empty, or no word is frequent enough.
    """
    spelled, tokens = _count_tokens(path, report)
    place = f"train/{path.name}"
    if tokens == 0:
        raise TrainingError(
            f"{place} holds no word ({path.stat().st_size} bytes): nothing to learn. "
            "Upload a text of words separated by blanks, one sentence a line."
        )
    frequent = _merge_spellings(spelled)
    kept = sorted((item for item in frequent.items() if item[1] >= min_count), key=lambda item: -item[1])
    if not kept:
        raise TrainingError(
            f"no word occurs at least {min_count} times (min_count) in {place}: nothing to learn. "
            "Lower min_count or use a larger corpus."
        )
    if len(kept) == 1:
        raise TrainingError(
            f"only one word, {kept[0][0][:40]!r}, occurs at least {max(min_count, 1)} times (min_count) in "
            f"{place}: vectors are learned from words beside other words. "
            "Lower min_count or use a larger corpus."
        )
    names = {word: word for word, _ in kept}
    decoded = ((token, token.decode("utf-8", errors="replace")) for token in spelled)
    word_of = {token: names[word] for token, word in decoded if word in names}
    not_utf8 = tuple(token for token, word in word_of.items() if word.encode() != token)
    return Vocabulary([word for word, _ in kept], [count for _, count in kept], tokens, word_of, not_utf8)


def _count_tokens(path: Path, report: Callable[[int], None]) -> tuple[Counter[bytes], int]:
    counts: Counter[bytes] = Counter()
    tokens, reported, threshold = 0, 0, 1
    mark = END_OF_SENTENCE.encode()
    for block in blocks(path):
        found = block.split()
        counts.update(found)
        tokens += len(found)
        if tokens - reported >= TOKENS_PER_REPORT:
            reported = tokens - tokens % TOKENS_PER_REPORT
            report(reported)
        while len(counts) > MOST_DISTINCT_WORDS:
            threshold += 1
            counts = Counter({word: count for word, count in counts.items() if count >= threshold})
    report(tokens)
    tokens -= counts.pop(mark, 0)
    return counts, tokens


def _merge_spellings(spelled: Counter[bytes]) -> Counter[str]:
    """Add up the counts of tokens that read alike once their invalid bytes are replaced."""
    words: Counter[str] = Counter()
    for token, count in spelled.items():
        words[token.decode("utf-8", errors="replace")] += count
    return words
