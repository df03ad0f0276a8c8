"""Many objects into one, without moving the bytes: S3 copies them, and the result appears whole or not at all.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from wordvectors.aws.bucket import Bucket, PartedUpload
from wordvectors.aws.errors import transient_errors_named

LEAST_PART, MOST_PART, MOST_PARTS = 5 << 20, 5 << 30, 10_000
"""S3's bounds: of a part but the last one, in bytes, and of their number."""
_AT_ONCE = 16


class TooManyParts(ValueError):
    """What is to be merged needs more parts than S3 takes."""


@dataclass(frozen=True)
class Piece:
    """Bytes of an object, from `start`."""

    key: str
    start: int
    length: int


Part = tuple[Piece, ...]
"""A part of the merged object: one piece, which S3 copies by itself, or small ones, which are read and sent."""


def plan_parts(objects: Sequence[tuple[str, int]]) -> list[Part]:
    """Return the parts that the objects make up in their order, given as (key, bytes).

    Raises
    ------
    TooManyParts
    """
    parts: list[Part] = []
    small: list[Piece] = []
    for key, size in objects:
        start = 0
        if small:  # what is too small for a part is filled up to the least size
            start = min(size, LEAST_PART - sum(piece.length for piece in small))
            small.append(Piece(key, 0, start))
            if sum(piece.length for piece in small) == LEAST_PART:
                parts.append(tuple(small))
                small = []
        left = size - start
        if left >= LEAST_PART:
            count = -(-left // MOST_PART)
            for number in range(count):
                first, last = left * number // count, left * (number + 1) // count
                parts.append((Piece(key, start + first, last - first),))
        elif left:
            small = [Piece(key, start, left)]
    if small:
        parts.append(tuple(small))
    if len(parts) > MOST_PARTS:
        raise TooManyParts(f"{len(parts):,} parts; one object has at most {MOST_PARTS:,}")
    return parts


def merge(bucket: Bucket, objects: Sequence[tuple[str, int]], key: str, metadata: dict[str, str]) -> None:
    """Make one object of many, in their order.

    Raises
    ------
    TooManyParts
    """
    parts = plan_parts([(source, size) for source, size in objects if size])
    upload = bucket.start_upload(key, metadata)
    try:
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            etags = list(threads.map(lambda numbered: _send(bucket, upload, *numbered), enumerate(parts, 1)))
        upload.complete(etags)
    except BaseException:
        upload.abort()
        raise


def _send(bucket: Bucket, upload: PartedUpload, number: int, part: Part) -> str:
    with transient_errors_named():
        if len(part) == 1 and part[0].length >= LEAST_PART:
            return upload.copy(number, part[0].key, part[0].start, part[0].length)
        body = b"".join(bucket.read(piece.key, piece.start, piece.length) for piece in part)
        return upload.send(number, body)
