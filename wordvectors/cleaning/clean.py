"""The definition of "clean", version 1: from a document to normalised sentences, one on each line.

What each step does, and why, is told in docs/cleaning.md. Each is one pass of compiled code over the whole
document, and is left out when a look at the document says that there is nothing for it: most text is nearly
ASCII, and has no tags and no addresses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from sentencex import segment

from wordvectors.characters import (
    FOREIGN_PUNCTUATION,
    lowered,
    normalised,
    only_words,
    unspaced_runs,
    without_unspaced,
)
from wordvectors.cleaning.recipe import SEGMENTING_ADVICE, CleaningRecipe, Treatment

MOST_UNSPACED = 0.2
"""Share of a document's letters in scripts without blanks from which on the document is refused."""
LONGEST_PART = 10_000
"""Characters that are split into sentences at a time."""
MOST_CHARACTERS = 16 << 20
"""Of a document in its normal form, in which a single character of Arabic may become eighteen."""
MOST_MARKS = 200
"""Signs of punctuation outside of ASCII, most of all quotation marks, in what is split at a time."""
BLANK, NEWLINE = 32, 10
_CDATA = re.compile(r"<!\[CDATA\[", re.IGNORECASE)
"""Opens a section of text in XML; its end, `]]>`, has no letters."""
URL_WORD, USER_WORD = "urltoken", "usertoken"

# No section holds the beginning of another: so a beginning without an end is not searched for beyond the next. A group
# that repeats is possessive (`*+`): else Python keeps some seventy bytes of each time that it has matched. Its last
# choice is nothing: where a choice fails halfway, Python before 3.11.5 goes on from there (CPython's gh-106052).
_SECTIONS = re.compile(
    r"<!--(?:[^<-]++|<(?!!--)|-(?!->)|)*+-->|<(script|style)\b(?:[^<]++|<(?!\1\b|/\1\s*+>)|)*+</\1\s*+>",
    re.IGNORECASE,
)
_BREAKS = re.compile(
    r"</?(?:address|article|blockquote|br|center|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|header|hr|li|"
    r"main|nav|ol|option|p|pre|section|table|tbody|td|th|thead|title|tr|ul)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,2000}>")
_URL = re.compile(
    r"""(?:(?i:https?|ftp)://|\b(?:www|Www|WWW)\.)[^\s<>"]*[^\s<>".,;:!?()\[\]'*]""",
)
_URL_MARKS = ("://", "www.", "Www.", "WWW.")
_URL_LINK = re.compile(r"\burlLink\b")
_USER = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*+(?:\.\w[\w-]*+)++|(?<![\w@])@\w+")
_BLANK_LINE = re.compile(r"\n[^\S\n]++(?=\n)")
_SINGLE_NEWLINE = re.compile(r"(?<!\n)\n(?!\n)")
_OUTER_APOSTROPHE = re.compile(r"'(?:(?!\w)|(?<!\w'))")
_NUMBER = re.compile(r"(?<!\S)\d+(?!\S)")


def _byte_table(*, lower: bool) -> bytes:
    """Return what each byte of UTF-8 becomes: all ASCII is a letter, a digit, an apostrophe, newline or blank."""
    table = bytearray(range(256))
    for byte in range(128):
        character = chr(byte)
        if character.isalnum():
            table[byte] = ord(character.lower() if lower else character)
        elif character in "\n\v\f\r\x1c\x1d\x1e":
            table[byte] = ord("\n")
        elif character != "'":
            table[byte] = ord(" ")
    return bytes(table)


_TABLES = {lower: _byte_table(lower=lower) for lower in (False, True)}


class RefusedDocument(ValueError):
    """A document of which no sentences can be made; says why, and what to do."""


class Cleaner:
    """A recipe at work: `Cleaner(recipe).sentences(document)`. Can be pickled.

    Examples
    --------
    >>> Cleaner(CleaningRecipe()).sentences("Dr. Smith&rsquo;s dog <b>barked</b>! The cat wasn't amused…")
    ["dr smith's dog barked", "the cat wasn't amused"]
    """

    def __init__(self, recipe: CleaningRecipe) -> None:
        self.recipe = recipe

    def sentences(self, document: str) -> list[str]:
        """Return a document's sentences: tokens separated by single blanks, no newline in them.

        A function of the document and the recipe alone. The steps that need the whole corpus, which are
        de-duplication and phrases, are not in it (`deduplicate`, `phrases`).

        Raises
        ------
        RefusedDocument
            If the document is in a script without blanks between words, and not segmented, or too long.
        """
        return self.lines(self.words(document))[0].decode().split("\n")[:-1]

    def words(self, document: str) -> str:
        """Return a document's words, between them blanks and newlines, which end sentences, any number of them.

        Raises
        ------
        RefusedDocument
            As `sentences` does.
        """
        recipe = self.recipe
        text = document
        if recipe.strip_markup and "&" in text:
            text = html.unescape(html.unescape(text))
        if not text.isascii():
            text = normalised(text)
            if len(text) > MOST_CHARACTERS:
                raise RefusedDocument(f"its normal form has more than {MOST_CHARACTERS >> 20} Mi characters")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if recipe.strip_markup and "<" in text:
            text = _CDATA.sub(" ", _SECTIONS.sub("\n", text))
            text = _TAG.sub(" ", _BREAKS.sub("\n", text))
        if any(mark in text for mark in _URL_MARKS):
            text = _treated(_URL, text, recipe.urls, URL_WORD)
        if "urlLink" in text:
            text = _treated(_URL_LINK, text, recipe.urls, URL_WORD)
        if "@" in text:
            text = _treated(_USER, text, recipe.user_names, USER_WORD)
        if recipe.line_breaks == "join":
            text = _SINGLE_NEWLINE.sub(" ", _BLANK_LINE.sub("\n", text))
        return self._words("\n".join(self._split(text)))

    def lines(self, words: str) -> tuple[bytes, int]:
        """Return the sentences of what `words` gave for one or more documents, each with a newline at its end.

        Too short ones are left out, and how many they are is returned; too long ones are cut. The fewer calls for
        the more documents, the faster: this looks at bytes by the million.

        Parameters
        ----------
        words
            What `words` gave; of several documents, joined by newlines.
        """
        most = self.recipe.max_tokens
        data = np.frombuffer(f"{words}\n".encode(), np.uint8)
        blank = data == BLANK
        after_white = np.ones(len(data), np.bool_)
        after_white[1:] = blank[:-1] | (data[:-1] == NEWLINE)
        data = data[~(blank & after_white)]
        before_newline = np.zeros(len(data), np.bool_)
        before_newline[:-1] = data[1:] == NEWLINE
        data = data[~((data == BLANK) & before_newline)]
        tokens, sizes = _measured(data)
        if tokens.max() > most:
            blanks, inside = np.flatnonzero(data == BLANK), np.maximum(tokens - 1, 0)
            first = np.cumsum(inside) - inside
            for line in np.flatnonzero(tokens > most):
                data[blanks[first[line] : first[line] + inside[line]][most - 1 :: most]] = NEWLINE
            tokens, sizes = _measured(data)
        kept = tokens >= self.recipe.min_tokens
        return data[np.repeat(kept, sizes)].tobytes(), int(np.count_nonzero(tokens) - np.count_nonzero(kept))

    def _split(self, text: str) -> Iterator[str]:
        """Yield sentences, a newline after each but the last: of the paragraphs that fit, or of a part of one.

        The time that sentencex takes grows with the square of the marks that it is given at a time. A sentence
        that a part ends in begins the next part; one that is longer than any part is cut at a blank.
        """
        start, paragraph_end = 0, "\n" if self.recipe.line_breaks == "end" else "\n\n"
        while start < len(text):
            limit = _limit(text, start)
            end = len(text) if limit >= len(text) else text.rfind(paragraph_end, start, limit)
            is_whole = end > start
            if not is_whole:
                end = text.rfind(" ", start, limit) + 1 or limit
            sentences = segment(self.recipe.language, self._apart(text[start:end]))
            if not is_whole and len(sentences) > 1:
                end -= len(sentences.pop())
            yield "\n".join(sentences)
            start = end
            while text.startswith("\n", start):
                start += 1

    def _apart(self, lines: str) -> str:
        """Return lines that do not change how each other are split.

        In a paragraph sentencex looks for lists (a `2.` two lines on keeps a `1.` with what follows it), brackets and
        quotations; so sentences would depend on where the text of a file happens to be cut.
        """
        return lines if self.recipe.line_breaks == "join" else lines.replace("\n", "\n\n")

    def _words(self, text: str) -> str:
        """Return the words of sentences that end with newlines: all else becomes blanks."""
        plain = text.isascii()
        if self.recipe.lower and not plain:
            text = lowered(text)
        text = text.encode().translate(_TABLES[self.recipe.lower]).decode()
        if not plain:
            text = only_words(text)
            if not self.recipe.segmented and (runs := unspaced_runs(text)):
                _refuse_unspaced(text, runs)
                text = without_unspaced(text)
        if "'" in text:
            text = _OUTER_APOSTROPHE.sub(" ", text)
        if not self.recipe.keep_numbers:
            text = _NUMBER.sub("", text)
        return text


def _limit(text: str, start: int) -> int:
    """Return where what is split at a time ends at the latest."""
    limit = start + LONGEST_PART
    if text.isascii():
        return limit
    mark = next(islice(FOREIGN_PUNCTUATION.finditer(text, start, limit), MOST_MARKS, None), None)
    return limit if mark is None else mark.start()


def _measured(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each line its tokens, and its bytes with the newline; single blanks are between tokens."""
    ends = np.flatnonzero(data == NEWLINE)
    sizes = np.diff(ends, prepend=-1)
    blanks = np.diff(np.searchsorted(np.flatnonzero(data == BLANK), ends), prepend=0)
    return np.where(sizes > 1, blanks + 1, 0), sizes


def _treated(pattern: re.Pattern[str], text: str, treatment: Treatment, word: str) -> str:
    if treatment == "keep":
        return text
    return pattern.sub(f" {word} " if treatment == "replace" else " ", text)


def _refuse_unspaced(text: str, runs: list[str]) -> None:
    unspaced, letters = sum(map(len, runs)), len(text) - text.count(" ") - text.count("\n")
    if unspaced > MOST_UNSPACED * letters:
        raise RefusedDocument(
            f"{unspaced / letters:.0%} of its letters are of a script without blanks; {SEGMENTING_ADVICE}"
        )
