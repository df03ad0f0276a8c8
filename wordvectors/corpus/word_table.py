"""Counting words: a hash table over the bytes of a text, compiled by numba and run without the GIL.

Tokens are cut as fastText's dictionary cuts them (`Dictionary::readWord`): they are separated by ASCII white
space and by zero bytes, and by nothing else (a no-break space belongs to its word).

A text is read eight bytes at a time. A blank among eight bytes is found without a loop: subtracting 0x21
from every byte borrows its top bit only where the byte is below it ("Hacker's Delight", 6-1). A token's
first eight bytes are its key, so that most words are compared in one instruction and longer ones by their
hash before their bytes. Tokens are cut in batches, and a batch is looked up afterwards, so that the
processor has many look-ups, each with its cache misses, under way at once.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from wordvectors.machine_code import compiled, jitted

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Slots = NDArray[np.int32]
Scalar = TypeVar("Scalar", bound=np.generic)

END = -1
"""Among word ids: the end of a line, later of a sentence."""

DROPPED = -2
"""Instead of a word's number: it is not among the words that are learned."""

LONGEST_TOKEN_BYTES = 1 << 20
FIRST, LENGTH, KEY, HASH, COUNT = range(5)
"""The rows of a batch of tokens; a token of length 0 is a line's end."""

_BATCH = 1024
_PLACE, _ENTRY_KEY, _ENTRY_HASH, _ENTRY_COUNT = range(
    4
)  # the columns of an entry: 32 bytes, half a cache line
_LENGTH_BITS = 21  # a place is (first byte << 21) + length
_LENGTH_MASK = (1 << _LENGTH_BITS) - 1
_BELOW_BLANK = np.uint64(0x2121212121212121)  # no blank is above 0x20
_TOP_BITS = np.uint64(0x8080808080808080)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF, _EIGHT, _ONE = np.uint64(32), np.uint64(8), np.uint64(1)
_NEWLINE = 10


class WordTable:
    """Words with their counts, numbered in the order in which they were added.

    Attributes
    ----------
    size : int
        Number of words.
    """

    def __init__(self) -> None:
        self.size, self._used = 0, 0
        self._slots = np.full(1 << 14, -1, np.int32)  # open addressing; twice as many as entries at least
        self._entries = np.empty((1 << 13, 4), np.int64)
        self._spelled = np.empty(1 << 17, np.uint8)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word was counted."""
        return self._entries[: self.size, _ENTRY_COUNT]

    @property
    def spelled(self) -> bytes:
        """The words as the text spells them, each followed by a newline."""
        return self._spelled[: self._used].tobytes()

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where in `spelled` each word ends."""
        place = self._entries[: self.size, _PLACE]
        return (place >> _LENGTH_BITS) + (place & _LENGTH_MASK)

    def count(self, text: NDArray[np.uint8], start: int, end: int, ids: NDArray[np.int32]) -> int:
        """Count the tokens that begin in a range of a text.

        Parameters
        ----------
        text
            The whole text, read-only.
        start, end
            The range: bytes from `start` up to, but without, `end`.
        ids
            Takes the words' numbers in text order, and `END` for one or more ends of line; it must be as
            long as the range.

        Returns
        -------
        int
            How many ids were filled in; -1 if a token is longer than `LONGEST_TOKEN_BYTES`.
        """
        filled, needed, batch = 0, 1, np.ones((5, _BATCH), np.int64)
        while needed > 0:
            self._make_room(_BATCH, needed)
            start, self.size, self._used, filled, needed = _count(
                text, start, end, batch, self._slots, self._entries, self._spelled, self.size, self._used, ids,
                filled,
            )  # fmt: skip
        return -1 if needed < 0 else filled

    def merge(self, other: WordTable) -> NDArray[np.int32]:
        """Add another table's words and counts; return the numbers that its words have here."""
        return self._add(other._batch(), other._spelled[: other._used])

    def without_rare(self, threshold: int) -> tuple[WordTable, NDArray[np.int32]]:
        """Return a table of the words counted at least so often, and each old word's new number or -2."""
        kept = self.counts >= threshold
        smaller, numbers = WordTable(), np.full(self.size, DROPPED, np.int32)
        numbers[kept] = smaller._add(self._batch()[:, kept], self._spelled[: self._used])
        return smaller, numbers

    def _add(self, batch: NDArray[np.int64], text: NDArray[np.uint8]) -> NDArray[np.int32]:
        numbers = np.empty(batch.shape[1], np.int32)
        self._make_room(len(numbers), int(batch[LENGTH].sum()) + len(numbers))
        text.flags.writeable = False  # as a mapped text is: so numba compiles one function for both
        self.size, self._used, _ = _add(
            text, np.ascontiguousarray(batch), len(numbers), self._slots, self._entries, self._spelled, self.size,
            self._used, numbers, 0,
        )  # fmt: skip
        return numbers

    def _batch(self) -> NDArray[np.int64]:
        place, key, hashed, counts = self._entries[: self.size].T
        return np.stack((place >> _LENGTH_BITS, place & _LENGTH_MASK, key, hashed, counts))

    def bytes_to_merge(self, other: WordTable) -> int:
        """Return how many bytes adding another table takes at most, beside the two tables themselves.

        An array that is replaced by a larger one is there until that is filled in. Pages that nothing is written to
        take no memory.
        """
        entry, slot, word = (
            self._entries.itemsize * 4,
            self._slots.itemsize,
            5 * 8 + 4,
        )  # a batch, and the numbers
        needed = other.size * (entry + word) + other._used
        if (room := _doubled(len(self._entries), self.size + other.size)) > len(self._entries):
            needed += self.size * entry + 2 * room * slot
        if self._used + other._used + other.size > len(self._spelled):
            needed += self._used
        return needed

    def _make_room(self, words: int, length: int) -> None:
        """Double what is too small for so many further words that take so many bytes, newlines included."""
        room = _doubled(len(self._entries), self.size + words)
        if room > len(self._entries):
            self._entries = _enlarged(self._entries, self.size, room)
            self._slots = np.full(2 * room, -1, np.int32)
            _fill_slots(self._slots, self._entries, self.size)
        room = _doubled(len(self._spelled), self._used + length)
        if room > len(self._spelled):
            self._spelled = _enlarged(self._spelled, self._used, room)


def _doubled(room: int, wanted: int) -> int:
    while room < wanted:
        room *= 2
    return room


def _enlarged(array: NDArray[Scalar], used: int, room: int) -> NDArray[Scalar]:
    larger = np.empty((room, *array.shape[1:]), array.dtype)
    larger[:used] = array[:used]
    return larger


@intrinsic
def _load_eight(_: Any, array: Any, index: Any) -> Any:
    """Return the eight bytes of a uint8 array from an index on, as a little-endian uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(64).as_pointer())
        loaded = builder.load(place)
        loaded.align = 1
        return loaded

    return types.uint64(array, types.intp), generate


@intrinsic
def _trailing_zeros(_: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@partial(jitted, inline="always")
def _is_blank(byte: int) -> bool:
    return byte <= 32 and (byte == 32 or 9 <= byte <= 13 or byte == 0)


@partial(jitted, inline="always")
def _up_to_blank(text: Bytes, position: int) -> tuple[np.uint64, int]:
    """Return at most eight bytes of a token, zero-filled, and how many they are."""
    taken = 0
    if position + 8 <= len(text):
        eight = _load_eight(text, position)
        low = (eight - _BELOW_BLANK) & ~eight & _TOP_BITS
        if low == 0:
            return eight, 8
        taken = np.int64(_trailing_zeros(low) >> np.uint64(3))  # type: ignore[assignment]
        while taken < 8 and not _is_blank(text[position + taken]):  # a control character is no blank
            taken += 1
        if taken == 8:
            return eight, 8
        return eight & ((_ONE << (_EIGHT * np.uint64(taken))) - _ONE), taken
    eight = np.uint64(0)
    while position + taken < len(text) and not _is_blank(text[position + taken]):
        eight |= np.uint64(text[position + taken]) << (_EIGHT * np.uint64(taken))
        taken += 1
    return eight, taken


@compiled
def _cut(text: Bytes, position: int, end: int, batch: Numbers) -> tuple[int, int]:
    """Fill a batch with the next tokens; return where they end and how many they are (-1: one is too long)."""
    found = 0
    while position < end and found < _BATCH:
        if _is_blank(text[position]):
            if text[position] == _NEWLINE:
                batch[LENGTH, found] = 0
                found += 1
            position += 1
            continue
        first = position
        eight, taken = _up_to_blank(text, position)
        batch[KEY, found] = np.int64(eight)
        hashed = np.uint64(0)
        while True:
            hashed = (hashed ^ eight) * _MULTIPLIER
            hashed ^= hashed >> _HALF
            position += taken
            if taken < 8:
                break
            eight, taken = _up_to_blank(text, position)
        if position - first > LONGEST_TOKEN_BYTES:
            return position, -1
        batch[FIRST, found] = first
        batch[LENGTH, found] = position - first
        batch[HASH, found] = np.int64(hashed)
        found += 1
    return position, found


@compiled
def _add(
    text: Bytes, batch: Numbers, found: int, slots: Slots, entries: Numbers, spelled: Bytes, size: int, used: int,
    ids: Slots, filled: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Count a batch into a table that has room for it; return its size, its bytes, and the ids filled in."""
    mask = len(slots) - 1
    for token in range(found):
        length = batch[LENGTH, token]
        if length == 0:
            if filled == 0 or ids[filled - 1] != END:
                ids[filled] = END
                filled += 1
            continue
        first, key, hashed = batch[FIRST, token], batch[KEY, token], batch[HASH, token]
        slot = hashed & mask
        entry = np.int64(slots[slot])
        while entry >= 0:
            place = entries[entry, _PLACE]
            if (
                entries[entry, _ENTRY_KEY] == key
                and place & _LENGTH_MASK == length
                and entries[entry, _ENTRY_HASH] == hashed
            ):
                at, same = place >> _LENGTH_BITS, 8
                while same < length and spelled[at + same] == text[first + same]:
                    same += 1
                if same >= length:
                    break
            slot = (slot + 1) & mask
            entry = np.int64(slots[slot])
        if entry < 0:
            entry = size  # type: ignore[assignment]
            slots[slot] = entry
            entries[entry, _PLACE] = used << _LENGTH_BITS | length
            entries[entry, _ENTRY_KEY] = key
            entries[entry, _ENTRY_HASH] = hashed
            entries[entry, _ENTRY_COUNT] = 0
            for byte in range(length):
                spelled[used + byte] = text[first + byte]
            spelled[used + length] = _NEWLINE
            used += length + 1
            size += 1
        entries[entry, _ENTRY_COUNT] += batch[COUNT, token]
        ids[filled] = entry
        filled += 1
    return size, used, filled


@compiled
def _fill_slots(slots: Slots, entries: Numbers, size: int) -> None:
    """Give each of the entries a slot in an empty table."""
    mask = len(slots) - 1
    for entry in range(size):
        slot = entries[entry, _ENTRY_HASH] & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = entry


@compiled
def _count(
    text: Bytes, position: int, end: int, batch: Numbers, slots: Slots, entries: Numbers, spelled: Bytes, size: int,
    used: int, ids: Slots, filled: int,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Count up to the end, or up to where the table might have no room for a batch.

    Returns where it is, the table's size and bytes, the ids filled in, and the bytes that the next batch
    needs (0: the end is reached; -1: a token is too long).
    """
    while 0 < position < end and not _is_blank(text[position - 1]) and not _is_blank(text[position]):
        position += 1  # a token that began before the range belongs to the range before
    while position < end:
        further, found = _cut(text, position, end, batch)
        if found < 0:
            return position, size, used, filled, -1
        length = found
        for token in range(found):
            length += batch[LENGTH, token]
        if size + found > len(entries) or used + length > len(spelled):
            return position, size, used, filled, length
        size, used, filled = _add(text, batch, found, slots, entries, spelled, size, used, ids, filled)
        position = further
    return position, size, used, filled, 0
