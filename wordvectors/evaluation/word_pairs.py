"""Word-pair sets: two words and how similar people find them, a pair a line."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from wordvectors.characters import common_form, known_form, word_forms
from wordvectors.evaluation.pair_columns import ColumnsNotPlain, columns_of, is_number
from wordvectors.evaluation.sets import PAIR_SETS
from wordvectors.gensim_data import gensim_data
from wordvectors.vectors.number import number


class WordPairsError(ValueError):
    """A word-pair file that can't be read; the message names the file and each faulty line."""


@dataclass(frozen=True)
class WordPairSet:
    """A set of word pairs with human scores.

    Attributes
    ----------
    name : str
        What the scores are filed under: the name of the file.
    pairs : tuple of (str, str, float)
        Every line of the set, in order: two lower-cased words and their score, on whatever scale the set
        uses (only the order of the scores matters).
    """

    name: str
    pairs: tuple[tuple[str, str, float], ...]

    @property
    def words(self) -> frozenset[str]:
        """The distinct words of all pairs."""
        return frozenset(word for first, second, _ in self.pairs for word in (first, second))

    @property
    def forms(self) -> frozenset[str]:
        """All forms in which a vocabulary may hold these words; see `wordvectors.characters.known_form`."""
        return frozenset(form for word in self.words for form in word_forms(word))

    def known_to(self, vocabulary: Container[str]) -> KnownPairs:
        """Look the pairs up in a vocabulary; see `wordvectors.characters.known_form`."""
        form = {word: known_form(word, vocabulary) for word in self.words}
        human: dict[tuple[str, str], float] = {}
        not_found = 0
        for first, second, score in self.pairs:
            one, two = form[first], form[second]
            if one is None or two is None:
                not_found += 1
            else:
                human[one, two] = score
        return KnownPairs(human, not_found)


@dataclass(frozen=True)
class KnownPairs:
    """The pairs of which a vocabulary has both words.

    Attributes
    ----------
    human : dict of (str, str) to float
        People's score of each pair, as the vocabulary writes its words; a pair that stands twice is in it once.
    not_found : int
        How many pairs of the set have a word that the vocabulary lacks.
    """

    human: dict[tuple[str, str], float]
    not_found: int


def wanted_forms(word: str, wanted: Container[str], kept: Container[str]) -> list[str]:
    """Return the wanted forms under which to keep a vocabulary's word, whatever other forms are wanted.

    Of "apple" and "Apple" the later one is kept, as in BlazingText. A word as text that was not cleaned may hold
    it, such as one with an accent of its own, stands in for a form that is not kept yet.
    """
    lowered = word.lower()
    forms = [lowered] if lowered in wanted else []
    if not lowered.isascii():
        form = common_form(lowered)
        if form != lowered and form in wanted and form not in kept:
            forms.append(form)
    return forms


MOST_FAULTS_NAMED = 5


def read_word_pairs(path: str | Path) -> WordPairSet:
    """Read a word-pair file; see `parse_word_pairs`.

    Parameters
    ----------
    path
        A UTF-8 text file; its name becomes the name of the set.

    Raises
    ------
    WordPairsError
        If the file is not UTF-8, or as `parse_word_pairs`.
    """
    path = Path(path)
    return parse_word_pairs(path.name, decoded_lines(path.read_bytes(), str(path)), source=str(path))


def read_pair_sets(names: Collection[str] = tuple(PAIR_SETS)) -> dict[str, WordPairSet]:
    """Return those of the sets that come with the project which are among these names; by default all."""
    return {name: read_word_pairs(gensim_data(file)) for name, file in PAIR_SETS.items() if name in names}


def decoded_lines(content: bytes, source: str) -> list[str]:
    """Return the lines of a file's content.

    Raises
    ------
    WordPairsError
        If it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        raise WordPairsError(f"{source} is not UTF-8: {fault.reason} at byte {fault.start}") from None


def no_pair_in(source: str) -> WordPairsError:
    """Return the error of a file without a word pair."""
    return WordPairsError(f"{source} holds no word pair (word, word, score)")


def parse_word_pairs(
    name: str,
    lines: Iterable[str],
    source: str = "",
    column: str | None = None,
    most_named: int = MOST_FAULTS_NAMED,
) -> WordPairSet:
    """Make a word-pair set of lines: word, word, score.

    The separator is what half of the lines, or more, hold twice outside of quotation marks: a tab, a semicolon, a
    comma, else white space; a field may be quoted. Lines that are empty or start with `#` are passed over. A first
    line is the heading if one of its names is usual, or is the one that is asked for; with a number among them, if
    one is `word1` or the like, or three are usual. The words are the columns that are headed so, as `word1` and
    `word2`; of columns with other headings the only two that do not hold numbers alone; without a heading the first
    two. A column that is headed as a line's number, such as `id`, is passed over. The score is the column that is
    asked for; else the only other one; else the one with a usual heading, such as `score`; else the only one that
    holds nothing but numbers. Where commas separate nothing and no score has a point, they are decimal ones.

    Parameters
    ----------
    source
        Names the lines in errors; `name` by default.
    column
        The score's column: its heading, or its number from 1.
    most_named
        How many faulty lines are named.

    Raises
    ------
    WordPairsError
        If there is no pair, if the columns of the words or of the score are not plain, if one of the words is a
        number in every line, or if lines are not a pair.
    """
    source = source or name
    text = [(n, line) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    try:
        columns = columns_of(text, column)
    except ColumnsNotPlain as fault:
        raise WordPairsError(f"{source} {fault}") from None
    one, two = columns.first, columns.second
    pairs: list[tuple[str, str, float]] = []
    faults: list[str] = []
    for n, fields in columns.rows:
        score = number(fields[columns.score]) if len(fields) == columns.width else None
        if score is not None and fields[one] and fields[two]:
            pairs.append((fields[one].lower(), fields[two].lower(), score))
        else:
            faults.append(f"line {n}: {' '.join(fields)[:60]!r}")
    if faults:
        faults[0] += columns.hint()
        more = f" and {len(faults) - most_named} more" if len(faults) > most_named else ""
        raise WordPairsError(
            f"{source}: not a pair (word, word, score): {'; '.join(faults[:most_named])}{more}"
        )
    if not pairs:
        raise no_pair_in(source)
    firsts, seconds = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for words, taken, called in ((firsts, one, "first"), (seconds, two, "second")):
        if all(map(is_number, words)):
            raise WordPairsError(
                f"{source}: column {taken + 1}, taken for the {called} word, holds nothing but numbers; leave it out, "
                "or head the columns word1, word2 and score"
            )
    return WordPairSet(name, tuple(pairs))
