"""Words from standard input: UTF-8, whatever the locale says."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from wordvectors.cli.output import CommandError

STANDARD_INPUT = "-"


def lines_typed_in() -> Iterator[list[str]]:
    """Yield the words of each line as it comes.

    Raises
    ------
    CommandError
        For a line that is not UTF-8.
    """
    stream = getattr(sys.stdin, "buffer", None)
    number = 0
    while stream is not None and (line := stream.readline()):
        number += 1
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").split()
        except UnicodeDecodeError as fault:
            raise CommandError(f"Line {number} of standard input is not UTF-8", [str(fault.reason)]) from None


def words_typed_in() -> list[str]:
    """Return all words of standard input.

    Raises
    ------
    CommandError
        Also when there is none.
    """
    words = [word for line in lines_typed_in() for word in line]
    if not words:
        raise CommandError("There is no word on standard input")
    return words


def filled_in(words: list[str]) -> list[str]:
    """Return words with each `-` replaced by the next one of standard input, which is read if there is a `-`.

    Raises
    ------
    CommandError
        If there are other words than one for each `-`.
    """
    wanted = words.count(STANDARD_INPUT)
    if not wanted:
        return words
    typed_in = words_typed_in()
    if len(typed_in) != wanted:
        raise CommandError(
            f"Standard input has {len(typed_in):,} word{'s' if len(typed_in) > 1 else ''}; "
            f"one for each {STANDARD_INPUT} is wanted, {wanted}"
        )
    following = iter(typed_in)
    return [next(following) if word == STANDARD_INPUT else word for word in words]
