"""Nothing is lost without a word: what is passed over is counted, and what can't be read is named."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from wordvectors.cleaning.clean import LONGEST_PART, Cleaner
from wordvectors.cleaning.documents import Reading, UnreadableSource
from wordvectors.cleaning.job import clean_corpus
from wordvectors.cleaning.readers import formats
from wordvectors.cleaning.reading import open_documents
from wordvectors.cleaning.recipe import CleaningRecipe
from wordvectors.cleaning.sources import raw_files
from wordvectors.corpus.word_table import LONGEST_TOKEN_BYTES

PACK = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
PACKED = sorted(PACK)[1:]


def read(path, reading=None):
    """Return the texts of the good documents and what is said of the bad ones."""
    bad = []
    texts = [document.text for document in open_documents(path, reading, on_bad=bad.append)]
    return texts, [one.reason for one in bad]


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def page(text, namespace="<ns>0</ns>", more=""):
    return f"<page><title>T</title>{namespace}{more}<revision><text>{text}</text></revision></page>\n"


def test_what_is_left_out_is_counted_by_what_it_is(tmp_path):
    raw = tmp_path / "raw"
    (raw / ".git").mkdir(parents=True)
    write(raw, ".hidden.txt", "never to be read")
    write(raw, "empty.txt", "")
    pages = page("kept for ever") + page("talk", "<ns>1</ns>") + page("x", more="<redirect title='A'/>")
    pages += (
        page("#REDIRECT [[A]]") + page("") + "<page><ns>0</ns><revision><text bytes='0'/></revision></page>"
    )
    write(raw, "dump.xml", f"<mediawiki>{pages}</mediawiki>")
    write(
        raw,
        "blog.xml",
        "<Blog><date>1</date><post> </post><date>2</date><post>One. A post is kept.</post></Blog>",
    )
    with zipfile.ZipFile(raw / "a.zip", "w") as archive:
        archive.writestr("__MACOSX/a.txt", "never to be read")
        archive.writestr(".git/a.txt", "never to be read")

    counts = clean_corpus(raw_files([raw]), tmp_path / "out.txt", CleaningRecipe()).counts

    assert (tmp_path / "out.txt").read_text().splitlines() == ["a post is kept", "kept for ever"]
    assert (counts.documents, counts.bad) == (2, 0)
    assert counts.left_out == {
        "hidden files and folders": 4,
        "empty files": 1,
        "pages that are no articles": 1,
        "redirects": 2,
        "empty pages": 2,
        "empty posts": 1,
        "sentences of fewer than 3 words": 1,
    }
    assert "redirects (2), sentences of fewer than 3 words (1)" in counts.left_out_in_words()


def test_documents_of_which_nothing_is_left_say_what_was_left_out(tmp_path):
    path = write(tmp_path, "dump.xml", f"<mediawiki>{page('#REDIRECT [[A]]')}</mediawiki>")

    with pytest.raises(UnreadableSource, match=r"is in 0 documents; left out: redirects \(1\)"):
        clean_corpus(raw_files([path]), tmp_path / "out.txt", CleaningRecipe())


def test_a_dump_without_namespaces_and_one_with_a_history(tmp_path):
    history = (
        "<page><ns>0</ns><revision><text>old</text></revision><revision><text>new</text></revision></page>"
    )

    texts, bad = read(
        write(tmp_path, "a.xml", f"<mediawiki>{page('of 2009', namespace='')}{history}</mediawiki>")
    )

    assert (texts, bad) == (["of 2009", "new"], [])


@pytest.mark.parametrize(
    ("content", "texts", "reason"),
    [
        (
            "<mediawiki><page><ns>0</ns><text>a</text>" + page("b") + "</mediawiki>",
            ["b"],
            "the next begins within it",
        ),
        ("<mediawiki>" + page("a") + "lost</page></mediawiki>", ["a"], "a </page> without <page>"),
        ("<mediawiki>" + page("a") + "lost", ["a"], "what is in no <page>"),
        (
            "<Blog><date>1</date><post>I like </post> in html</post></Blog>",
            ["I like "],
            "text between the posts",
        ),
        ("<BLOG><DATE>1</DATE><POST>lost</POST></BLOG>", [], "text behind the last post"),
    ],
)
def test_text_in_the_wrong_place_is_a_bad_document(tmp_path, content, texts, reason):
    found, bad = read(write(tmp_path, "a.xml", content))

    assert found == texts
    assert any(reason in one for one in bad)


@pytest.mark.parametrize("packing", PACKED)
def test_a_damaged_stream_behind_a_good_one_is_told(tmp_path, packing):
    pack = PACK[packing]
    good, second = pack(b"one two three\n"), bytearray(pack(b"four five six\n"))
    path = write(tmp_path, f"a.txt{packing}", good + bytes(512) + bytes(second) + bytes(512))
    assert read(path) == (["one two three\nfour five six\n"], [])

    second[1] ^= 0xFF
    path.write_bytes(good + bytes(second))
    with pytest.raises(UnreadableSource, match=r"a\.txt.* can't be read beyond byte 0: .*damaged"):
        read(path)


def test_half_a_character_of_utf16_costs_its_line(tmp_path):
    content = "one\n".encode("utf-16-le") + b"tw\0\xd8o\0\n\0" + "three\n".encode("utf-16-le") + b"x"

    texts, bad = read(write(tmp_path, "a.txt", content), Reading("lines", encoding="utf-16-le"))

    assert texts == ["one", "three"]
    assert bad == ["no utf-16-le; another --encoding?"] * 2


def test_records_that_end_with_returns_may_hold_newlines(tmp_path):
    assert read(write(tmp_path, "a.csv", b'id,text\r1,"a\nb"\r2,two\r3,three')) == (
        ["a\nb", "two", "three"],
        [],
    )
    with pytest.raises(UnreadableSource, match="has 2 columns 'text'"):
        read(write(tmp_path, "b.csv", "text,text\na,b\n"))


def _tar(content):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        header = tarfile.TarInfo("a.txt")
        header.size = len(content)
        archive.addfile(header, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("pack", [*(PACK[name] for name in PACKED), _tar])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_an_archive_by_another_name_is_refused(tmp_path, name, pack):
    with pytest.raises(UnreadableSource, match=r"its first bytes are those of an? .* archive"):
        read(write(tmp_path, name, pack(b"one two three\n")))


def test_what_cannot_be_opened_or_is_no_file_is_named(tmp_path, monkeypatch):
    (file,) = raw_files([write(tmp_path, "a.txt", "text")])
    write(tmp_path, "a.txt", "text").unlink()
    with pytest.raises(UnreadableSource, match=r"a\.txt: No such file"):
        clean_corpus([file], tmp_path / "out.txt", CleaningRecipe())

    write(tmp_path, "b.txt", "text")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UnreadableSource, match=r"pipes and devices are not read.*pipe\.txt"):
        raw_files([tmp_path])
    with pytest.raises(UnreadableSource, match=r"pipe\.txt: it is a device or a pipe"):
        raw_files([tmp_path / "pipe.txt"])  # which nobody may ever write to
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UnreadableSource, match=r"loop: Too many levels of symbolic links"):
        raw_files([tmp_path / "loop"])


def test_the_signs_of_vowels_are_no_reason_to_cut_a_sentence():
    sentence = "यह एक बहुत ही सुन्दर किताब है जिसको हमने पिछले साल खरीदा था और पढ़ा था " * 8
    text = f"{sentence.strip()}। " * 3

    found = Cleaner(CleaningRecipe(language="hi")).sentences(text)

    assert [len(one.split()) for one in found] == [len(sentence.split())] * 3


@given(sizes=st.lists(st.integers(3, 400), min_size=1, max_size=40), before=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_a_sentence_is_not_cut_however_long_its_paragraph_is(sizes, before):
    sentences = [" ".join(["word"] * size) for size in sizes] * 5
    for line_breaks in ("end", "join"):
        cleaner = Cleaner(CleaningRecipe(line_breaks=line_breaks))
        text = "\n" * before + ". ".join(sentences) + "."
        assert cleaner.sentences(text.replace("word", "Word")) == sentences


@pytest.mark.parametrize("character", ["x", "é", "「"])
def test_no_word_is_longer_than_a_trainer_takes(character):
    cleaner = Cleaner(CleaningRecipe(min_tokens=1))

    words = cleaner.sentences(character * (LONGEST_TOKEN_BYTES + 1))

    assert max(map(len, words), default=0) <= LONGEST_PART < LONGEST_TOKEN_BYTES // 4


def _rendered(form, texts, newline):
    if form == "lines":
        return newline.join(texts)
    if form == "jsonl":
        return newline.join(json.dumps({"n": [{}], "text": text}, ensure_ascii=False) for text in texts)
    if form == "blogs":
        return (
            "<Blog>"
            + newline.join(f"<date>1</date>{newline}<post>{text}</post>" for text in texts)
            + "</Blog>"
        )
    if form == "wikipedia":
        return "<mediawiki>" + newline.join(page(text) for text in texts) + "</mediawiki>"
    buffer = io.StringIO(newline="")
    separator, quoting = {"csv": (",", csv.QUOTE_MINIMAL), "csv;": (";", csv.QUOTE_ALL), "tsv": ("\t", 0)}[
        form
    ]
    if any("\n" in text for text in texts):
        quoting = csv.QUOTE_ALL  # Python's writer leaves a newline bare where lines end with returns
    writer = csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator=newline)
    writer.writerows([["id", "text"], *(["1", text] for text in texts)])
    return buffer.getvalue()


@given(
    texts=st.lists(st.text("aé,;\t 東", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=20),
    within=st.sampled_from(["", ' "a', "a\nb", "a\r\nb"]),
    form=st.sampled_from(["lines", "jsonl", "csv", "csv;", "tsv", "blogs", "wikipedia"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    packing=st.sampled_from(sorted(PACK)),
    part=st.integers(1, 60),
    in_zip=st.booleans(),
    block=st.integers(20, 200),
)
@settings(max_examples=100, deadline=None)
def test_documents_do_not_depend_on_packing_parts_encoding_line_ends_and_blocks(
    tmp_path_factory, texts, within, form, newline, encoding, packing, part, in_zip, block
):
    if form.startswith(("csv", "tsv")):
        texts = [text + within for text in texts]
    if form == "wikipedia":
        texts = [f"w{text}" for text in texts]  # a line may begin with the mark of a list
    content = _rendered(form, texts, newline).encode(encoding)
    folder = tmp_path_factory.mktemp("any")
    name = f"a.{form.strip(';')}{packing}"
    parts = [content[at : at + part] for at in range(0, len(content), part)] if packing else [content]
    path = write(folder, name, b"".join(map(PACK[packing], parts)))
    if in_zip:
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, name)
        path = folder / "a.zip"
    before = formats.BLOCK_BYTES
    formats.BLOCK_BYTES = block
    try:
        found, bad = read(path, Reading({"csv;": "csv", "tsv": "csv"}.get(form, form)))
    finally:
        formats.BLOCK_BYTES = before
    assert bad == []
    assert [text.removeprefix("\ufeff") for text in found] == texts
