"""Documents out of files of all formats and packings, and what is said of those that can't be read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tracemalloc
import zipfile

import pytest
import zstandard
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wordvectors.cleaning.clean import Cleaner
from wordvectors.cleaning.readers import csv_records, formats
from wordvectors.cleaning.readers.wikipedia import articles, without_markup
from wordvectors.cleaning.reading import Reading, UnreadableSource, open_documents
from wordvectors.cleaning.recipe import CleaningRecipe


def read(path, reading=None):
    """Return the texts of the good documents and the bad ones."""
    bad = []
    texts = [document.text for document in open_documents(path, reading, on_bad=bad.append)]
    return texts, bad


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BLOG = (
    b"<Blog>\n\n<date>31,May,2004</date>\n<post>\n\n\n   "
    b"Me & my dog <3 urlLink   caf\xe9 \x93quoted\x94\n\n</post>\n\n"
    b"<date>29,May,2004</date>\n<post>  UTF-8 caf\xc3\xa9 &nbsp; </post>\n"
    b"<date>1,May,2004</date>\n<post>\n</post></Blog>"
)


def test_blogs_as_they_are(tmp_path):
    with zipfile.ZipFile(tmp_path / "blogs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("blogs/1000331.female.37.indUnk.Leo.xml", BLOG)
        archive.writestr("blogs/1000866.female.17.Student.Libra.xml", b"<Blog><post>cut off")
        archive.writestr("__MACOSX/blogs/._1.xml", b"\x00\x05")

    texts, bad = read(tmp_path / "blogs.zip")

    assert [text.strip() for text in texts] == ["Me & my dog <3 urlLink   café “quoted”", "UTF-8 café &nbsp;"]
    assert [(one.source.rpartition("/")[2], one.offset) for one in bad] == [
        ("1000866.female.17.Student.Libra.xml", 6)
    ]


def test_a_post_that_the_next_begins_in_is_bad_and_encodings_are_mixed(tmp_path):
    content = (
        b"<Blog><date>1,May,2004</date>\n<post>no end <date>2,May,2004</date>\n"
        b"<post>caf\xc3\xa9 \x93so\x94</post></Blog>"
    )

    texts, bad = read(write(tmp_path, "a.xml", content))

    assert texts == ["café “so”"]
    assert [(one.offset, one.reason) for one in bad] == [
        (30, "a <post> without </post>: the next begins within it")
    ]


JSON_LINES = '{"text": "one"}\n\nnot json\n{"text": 3}\n["text"]\n{"text": "two\\nlines"}'


def test_json_lines_and_the_lines_that_are_none(tmp_path):
    texts, bad = read(write(tmp_path, "a.jsonl", JSON_LINES))

    assert texts == ["one", "two\nlines"]
    assert [one.offset for one in bad] == [17, 26, 38]
    assert "under the key 'text'" in bad[1].reason
    assert read(write(tmp_path, "b.jsonl", '{"body": "x"}\n'), Reading(column="body"))[0] == ["x"]


def test_csv_with_a_named_column_and_newlines_inside_of_quotes(tmp_path):
    content = 'id,"text"\n1,"one, ""quoted""\nand a second line"\n2,two\n3\n4,four\n'
    texts, bad = read(write(tmp_path, "a.csv", content))

    assert texts == ['one, "quoted"\nand a second line', "two", "four"]
    assert "has 1 fields" in bad[0].reason
    assert read(write(tmp_path, "b.tsv", "text\tid\na b\t1\n"))[0] == ["a b"]
    with pytest.raises(UnreadableSource, match=r"no column 'text'.*id, body"):
        read(write(tmp_path, "c.csv", "id,body\n1,x\n"))


@given(
    rows=st.lists(st.text(alphabet='ab,"\n é', max_size=12).filter(str.strip), max_size=30),
    block=st.integers(1, 40),
    held=st.sampled_from([1, 2, 100]),
)
@settings(max_examples=150, deadline=None)
def test_blocks_are_cut_between_records(tmp_path_factory, rows, block, held):
    import csv as standard

    buffer = io.StringIO(newline="")
    writer = standard.writer(buffer)
    writer.writerows([["text", "n"], *([row, "1"] for row in rows)])
    folder = tmp_path_factory.mktemp("rows")
    before = formats.BLOCK_BYTES, csv_records._FIELDS_HELD
    formats.BLOCK_BYTES, csv_records._FIELDS_HELD = block, held
    try:
        assert read(write(folder, "a.csv", buffer.getvalue())) == (rows, [])
        lines = "".join(json.dumps({"text": row}) + "\n" for row in rows)
        assert read(write(folder, "a.jsonl", lines)) == (rows, [])
        posts = "".join(f"<date>x</date><post>{row}</post>" for row in rows)
        assert read(write(folder, "a.xml", f"<Blog>{posts}</Blog>"), Reading("blogs")) == (rows, [])
    finally:
        formats.BLOCK_BYTES, csv_records._FIELDS_HELD = before


def test_a_quotation_mark_inside_of_a_field_opens_none(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "BLOCK_BYTES", 50)
    rows = "".join(f'{n},row {n} has a 5" pipe\n' for n in range(3, 100, 2))

    texts, bad = read(write(tmp_path, "a.csv", f"id,text\n{rows}"))

    assert (len(texts), bad) == (49, [])


@pytest.mark.parametrize("block", [40, 100_000])
def test_a_field_that_nothing_closes_costs_its_line(tmp_path, monkeypatch, block):
    monkeypatch.setattr(formats, "BLOCK_BYTES", block)
    monkeypatch.setattr(formats, "MOST_DOCUMENT_BYTES", 1000)
    rows = [f"{n},text {n}\n" for n in range(500)]
    rows.insert(100, '7,"never closed\n')

    texts, bad = read(write(tmp_path, "a.csv", "id,text\n" + "".join(rows)))

    assert len(texts) == 500
    assert [one.reason for one in bad] == [
        f"the quotation mark at byte {8 + sum(map(len, rows[:100])) + 2:,} opens a field that nothing closes"
    ]


def test_a_record_without_an_end_is_no_document(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "BLOCK_BYTES", 100)
    monkeypatch.setattr(formats, "MOST_DOCUMENT_BYTES", 1000)

    texts, bad = read(write(tmp_path, "a.csv", f"text\nfirst\n{'x' * 5000}\nlast\n"))

    assert texts == ["first", "last"]
    assert ["a record of more than" in one.reason for one in bad] == [True]


def test_bad_bytes_cost_their_record_alone(tmp_path):
    texts, bad = read(write(tmp_path, "a.csv", b"id,text\n1,one\n2,caf\xe9\n\xe9,three\n4,\xef\xbf\xbd\n"))

    assert texts == ["one", "three"]
    assert len(bad) == 2
    assert "record 2 after it is no utf-8" in bad[0].reason
    assert read(write(tmp_path, "b.csv", b"text\n\xef\xbf\xbd is known\n"))[0] == ["\ufffd is known"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"text", []),
        (b"\n\r\nid, text\n1,one\n", ["one"]),
        (b"id,text\r1,one\r2,two", ["one", "two"]),
        (b'\xef\xbb\xbfid;text\r\n1;"one;\r\ntwo"\r\n', ["one;\r\ntwo"]),
    ],
)
def test_headings_and_line_ends_of_all_kinds(tmp_path, content, expected):
    assert read(write(tmp_path, "a.csv", content)) == (expected, [])


@given(st.text(alphabet='ab,"\n;', max_size=60), st.integers(1, 20))
@settings(max_examples=300, deadline=None)
def test_csv_is_read_as_pythons_reader_does(tmp_path_factory, content, block):
    """Unless a field is opened and not closed, which Python's takes for all of the rest."""
    import csv as standard

    text = f"x,y\n{content}\n"
    *rows, last = list(standard.reader(io.StringIO(f"{text}end\n", newline="")))[1:]
    assume(last == ["end"])
    folder = tmp_path_factory.mktemp("rows")
    before = formats.BLOCK_BYTES
    formats.BLOCK_BYTES = block
    try:
        texts, bad = read(write(folder, "a.csv", text), Reading(column="y"))
    finally:
        formats.BLOCK_BYTES = before
    assert texts == [row[1] for row in rows if len(row) == 2]
    assert len(bad) == sum(len(row) not in (0, 2) for row in rows)


PAGES = """<mediawiki><siteinfo/>
<page><title>A</title><ns>0</ns><revision>
<text xml:space="preserve">'''A''' is &lt;ref&gt;gone&lt;/ref&gt; [[b|c]].</text></revision></page>
<page><title>R</title><ns>0</ns><redirect title="A" /><revision><text>#REDIRECT [[A]]</text></revision></page>
<page><title>Talk:A</title><ns>1</ns><revision><text>talk</text></revision></page>
<page><title>E</title><ns>0</ns><revision></revision></page>
</mediawiki>"""


def test_a_dump_of_wikipedia(tmp_path):
    texts, bad = read(write(tmp_path, "dump.xml.bz2", bz2.compress(PAGES.encode())))

    assert texts == ["A is   c."]
    assert [one.reason for one in bad] == ["a page without <text>"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a {{t|{{u|v}}|w}}b", "a b"),
        ("{| class=x\n|-\n| {| inner |} cell\n|}after", "\nafter"),
        ("[[File:x.jpg|thumb|A [[cat]] sleeps]]text", "text"),
        ("[[Category:Cats]][[:Category:Dogs]][[de:Katze]]", "Category:Dogs"),
        ("[[Datei: x.png]][[Xyz:y.JPG|q]][[Kategorie:Katzen|K]]", ""),
        (
            "[[12:30 (film)]], [[Re:Zero]], [[2001: A Space Odyssey|the film]]",
            "12:30 (film), Re:Zero, the film",
        ),
        ("[[s:Emma|Emma]] by [[User talk:Jane|Jane]]", "Emma by Jane"),
        ("[http://a.b shown] [http://a.b]", "shown "),
        ("== Heading ==\n* item\n#: other", "\n Heading \n\nitem\nother"),
        ("x<ref name=a />y<ref>z</ref><!-- n --><math>a^2</math>", "x y   "),
        ("''i'' '''b''' it's __NOTOC__", "i b it's "),
    ],
)
def test_wiki_markup(markup, text):
    assert without_markup(markup) == text


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda data: zstandard.compress(data[:9]) + zstandard.compress(data[9:])),
    ],
)
def test_packed_files_of_several_parts(tmp_path, suffix, pack):
    path = write(tmp_path, f"a.jsonl{suffix}", pack(JSON_LINES.encode()))
    assert read(path)[0] == ["one", "two\nlines"]

    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UnreadableSource, match=r"a\.jsonl.* can't be read beyond byte .*damaged"):
        read(path)


def test_a_damaged_file_in_a_zip_archive_is_a_bad_document(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "the first text")
        archive.writestr("b.txt", "the second text")
    path.write_bytes(path.read_bytes().replace(b"the first", b"the worst"))

    texts, bad = read(path)

    assert texts == ["the second text"]
    assert "a.txt" in str(bad[0])
    with pytest.raises(UnreadableSource, match="no zip archive"):
        read(write(tmp_path, "b.zip", "none"))


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    (tmp_path / "b").mkdir()
    write(tmp_path, "b/x.txt", "second")
    write(tmp_path, "a.jsonl", '{"text": "first"}')
    write(tmp_path, "c.html", "<p>third")
    write(tmp_path, ".hidden.txt", "never")

    assert read(tmp_path)[0] == ["first", "second", "<p>third"]


def test_links_that_would_be_passed_over_are_named(tmp_path):
    (tmp_path / "raw" / "more").mkdir(parents=True)
    write(tmp_path, "raw/a.txt", "text")
    (tmp_path / "raw" / "b.txt").symlink_to("a.txt")
    assert read(tmp_path / "raw")[0] == ["text", "text"]

    (tmp_path / "raw" / "folder").symlink_to("more")
    (tmp_path / "raw" / "gone.txt").symlink_to("nowhere.txt")
    with pytest.raises(UnreadableSource, match=r"are not read.*raw/folder, .*raw/gone\.txt"):
        read(tmp_path / "raw")


def test_bad_bytes_cost_their_line_and_another_encoding_can_be_named(tmp_path):
    path = write(tmp_path, "a.txt", b"good one\ncaf\xe9\ngood two\n")

    texts, bad = read(path)

    assert texts == ["good one\ngood two"]
    assert [(one.offset, one.reason.startswith("no utf-8: 0xe9 at its byte 3")) for one in bad] == [(9, True)]
    assert read(path, Reading(encoding="cp1252"))[0] == ["good one\ncafé\ngood two\n"]
    assert read(write(tmp_path, "b.txt", "UTF-16 čž\n".encode("utf-16")))[0] == ["UTF-16 čž\n"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("asked", ["utf-8", "cp1252", "utf-16-le"])
def test_a_byte_order_mark_tells_more_than_what_was_asked_for(tmp_path, encoding, asked):
    path = write(tmp_path, "a.jsonl", '{"text": "un café\u010d"}\n{"text": "Ċ"}\n'.encode(encoding))

    assert read(path, Reading(encoding=asked)) == (["un café\u010d", "Ċ"], [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-be", "cp037"])
def test_encodings_in_which_a_newline_is_none(tmp_path, encoding):
    path = write(tmp_path, "a.csv", 'text\none "Ċ two"\n"three\nfour"\n'.encode(encoding, "replace"))
    first = 'one "Ċ two"' if encoding.startswith("utf") else 'one "? two"'

    assert read(path, Reading(encoding=encoding)) == ([first, "three\nfour"], [])


@pytest.mark.parametrize(
    ("asked", "meant"), [("utf-16", "utf-16-le"), ("U16", "utf-16-be"), ("utf-32", "utf-32-le")]
)
def test_an_encoding_that_does_not_tell_the_order_of_its_bytes_needs_a_mark(tmp_path, asked, meant):
    path = write(tmp_path, "a.txt", "drei čž Wörter\n".encode(meant))

    with pytest.raises(UnreadableSource, match=rf"a.txt: it has no byte order mark.*say .*{meant}"):
        read(path, Reading(encoding=asked))
    assert read(path, Reading(encoding=meant)) == (["drei čž Wörter\n"], [])


@pytest.mark.parametrize(
    "content", ['[\n {"text": "a b c"}\n]', '[{"text": "a b c"}]', '{\n"text": "a b c"}']
)
def test_json_that_is_not_in_lines_is_told_what_lines_hold(tmp_path, content):
    _, bad = read(write(tmp_path, "a.json", content))

    assert "an object has to be in one line, and nothing around it" in bad[0].reason


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("text", ["The quick brown fox. " * 20, "Съешь же ещё этих мягких булок. " * 20])
def test_wide_text_without_a_mark_is_refused_with_advice(tmp_path, encoding, text):
    with pytest.raises(UnreadableSource, match=r"seems to be UTF-16 or UTF-32 .* say which as its encoding"):
        read(write(tmp_path, "a.txt", text.encode(encoding)))


def test_an_archive_inside_of_an_archive_is_to_be_unpacked_first(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.zip", "PK")
    for path in (tmp_path / "a.zip", write(tmp_path, "a.tar.gz", gzip.compress(b"x"))):
        with pytest.raises(UnreadableSource, match="unpack it first"):
            read(path)


def test_an_empty_file_holds_nothing_whatever_its_name(tmp_path):
    write(tmp_path, "a.dat", "")
    write(tmp_path, "b.txt.gz", gzip.compress(b""))
    write(tmp_path, "c.txt", "text")

    assert read(tmp_path) == (["text"], [])


def test_the_beginning_tells_blogs_and_dumps_if_it_is_theirs(tmp_path):
    blog = b'\xef\xbb\xbf<?xml version="1.0"?>\n<Blog><date>1</date><post>one</post></Blog>'

    assert read(write(tmp_path, "a.xml", blog))[0] == ["one"]
    for text in ("<blogger> he wrote", "the tag <mediawiki> begins a dump"):
        assert read(write(tmp_path, "b.txt", text))[0] == [text]


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"text": "one"}\n' * 10)
    documents = open_documents(path)

    next(documents)
    path.write_text('{"text": "one"}\n')

    with pytest.raises(UnreadableSource, match=r"a\.jsonl: it was changed while it was read"):
        list(documents)


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "<script>",
        "<ref>",
        "{{",
        "[[",
        "{|",
        "[//a",
        "=",
        "'",
        "[[a|",
        "<p",
        "http://",
        "www.",
        "&",
        "a@",
        "!",
        "(",
        " ",
        " #",
        "#a ",
        "#redirect: ",
        "「」»",
        "「‚",
        "<![CDATA[",
        "\n ",
        "\r",
    ],
)
def test_what_is_begun_and_never_ended_takes_no_longer_than_its_length(unit):
    """Patterns that search to the end again and again would take hours for this."""
    text = unit * (200_000 // len(unit)) + "x"
    assert without_markup(text)
    page = f"<page><ns>0</ns><text>{text}</text></page>".encode()
    assert len(list(articles(page, "dump.xml", 0))) <= 1
    for line_breaks in ("end", "join"):
        Cleaner(CleaningRecipe(line_breaks=line_breaks)).sentences(text)


def test_a_file_of_unknown_kind_is_refused_with_the_formats(tmp_path):
    with pytest.raises(UnreadableSource, match=r"--format text\|lines\|jsonl"):
        read(write(tmp_path, "a.dat", "x"))
    assert read(write(tmp_path, "a.dat", "x\ny"), Reading("lines"))[0] == ["x", "y"]


def test_memory_does_not_grow_with_the_input(tmp_path):
    line = json.dumps({"text": "the cat sat on the mat " * 40}).encode() + b"\n"
    path = write(tmp_path, "a.jsonl.gz", gzip.compress(line * 60_000, 1))

    tracemalloc.start()
    try:
        count = sum(1 for _ in open_documents(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 60_000
    assert len(line) * 60_000 > 50 << 20
    assert peak < 16 << 20


def test_what_has_no_end_is_no_document(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "BLOCK_BYTES", 100)
    monkeypatch.setattr(formats, "MOST_DOCUMENT_BYTES", 1000)
    content = b'{"text": "' + b"x" * 5000 + b'"}\n{"text": "short"}\n'

    texts, bad = read(write(tmp_path, "a.jsonl", content))

    assert texts == ["short"]
    assert len(bad) == 1
    assert "a document of more than" in bad[0].reason
