"""The places of words in a vocabulary."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property

_LOOKED_FOR = 16


class Places:
    """The place of each word: the first few are looked for in the list, and then a table of all is made.

    Of a million words the table takes half a second to make, and a look through the list 10 ms: whoever asks one
    question does not wait for it.
    """

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._found: dict[str, int | None] = {}

    @cached_property
    def table(self) -> dict[str, int]:
        """All words with their places."""
        return dict(zip(self._words, range(len(self._words)), strict=True))

    def get(self, word: str) -> int | None:
        """Return a word's place; None if there is no such word."""
        if word in self._found:
            return self._found[word]
        if "table" in self.__dict__ or len(self._found) >= _LOOKED_FOR:
            return self.table.get(word)
        with suppress(ValueError):
            return self._found.setdefault(word, self._words.index(word))
        return self._found.setdefault(word, None)

    def __contains__(self, word: object) -> bool:
        """Tell whether a word has a place."""
        return isinstance(word, str) and self.get(word) is not None
