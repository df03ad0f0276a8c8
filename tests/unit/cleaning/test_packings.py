"""The same text gives the same sentences, however it is packed, cut and ended; what is left out is told."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wordvectors.cleaning import unpacking
from wordvectors.cleaning.batch import clean_batch
from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.documents import Reading, UnreadableSource
from wordvectors.cleaning.job import TargetInUse, clean_corpus
from wordvectors.cleaning.readers import formats
from wordvectors.cleaning.reading import open_blocks
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files

PACK = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def sentences(path: Path, recipe: CleaningRecipe, reading: Reading | None = None) -> list[str]:
    target = path.with_name("out.txt")
    clean_corpus(raw_files([path]), target, recipe, reading, most_bad=1.0)
    return target.read_text().splitlines()


words = st.sampled_from(
    ["Cat", "dog.", "mat", "Dr.", "x!", "élan", "(two", "one)", "don't", "1.", "2.", "“Oh", "no”"]
)
paragraphs = st.lists(
    st.lists(st.lists(words, min_size=3, max_size=5).map(" ".join), min_size=1, max_size=4),
    min_size=1,
    max_size=12,
)


@given(
    paragraphs=paragraphs,
    block=st.integers(30, 200),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    blank=st.sampled_from(["", " ", "\t "]),
    packing=st.sampled_from(sorted(PACK)),
    in_zip=st.booleans(),
    line_breaks=st.sampled_from(["end", "join"]),
)
@settings(max_examples=150, deadline=None)
def test_sentences_do_not_depend_on_packing_line_ends_and_blocks(
    tmp_path_factory, paragraphs, block, newline, blank, packing, in_zip, line_breaks
):
    recipe = CleaningRecipe(line_breaks=line_breaks, min_tokens=2)
    cleaner = Cleaner(recipe)
    alone = [one for lines in paragraphs for one in lines]
    if line_breaks == "join":
        alone = ["\n".join(lines) for lines in paragraphs]
    expected = [one for text in alone for one in cleaner.sentences(text)]
    assume(expected)
    text = f"{newline}{blank}{newline}".join(newline.join(lines) for lines in paragraphs)
    path = tmp_path_factory.mktemp("text") / f"a.txt{packing}"
    path.write_bytes(PACK[packing](text.encode()))
    if in_zip:
        with zipfile.ZipFile(path.with_name("a.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, path.name)
        path = path.with_name("a.zip")
    before = formats.BLOCK_BYTES, formats.TEXT_PIECE_BYTES
    formats.BLOCK_BYTES, formats.TEXT_PIECE_BYTES = block, block // 2
    try:
        assert sentences(path, recipe) == expected
    finally:
        formats.BLOCK_BYTES, formats.TEXT_PIECE_BYTES = before


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_json_lines_with_any_line_ends(tmp_path, newline):
    lines = newline.join(json.dumps({"text": f"the sentence number {n}"}) for n in range(50))
    (tmp_path / "a.jsonl").write_bytes(lines.encode())

    found = sentences(tmp_path / "a.jsonl", CleaningRecipe())

    assert found == [f"the sentence number {n}" for n in range(50)]


def test_with_joined_lines_a_paragraph_is_never_cut(tmp_path, monkeypatch):
    """Only a paragraph that is no text for its length is refused, and that is told."""
    monkeypatch.setattr(formats, "BLOCK_BYTES", 50)
    monkeypatch.setattr(formats, "MOST_DOCUMENT_BYTES", 1000)
    path = tmp_path / "a.txt"
    path.write_text("one two\nthree\n\n" + "far\ntoo\nlong\n" * 2000 + "\nfour five\nsix\n")

    blocks = list(open_blocks(raw_files([path]), Reading(joined=True)))

    faults = [block.fault for block in blocks if block.fault]
    assert faults == ["a paragraph of more than 0 MiB; is the format 'text' right?"]
    assert b"".join(block.data for block in blocks).split() == b"one two three four five six".split()


def test_the_text_of_a_section_of_character_data_stays(tmp_path):
    path = tmp_path / "feed.jsonl"
    texts = [
        "<![CDATA[All the text of <b>this</b> item]]>",
        "&lt;![CDATA[and of this one]]&gt;",
        "<![cdata[and of this]]>",
    ]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))

    assert sentences(path, CleaningRecipe()) == [
        "all the text of this item", "and of this one", "and of this",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_listed_is_refused_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "docs" / "locked").mkdir(parents=True)
    (tmp_path / "docs" / "a.txt").write_text("three small words")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root, who runs tests in containers, may list everything

    with pytest.raises(UnreadableSource, match=r"docs/locked: Permission denied"):
        raw_files([tmp_path / "docs"])
    with pytest.raises(UnreadableSource, match=r"docs/locked: Permission denied"):
        raw_files([tmp_path / "docs" / "locked"])


def test_the_longest_windows_of_zstd_are_read(tmp_path):
    parameters = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True, compression_level=3)
    path = tmp_path / "RC.zst"
    with (
        path.open("wb") as file,
        zstandard.ZstdCompressor(compression_params=parameters).stream_writer(file) as writer,
    ):
        for n in range(50):
            writer.write(json.dumps({"body": f"comment number {n}"}).encode() + b"\n")

    found = sentences(path, CleaningRecipe(), Reading("jsonl", "body"))

    assert found == [f"comment number {n}" for n in range(50)]


@pytest.mark.parametrize(
    "text",
    ["&#" + "9" * 4301 + ";", "<page><ns>0</ns><text>&#" + "9" * 4301 + ";</text></page>"],
)
def test_whatever_is_wrong_with_a_document_it_is_one_bad_document(tmp_path, text):
    path = tmp_path / "a.jsonl"
    reading = Reading("wikipedia") if text.startswith("<page>") else Reading("jsonl")
    other = "<page><ns>0</ns><text>a good article</text></page>"
    if reading.format == "jsonl":
        text, other = (json.dumps({"text": one}) + "\n" for one in (text, "a good article"))
    path.write_text(text + other)

    (block,) = open_blocks(raw_files([path]), reading)
    cleaned = clean_batch(Cleaner(CleaningRecipe()), reading, [block])

    assert (cleaned.lines, cleaned.counts.documents, cleaned.counts.bad) == (b"a good article\n", 2, 1)
    assert "4300" in cleaned.counts.samples[0]


BOMBS = {
    "one character": b"x",
    "words": b"ab ",
    "lines": b"a\n",
    "brackets": b"[",
    "quotation marks": b'"',
    "tags": b"<a",
}
BOMB_BYTES = 1 << 20


@pytest.mark.parametrize("content", BOMBS)
@pytest.mark.parametrize(
    "name", [f"a{kind}{packing}" for kind in (".jsonl", ".txt") for packing in PACK if packing]
)
def test_a_bomb_ends_the_job_by_its_expansion_and_leaves_nothing(tmp_path, monkeypatch, name, content):
    """What may be unpacked is scaled down; the next test has the real bound."""
    monkeypatch.setattr(unpacking, "FREE_BYTES", BOMB_BYTES // 4)
    monkeypatch.setattr(unpacking, "MOST_EXPANSION", 10)
    path = tmp_path / name
    path.write_bytes(PACK[path.suffix](BOMBS[content] * (BOMB_BYTES // len(BOMBS[content]))))
    assert path.stat().st_size < BOMB_BYTES / 100

    with pytest.raises(UnreadableSource, match="10 times its size, which no text does"):
        clean_corpus(raw_files([path]), tmp_path / "out.txt", CleaningRecipe())
    assert [left.name for left in tmp_path.iterdir()] == [name]


MOST_MEMORY = 1200 << 20
_CLEAN = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({MOST_MEMORY}, {MOST_MEMORY}))
from wordvectors.cli import main
main()
"""


def test_a_bomb_of_gigabytes_takes_bounded_memory(tmp_path):
    path = tmp_path / "a.jsonl.zst"
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as writer:
        for _ in range(1 << 11):
            writer.write(b"x" * (1 << 20))
    assert path.stat().st_size < 200_000

    done = subprocess.run(
        [sys.executable, "-c", _CLEAN, "clean", str(path), "--to", str(tmp_path / "out.txt")],
        capture_output=True,
        text=True,
        env={**os.environ, "WORDVECTORS_HOME": str(tmp_path / "home")},
    )

    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "1,000 times its size" in " ".join(done.stderr.split())
    assert not (tmp_path / "out.txt").exists()


def test_a_zip_of_entries_that_overlap_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", os.urandom(5000).hex())
        archive.filelist.extend([archive.filelist[0]] * 9)

    with pytest.raises(UnreadableSource, match="they overlap"):
        list(open_blocks(raw_files([path]), Reading()))


def test_a_working_folder_that_others_may_write_to_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("three small words")
    mine = tmp_path / "mine.txt"
    mine.write_text("dear to me")
    folder = tmp_path / ".out.txt.cleaning"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "sentences.txt").symlink_to(mine)

    with pytest.raises(TargetInUse, match=r"\.out\.txt\.cleaning was not made by you alone"):
        clean_corpus(raw_files([tmp_path / "a.txt"]), tmp_path / "out.txt", CleaningRecipe())
    assert mine.read_text() == "dear to me"
