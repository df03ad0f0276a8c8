"""The text that is trained on: a user's file or its first words, or the sample that comes with gensim."""

from __future__ import annotations

from pathlib import Path

from wordvectors.cleaning.sample import write_sample_corpus


def first_words(source: Path, target: Path, words: int) -> None:
    """Write the lines of a text that hold its first `words` words, the last of them whole."""
    left = words
    with source.open("rb") as lines, target.open("wb") as file:
        for line in lines:
            file.write(line)
            left -= len(line.split())
            if left <= 0:
                break


def repeated_sample(target: Path, times: int) -> None:
    """Write the sample of Wikipedia in gensim's wheel, so many times over."""
    write_sample_corpus(target)
    target.write_bytes(target.read_bytes() * times)
