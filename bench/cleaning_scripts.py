"""The recipe as people write it: a loop over sentences and tokens, and columns of pandas with NLTK's tools.

Both do what version 1 of our recipe does to English documents, by the usual means.
"""

from __future__ import annotations

import html
import json
import re
import sys
import unicodedata
from multiprocessing import Pool
from pathlib import Path

LEAST_TOKENS = 3
ABBREVIATIONS = {
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "st",
    "vs",
    "etc",
    "e.g",
    "i.e",
    "u.s",
    "jr",
    "sr",
    "no",
    "vol",
}


def plain(raw: Path, target: Path, workers: int) -> None:
    """Clean document by document, with a pool if there are workers to be had."""
    with raw.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        if workers == 1:
            out.writelines(map(_plain_document, lines))
            return
        with Pool(workers) as pool:
            out.writelines(pool.imap(_plain_document, lines, chunksize=100))


def _plain_document(line: str) -> str:
    """Clean a document sentence by sentence, token by token."""
    text = html.unescape(json.loads(line)["text"])
    text = unicodedata.normalize("NFKC", text.replace("\u2019", "'").replace("\u2018", "'"))
    text = re.sub(r"<[^<>]+>", " ", text)
    text = re.sub(r"(https?://|www\.)\S+", " ", text)
    text = re.sub(r"\S+@\S+|@\w+", " ", text)
    sentences = []
    for paragraph in text.splitlines():
        for sentence in _sentences(paragraph):
            tokens = []
            for token in sentence.split():
                for part in "".join(c if c.isalnum() or c == "'" else " " for c in token).split():
                    word = part.strip("'").lower()
                    if word:
                        tokens.append(word)
            if len(tokens) >= LEAST_TOKENS:
                sentences.append(" ".join(tokens) + "\n")
    return "".join(sentences)


def _sentences(paragraph: str) -> list[str]:
    found, begun = [], ""
    for piece in re.split(r"(?<=[.!?])\s+", paragraph):
        begun = f"{begun} {piece}" if begun else piece
        words = piece.split()
        last = words[-1].rstrip(".").lower() if words else ""
        if piece.endswith(".") and (last in ABBREVIATIONS or len(last) == 1):
            continue
        found.append(begun)
        begun = ""
    return [*found, begun] if begun else found


def pandas(raw: Path, target: Path) -> None:
    """Clean column by column with pandas, and NLTK's splitter and tokenizer."""
    import pandas as pd
    from nltk.tokenize import RegexpTokenizer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types = ABBREVIATIONS
    splitter = PunktSentenceTokenizer(parameters)
    tokenizer = RegexpTokenizer(r"[^\W_]+(?:'[^\W_]+)*")
    texts = pd.read_json(raw, lines=True)["text"].map(html.unescape)
    texts = texts.str.replace("\u2019", "'").str.normalize("NFKC").str.replace(r"<[^<>]+>", " ", regex=True)
    texts = texts.str.replace(r"(?:https?://|www\.)\S+", " ", regex=True).str.replace(
        r"\S+@\S+|@\w+", " ", regex=True
    )
    sentences = texts.str.split("\n").explode().map(splitter.tokenize).explode().dropna().str.lower()
    tokens = sentences.map(tokenizer.tokenize)
    tokens[tokens.map(len) >= LEAST_TOKENS].str.join(" ").to_csv(target, index=False, header=False)


if __name__ == "__main__":
    script, read, written, *workers = sys.argv[1:]
    {"plain": plain, "pandas": pandas}[script](Path(read), Path(written), *map(int, workers))
