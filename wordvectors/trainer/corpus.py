"""The corpus file as blocks and sentences of tokens; read in pieces, never held in memory.

The rules are those of fastText's dictionary (`Dictionary::readWord`), which BlazingText's log lines point
to: tokens are separated by ASCII white space and by zero bytes, and by nothing else (a no-break space
belongs to its word); a line is a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wordvectors.trainer.errors import TrainingError

BLOCK_BYTES = 1 << 20
LONGEST_TOKEN_BYTES = 1 << 20
LONGEST_SENTENCE = 1000
"""Tokens; longer lines are cut, as in pWord2Vec and word2vec (MAX_SENTENCE_LENGTH)."""


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the file in pieces of some mebibytes at most, which end at a line's end.

    Only a line of more than a mebibyte is cut within, at white space.

    Raises
    ------
    TrainingError
        If more than a mebibyte stands without white space: that is no text.
    """
    rest = b""
    with path.open("rb") as file:
        while data := file.read(BLOCK_BYTES):
            piece = rest + data.replace(b"\0", b" ")
            cut = piece.rfind(b"\n") + 1
            if not cut and len(piece) >= BLOCK_BYTES:
                cut = max(piece.rfind(blank) for blank in (b" ", b"\t", b"\r", b"\v", b"\f")) + 1
            if not cut and len(piece) > LONGEST_TOKEN_BYTES:
                raise TrainingError(
                    f"{path.name} holds more than {LONGEST_TOKEN_BYTES >> 20} MiB without white space: it "
                    "is not a text of words separated by blanks, one sentence a line"
                )
            if cut:
                yield piece[:cut]
            rest = piece[cut:]
    if rest:
        yield rest


def sentences(path: Path) -> Iterator[list[bytes]]:
    """Yield the tokens of each line that has any; a line of more than 1,000 tokens in several pieces."""
    for block in blocks(path):
        for line in block.split(b"\n"):
            tokens = line.split()
            if len(tokens) <= LONGEST_SENTENCE:
                if tokens:
                    yield tokens
            else:
                for start in range(0, len(tokens), LONGEST_SENTENCE):
                    yield tokens[start : start + LONGEST_SENTENCE]
