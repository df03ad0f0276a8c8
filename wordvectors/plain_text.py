"""Text from outside, made fit to be stored, sent and shown: of bounded length, without control characters.

A corpus's name, a plan or a service's message may hold anything: line breaks that forge a line of a message,
escape sequences that a terminal obeys, a megabyte where DynamoDB takes 400 KB and SNS and Step Functions 256.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable

MAX_SENTENCE, MAX_SENTENCES = 1_000, 25
MAX_VALUE = 60
"""As much of a faulty value as a sentence shows."""

_BIDIRECTIONAL = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that make text read in another order than it is: Unicode's property Bidi_Control."""
UNFIT = rf"\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029{_BIDIRECTIONAL}"
"""These, control characters, halves of characters, and separators of lines and of paragraphs (Unicode's categories Cc,
Cs, Zl and Zp), as they stand between the brackets of a pattern."""
_IS_UNFIT = re.compile(f"[{UNFIT}]")


def plain(text: object, limit: int = MAX_SENTENCE) -> str:
    """Return a text in one line of at most about `limit` characters.

    Examples
    --------
    >>> plain("two\\nlines and \\x1b[31mred")
    'two lines and �[31mred'
    >>> plain("x" * 100, limit=5)
    'xxxxx… (100 characters)'
    """
    whole = str(text)
    shown = "".join(_fit(character) for character in whole[:limit])
    return shown if len(whole) <= limit else f"{shown}… ({len(whole):,} characters)"


def escaped_in_json(text: str) -> str:
    """Return JSON that means the same, and in which what no terminal should obey stands as its escape.

    Examples
    --------
    >>> print(escaped_in_json('["\x9b31m"]'))
    ["\\u009b31m"]
    """
    return "".join(
        character if character == "\n" or _fit(character) == character else f"\\u{ord(character):04x}"
        for character in text
    )


def plain_sentences(texts: Iterable[object]) -> list[str]:
    """Return at most `MAX_SENTENCES` texts, each plain, and how many more there are.

    Examples
    --------
    >>> plain_sentences(range(60))[-2:]
    ['24', 'and 35 more']
    """
    all_texts = list(texts)
    shown = [plain(text) for text in all_texts[:MAX_SENTENCES]]
    more = len(all_texts) - len(shown)
    return [*shown, f"and {more:,} more"] if more else shown


_VALIDATORS_WORDS = {
    "Input should": "it should", "String should": "it should", "a valid integer": "a whole number",
    "a valid number": "a number", "a valid boolean": "true or false", "a valid string": "text",
    "a finite number": "a number", "a valid dictionary": "an object of names and values",
    "Unable to parse input string as an integer": "it should be a whole number",
}  # fmt: skip
_VALIDATORS_REASONS = re.compile(", unable to |, exceeded |, got a number | or instance of ")
"""Where pydantic goes on about its own ways, which the value itself tells better."""


def capital(text: str) -> str:
    """Return a sentence with a capital letter at its beginning, and the rest as it is."""
    return text[:1].upper() + text[1:]


def in_plain_words(message: str) -> str:
    """Return what pydantic says of a value, in the project's words.

    Examples
    --------
    >>> in_plain_words("Input should be a valid integer")
    'it should be a whole number'
    """
    for words, plain_words in _VALIDATORS_WORDS.items():
        message = message.replace(words, plain_words)
    return _VALIDATORS_REASONS.split(message)[0]


def shown(value: object) -> str:
    """Return a value that was given, as a sentence `NAME is VALUE` shows it: as JSON has it, text in single quotes.

    Examples
    --------
    >>> print(shown(True), shown([None, 1.5]), shown("a"), shown(float("nan")))
    true [null, 1.5] 'a' not a finite number
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "not a finite number"
    if isinstance(value, str):
        return repr(value)[:MAX_VALUE]
    return escaped_in_json(json.dumps(value, ensure_ascii=False, skipkeys=True, default=repr))[:MAX_VALUE]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean NAME?)` with the known name that is nearest; nothing if none is near.

    Examples
    --------
    >>> did_you_mean("vector_dims", ["vector_dim", "window_size"])
    ' (did you mean vector_dim?)'
    """
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _fit(character: str) -> str:
    if character in "\t\n\r":
        return " "
    return "�" if _IS_UNFIT.match(character) else character
